-- Every rule of the books as a query for the rows that break it, for scripts/auditor.py: what kind of thing, which one,
-- and facts. A name in brackets is the function of the auditor that decides, the query giving every row.

-- shared
WITH sides AS (
    SELECT f.debit_account AS account_id, f.transaction_id, f.line, 0 AS credited, f.amount AS debited,
        PLACE(f) AS place FROM transfers f
    UNION ALL
    SELECT f.credit_account, f.transaction_id, f.line, f.amount, 0, PLACE(f) FROM transfers f
), sums AS (
    SELECT account_id, SUM(credited) AS credited, SUM(debited) AS debited, COUNT(*) AS sides
    FROM sides GROUP BY account_id
), moved AS (
    SELECT transaction_id, SUM(amount) AS amount FROM transfers GROUP BY transaction_id
), open_lines AS (
    SELECT l.hold_id, l.account_id, l.amount FROM hold_lines l
    LEFT JOIN hold_ends e ON e.hold_id = l.hold_id WHERE e.hold_id IS NULL
), transit AS (
    SELECT f.transaction_id, SUM(f.amount) AS amount FROM transfers f
    JOIN accounts a ON a.id = f.credit_account WHERE a.kind = 'council_tax_in_transit' GROUP BY f.transaction_id
), returns AS (
    SELECT COALESCE(t.corrects, t.reverses) AS original, SUM(m.amount) AS amount FROM transactions t
    JOIN moved m ON m.transaction_id = t.id WHERE COALESCE(t.corrects, t.reverses) IS NOT NULL
    GROUP BY COALESCE(t.corrects, t.reverses)
), originals AS (
    SELECT 'redemption' AS kind, CAST(id AS TEXT) AS id, amount, returned, transaction_id FROM redemptions
    UNION ALL SELECT 'award', CAST(id AS TEXT), amount, returned, transaction_id FROM awards
    UNION ALL SELECT 'council-tax item', CAST(id AS TEXT), amount, returned, transaction_id FROM council_tax_items
)

-- I-01: an amount is at least 1, between two accounts of one unit
SELECT 'transfer', f.seq, f.amount, d.unit AS debit_unit, c.unit AS credit_unit FROM transfers f
LEFT JOIN accounts d ON d.id = f.debit_account LEFT JOIN accounts c ON c.id = f.credit_account
WHERE f.amount < 1 OR f.debit_account = f.credit_account OR COALESCE(d.unit, '-') <> COALESCE(c.unit, '+')
ORDER BY f.seq

-- I-02: a transaction has transfers, numbered from 1 without a gap
SELECT 'transaction', CAST(t.id AS TEXT), COUNT(f.line) AS transfers FROM transactions t
LEFT JOIN transfers f ON f.transaction_id = t.id GROUP BY t.id
HAVING COUNT(f.line) = 0 OR MIN(f.line) <> 1 OR MAX(f.line) <> COUNT(f.line)
OR COUNT(f.line) <> COUNT(DISTINCT f.line) ORDER BY t.id

-- I-03: the accounts of a unit come to nothing
SELECT 'unit', a.unit, SUM(s.credited - s.debited) AS comes_to FROM accounts a
JOIN sums s ON s.account_id = a.id GROUP BY a.unit HAVING SUM(s.credited - s.debited) <> 0 ORDER BY a.unit

-- I-04: a strict account's balance is the sum of its transfers
SELECT 'account', a.id, b.credited, b.debited, s.credited AS transfers_in, s.debited AS transfers_out
FROM accounts a LEFT JOIN balances b ON b.account_id = a.id LEFT JOIN sums s ON s.account_id = a.id
WHERE a.mode = 'strict' AND (b.account_id IS NULL OR b.credited <> COALESCE(s.credited, 0)
OR b.debited <> COALESCE(s.debited, 0)) ORDER BY a.id

-- I-04: its versions are 1 to n without a gap, one for each side of a transfer
SELECT 'account', b.account_id, b.version, e.entries, s.sides FROM balances b
LEFT JOIN (SELECT account_id, COUNT(*) AS entries, MIN(version) AS least, MAX(version) AS most FROM entries
    GROUP BY account_id) e ON e.account_id = b.account_id
LEFT JOIN sums s ON s.account_id = b.account_id
WHERE COALESCE(e.entries, 0) <> b.version OR COALESCE(e.entries, 0) <> COALESCE(s.sides, 0)
OR e.least <> 1 OR e.most <> e.entries ORDER BY b.account_id

-- I-04: an entry is its transfer's change, its balance the sum of changes so far
SELECT 'account', x.account_id, x.version, x.balance, x.running FROM (SELECT account_id, version, transaction_id,
    line, change, balance, headroom, SUM(change) OVER (PARTITION BY account_id ORDER BY version) AS running
    FROM entries) x
LEFT JOIN sides s ON s.account_id = x.account_id AND s.transaction_id = x.transaction_id AND s.line = x.line
WHERE x.running <> x.balance OR x.headroom > x.balance OR s.account_id IS NULL
OR s.credited - s.debited <> x.change ORDER BY x.account_id, x.version

-- I-04: what is held on an account is what its open holds hold
SELECT 'account', b.account_id, b.held, h.held AS on_open_holds FROM balances b
LEFT JOIN (SELECT account_id, SUM(amount) AS held FROM open_lines GROUP BY account_id) h
    ON h.account_id = b.account_id
WHERE b.held <> COALESCE(h.held, 0) ORDER BY b.account_id

-- I-04: a rollup account's row is the sum of its transfers through its horizon
SELECT 'account', a.id, r.credited, r.debited, r.through FROM accounts a
LEFT JOIN rollups r ON r.account_id = a.id
LEFT JOIN sides s ON s.account_id = r.account_id AND s.place <= r.through AND r.through > 0
WHERE a.mode = 'rollup' GROUP BY a.id, r.account_id, r.credited, r.debited, r.through
HAVING r.account_id IS NULL OR r.credited <> COALESCE(SUM(s.credited), 0)
OR r.debited <> COALESCE(SUM(s.debited), 0) ORDER BY a.id

-- I-05: a strict account holds at least what is set aside on it
SELECT 'account', account_id, credited, debited, held FROM balances WHERE credited - debited - held < 0
ORDER BY account_id

-- I-06: a hold holds something, ends once at most, and is captured within itself
SELECT 'hold', CAST(h.id AS TEXT), l.held, e.ending, m.amount AS captured FROM holds h
LEFT JOIN (SELECT hold_id, SUM(amount) AS held, MIN(amount) AS least FROM hold_lines GROUP BY hold_id) l
    ON l.hold_id = h.id
LEFT JOIN (SELECT hold_id, MIN(ending) AS ending, MIN(CAST(transaction_id AS TEXT)) AS transaction_id,
    COUNT(*) AS ends FROM hold_ends GROUP BY hold_id) e ON e.hold_id = h.id
LEFT JOIN moved m ON CAST(m.transaction_id AS TEXT) = e.transaction_id
WHERE l.held IS NULL OR l.least < 1 OR e.ends > 1 OR e.ending NOT IN ('captured', 'voided', 'expired')
OR (e.ending = 'captured') <> (e.transaction_id IS NOT NULL)
OR (e.ending = 'captured' AND COALESCE(m.amount, l.held + 1) > l.held) ORDER BY h.id

-- I-06: a capture takes from accounts of the hold, at most what it holds on each
SELECT 'hold', CAST(e.hold_id AS TEXT), f.line, f.amount, l.amount AS held FROM hold_ends e
JOIN transfers f ON f.transaction_id = e.transaction_id
LEFT JOIN hold_lines l ON l.hold_id = e.hold_id AND l.account_id = f.debit_account
WHERE l.hold_id IS NULL OR l.amount < f.amount ORDER BY e.hold_id, f.line

-- I-07: a council-tax item that is held has its amount on an open hold
SELECT 'council-tax item', CAST(i.id AS TEXT), i.amount, h.held FROM council_tax_items i
LEFT JOIN (SELECT hold_id, SUM(amount) AS held FROM open_lines GROUP BY hold_id) h ON h.hold_id = i.hold_id
WHERE i.state = 'held' AND i.code = 'RED' AND i.amount <> COALESCE(h.held, 0) ORDER BY i.id

-- I-07: an open hold is that of a council-tax item that is held
SELECT 'hold', CAST(l.hold_id AS TEXT), SUM(l.amount) AS held FROM open_lines l
LEFT JOIN council_tax_items i ON i.hold_id = l.hold_id AND i.state = 'held'
WHERE i.id IS NULL GROUP BY l.hold_id ORDER BY l.hold_id

-- I-08: what was issued of a unit is what stands on its other accounts
SELECT 'unit', x.unit, -SUM(CASE WHEN x.kind = 'issuance' THEN x.balance ELSE 0 END) AS issued,
    SUM(CASE WHEN x.kind = 'issuance' THEN 0 ELSE x.balance END) AS elsewhere
FROM (SELECT a.unit, a.kind, CASE WHEN a.mode = 'strict' THEN COALESCE(b.credited - b.debited, 0)
    ELSE COALESCE(s.credited - s.debited, 0) END AS balance FROM accounts a
    LEFT JOIN balances b ON b.account_id = a.id LEFT JOIN sums s ON s.account_id = a.id) x
WHERE x.unit <> 'GBP' GROUP BY x.unit HAVING SUM(x.balance) <> 0 ORDER BY x.unit

-- I-09: a merchant's takings are what its redemptions took and did not give back
SELECT 'merchant', CAST(x.merchant_id AS TEXT), SUM(x.amount) AS too_much FROM (
    SELECT a.owner_id AS merchant_id, s.credited - s.debited AS amount FROM accounts a
    JOIN sums s ON s.account_id = a.id WHERE a.kind = 'takings' AND a.unit = 'CR'
    UNION ALL SELECT merchant_id, returned - amount FROM redemptions) x
GROUP BY x.merchant_id HAVING SUM(x.amount) <> 0 ORDER BY x.merchant_id

-- I-10: a code is redeemed just where one redemption of it stands, within its cap
SELECT 'code', CAST(c.id AS TEXT), c.state, c.cap, COUNT(r.id) AS redemptions, SUM(r.amount) AS taken
FROM codes c LEFT JOIN redemptions r ON r.code_id = c.id GROUP BY c.id, c.state, c.cap
HAVING (c.state = 'redeemed') <> (COUNT(r.id) > 0) OR COUNT(r.id) > 1 OR COALESCE(SUM(r.amount), 0) > c.cap
ORDER BY c.id

-- I-11 [answer_is_final]: a key keeps the hash of what was asked, and a final answer
SELECT 'request', key, digest, status, body FROM requests ORDER BY principal, key

-- I-11 [answer_names_what_was_done]: an answer names the redemption that stands, which no other key's answer names
SELECT 'request', q.key, q.body, r.reference, r.amount, COUNT(*) OVER (PARTITION BY q.body) AS keys
FROM requests q LEFT JOIN redemptions r ON r.reference = NAMED(q.body)
WHERE q.route = 'POST /v1/redemptions' AND q.status = 201 ORDER BY q.principal, q.key

-- I-13: a reduction that left has one posting of its amount in transit, and a batch; no other has
SELECT 'council-tax item', CAST(i.id AS TEXT), i.state, i.amount, p.amount AS posted FROM council_tax_items i
LEFT JOIN transit p ON p.transaction_id = i.transaction_id
WHERE i.code = 'RED' AND ((i.state IN ('held', 'cancelled') AND p.amount IS NOT NULL)
OR (i.state NOT IN ('held', 'cancelled') AND (i.batch_id IS NULL OR COALESCE(p.amount, 0) <> i.amount))) ORDER BY i.id

-- I-13: what is put in transit is one council-tax item's, unless it was undone with its file
SELECT 'transaction', CAST(p.transaction_id AS TEXT), COUNT(i.id) AS items FROM transit p
LEFT JOIN council_tax_items i ON i.transaction_id = p.transaction_id
LEFT JOIN transactions u ON u.reverses = p.transaction_id
GROUP BY p.transaction_id HAVING COUNT(i.id) <> CASE WHEN COUNT(u.id) > 0 THEN 0 ELSE 1 END ORDER BY p.transaction_id

-- I-13: what is in transit for a financial year is what its items on the way put there
SELECT 'financial year', CAST(a.owner_id AS TEXT), s.credited - s.debited AS in_transit, w.amount AS on_the_way
FROM accounts a JOIN sums s ON s.account_id = a.id
LEFT JOIN (SELECT f.credit_account, SUM(f.amount) AS amount FROM council_tax_items i
    JOIN transfers f ON f.transaction_id = i.transaction_id
    WHERE i.code = 'RED' AND i.state IN ('batched', 'sent', 'deferred') GROUP BY f.credit_account) w
    ON w.credit_account = a.id
WHERE a.kind = 'council_tax_in_transit' AND s.credited - s.debited <> COALESCE(w.amount, 0) ORDER BY a.owner_id

-- I-13: a reduction is in a file only where a decision was in force for its year when the file was built
SELECT 'council-tax item', CAST(i.id AS TEXT), i.financial_year, b.built_at FROM council_tax_items i
JOIN council_tax_batches b ON b.id = i.batch_id
WHERE i.code = 'RED' AND NOT EXISTS (SELECT 1 FROM reduction_schemes d
    WHERE d.first_year <= i.financial_year AND d.last_year >= i.financial_year AND d.recorded_at <= b.built_at
    AND NOT EXISTS (SELECT 1 FROM reduction_scheme_endings e WHERE e.scheme_id = d.id AND e.ended_at <= b.built_at))
ORDER BY i.id

-- I-14: a batch's count and totals are those of its lines, numbered from 1 without a gap
SELECT 'batch', b.sequence, b.lines, i.items, b.reductions, i.reductions AS of_items FROM council_tax_batches b
LEFT JOIN (SELECT l.batch_id, COUNT(*) AS items, MAX(l.line) AS most, COUNT(DISTINCT l.line) AS numbers,
    SUM(CASE WHEN m.code = 'RED' THEN m.amount ELSE 0 END) AS reductions,
    SUM(CASE WHEN m.code = 'RED' THEN 0 ELSE m.amount END) AS reversals
    FROM council_tax_lines l JOIN council_tax_items m ON m.id = l.item_id
    WHERE l.taken_out_at IS NULL GROUP BY l.batch_id) i ON i.batch_id = b.id
WHERE b.lines <> COALESCE(i.items, 0) OR b.lines <> COALESCE(i.most, 0) OR b.lines <> COALESCE(i.numbers, 0)
OR b.reductions <> COALESCE(i.reductions, 0) OR b.reversals <> COALESCE(i.reversals, 0) ORDER BY b.sequence

-- I-14: an item that is in a batch stands on that line of it
SELECT 'council-tax item', CAST(i.id AS TEXT), i.line FROM council_tax_items i
LEFT JOIN council_tax_lines l ON l.batch_id = i.batch_id AND l.line = i.line AND l.item_id = i.id
WHERE i.batch_id IS NOT NULL AND l.item_id IS NULL ORDER BY i.id

-- I-14: a file left by a release, and one with lines by what two officers agreed on
SELECT 'batch', b.sequence, b.state, b.lines FROM council_tax_batches b
LEFT JOIN council_tax_releases r ON r.batch_id = b.id
WHERE (b.state IN ('released', 'answered', 'reconciled') AND (r.batch_id IS NULL
    OR (b.lines > 0 AND r.proposal_id IS NULL)))
OR (b.state NOT IN ('released', 'answered', 'reconciled') AND r.batch_id IS NOT NULL) ORDER BY b.sequence

-- I-14 [file_is_right]: a batch's file has the digest, the count and the totals that the batch says
SELECT 'batch', sequence, file_bytes, digest, lines, reductions, reversals, hash_total FROM council_tax_batches
ORDER BY sequence

-- I-14: batches are numbered from 1 without a gap, a later number for a later business date
SELECT 'batch', x.sequence, x.business_date FROM (SELECT sequence, business_date,
    ROW_NUMBER() OVER (ORDER BY sequence) AS position, LAG(business_date) OVER (ORDER BY sequence) AS before
    FROM council_tax_batches) x
WHERE x.sequence <> x.position OR x.business_date <= x.before ORDER BY x.sequence

-- I-15: what a resident's reductions of a year come to, less what went back, is what their cap counts
SELECT 'council-tax item', MIN(x.id) AS id, SUM(x.stands) AS stands, COALESCE(u.used, 0) AS counted FROM (
    SELECT CAST(id AS TEXT) AS id, resident_id, amount - returned AS stands,
        CASE WHEN SUBSTR(CAST(leaves_on AS TEXT), 6) >= '04-01' THEN SUBSTR(CAST(leaves_on AS TEXT), 1, 4)
        ELSE CAST(CAST(SUBSTR(CAST(leaves_on AS TEXT), 1, 4) AS INTEGER) - 1 AS TEXT) END || '-04-01' AS first_day
    FROM council_tax_items WHERE code = 'RED' AND state <> 'cancelled') x
LEFT JOIN cap_uses u ON u.owner_id = x.resident_id AND u.cap = 'council_tax_a_year'
    AND CAST(u.period_starts_on AS TEXT) = x.first_day
GROUP BY x.resident_id, x.first_day, u.used HAVING SUM(x.stands) <> COALESCE(u.used, 0) ORDER BY 2

-- I-15: what left for an account or resident in a year, less what went back, is within a cap in force when some left
SELECT 'council-tax item', MAX(z.id) AS id, z.owner, z.financial_year, SUM(z.stands) AS stands, MAX(z.most) AS most
FROM (
    SELECT y.id, y.owner, y.financial_year, MAX(y.stands) AS stands, MAX(y.most) AS most FROM (
        SELECT CAST(i.id AS TEXT) AS id, i.financial_year, i.amount - i.returned AS stands,
            o.kind || CASE o.kind WHEN 'account ' THEN k.account_ref ELSE CAST(i.resident_id AS TEXT) END AS owner,
            COALESCE((SELECT CASE o.kind WHEN 'account ' THEN d.account_cap ELSE d.resident_cap END
                FROM reduction_schemes d LEFT JOIN reduction_scheme_endings e ON e.scheme_id = d.id
                WHERE d.recorded_at <= b.built_at AND (e.ended_at IS NULL OR e.ended_at > b.built_at)
                AND i.financial_year BETWEEN d.first_year AND d.last_year
                ORDER BY d.recorded_at DESC, d.id DESC LIMIT 1), 1000000000000) AS most
        FROM council_tax_lines l JOIN council_tax_items i ON i.id = l.item_id
        JOIN council_tax_batches b ON b.id = l.batch_id JOIN council_tax_links k ON k.id = i.link_id
        CROSS JOIN (SELECT 'account ' AS kind UNION ALL SELECT 'resident ') o
        WHERE i.code = 'RED' AND i.state NOT IN ('held', 'cancelled') AND l.taken_out_at IS NULL) y
    GROUP BY y.id, y.owner, y.financial_year) z
GROUP BY z.owner, z.financial_year HAVING SUM(z.stands) > MAX(z.most) ORDER BY 2

-- I-16: what left of a reduction that was decided is what was applied and what went back, by its own postings
SELECT 'council-tax item', CAST(i.id AS TEXT), i.amount, COALESCE(a.amount, 0) AS applied, COALESCE(r.amount, 0) AS back
FROM council_tax_items i
LEFT JOIN council_tax_answer_lines l ON l.item_id = i.id AND l.outcome IN ('A', 'P', 'R')
LEFT JOIN moved a ON a.transaction_id = l.applied_id
LEFT JOIN moved r ON r.transaction_id = l.returned_id
WHERE i.code = 'RED' AND i.state IN ('applied', 'partly_applied', 'refused', 'clawed_back')
AND (l.item_id IS NULL OR COALESCE(a.amount, 0) <> l.amount
    OR COALESCE(a.amount, 0) + COALESCE(r.amount, 0) <> i.amount) ORDER BY i.id

-- I-16: an answer that took a batch in says something of every line of it, once
SELECT 'batch', b.sequence, b.lines, COUNT(l.line) AS answered FROM council_tax_batches b
JOIN council_tax_answers a ON a.batch_id = b.id AND a.code IN ('F00', 'F02')
LEFT JOIN council_tax_answer_lines l ON l.answer_id = a.id
GROUP BY b.sequence, b.lines HAVING COUNT(l.line) <> b.lines ORDER BY b.sequence

-- I-23: a transaction counts for its London day; the night's own for its business date, never later
SELECT 'transaction', CAST(id AS TEXT), kind, effective_on, posted_at FROM transactions
WHERE effective_on > LONDON_DAY(posted_at)
OR (kind NOT IN ('expire', 'council_tax') AND effective_on <> LONDON_DAY(posted_at)) ORDER BY id

-- I-23: an item that left reduces days of one financial year, from 1 April to 31 March
SELECT 'council-tax item', reference, financial_year, effective_from, effective_to FROM council_tax_items
WHERE state NOT IN ('held', 'cancelled') AND (financial_year IS NULL OR effective_from IS NULL OR effective_to IS NULL
OR effective_from > effective_to OR CAST(effective_from AS TEXT) < CAST(financial_year AS TEXT) || '-04-01'
OR CAST(effective_to AS TEXT) > CAST(financial_year + 1 AS TEXT) || '-03-31') ORDER BY reference

-- I-24: along an account's versions, instants never fall
SELECT 'account', x.account_id, x.version, x.posted_at, x.before FROM (SELECT e.account_id, e.version, t.posted_at,
    LAG(t.posted_at) OVER (PARTITION BY e.account_id ORDER BY e.version) AS before
    FROM entries e JOIN transactions t ON t.id = e.transaction_id) x
WHERE x.posted_at < x.before ORDER BY x.account_id, x.version

-- I-25: a proposal is decided by another than its maker, who may approve at that moment
SELECT 'proposal', CAST(p.id AS TEXT), p.state FROM proposals p
WHERE p.maker_id = p.checker_id OR (p.state IN ('approved', 'used') AND NOT EXISTS (
    SELECT 1 FROM permission_grants g WHERE g.officer_id = p.checker_id AND g.permission = 'approve'
    AND g.granted_at <= p.decided_at AND (g.ended_at IS NULL OR g.ended_at > p.decided_at))) ORDER BY p.id

-- I-25: who made a proposal and who approved it are not one person under two names
SELECT 'proposal', CAST(p.id AS TEXT), p.state FROM proposals p
JOIN officers m ON m.id = p.maker_id JOIN officers c ON c.id = p.checker_id
WHERE p.state IN ('approved', 'used') AND (LOWER(m.email) = LOWER(c.email) OR m.totp_digest = c.totp_digest)
ORDER BY p.id

-- I-25: nor are an organiser's operator and the officer who approved what they asked for
SELECT 'proposal', CAST(p.id AS TEXT), p.state FROM proposals p
JOIN operators o ON o.id = p.operator_id JOIN officers c ON c.id = p.checker_id
WHERE p.state IN ('approved', 'used') AND LOWER(o.email) = LOWER(c.email) ORDER BY p.id

-- I-25 [content_is_right]: a proposal holds the content whose digest was approved
SELECT 'proposal', CAST(id AS TEXT), kind, CAST(content AS TEXT), digest FROM proposals ORDER BY id

-- I-25 [decision_is_as_approved]: a decision on council tax is what its proposal says, which was approved and used
SELECT 'reduction scheme', CAST(d.id AS TEXT), p.kind, p.state, CAST(p.content AS TEXT), d.decision_reference,
    CAST(d.decided_on AS TEXT), d.class_wording, d.account_cap, d.resident_cap, d.first_year, d.last_year, d.signed_by
FROM reduction_schemes d LEFT JOIN proposals p ON p.id = d.proposal_id ORDER BY d.id

-- I-25 [setting_is_as_approved]: a setting of the scheme is what its proposal says, which two made, approved and used
SELECT 'setting', s.name || ' ' || CAST(s.number AS TEXT), p.kind, p.state, CAST(p.maker_id AS TEXT),
    CAST(p.checker_id AS TEXT), CAST(p.content AS TEXT), s.name, s.value, CAST(s.starts_on AS TEXT),
    s.decision_reference
FROM scheme_settings s LEFT JOIN proposals p ON p.id = s.proposal_id ORDER BY s.name, s.number

-- I-25: a setting of the scheme was set on an earlier London day than the one from which it holds
SELECT 'setting', name || ' ' || CAST(number AS TEXT), set_at, starts_on FROM scheme_settings
WHERE starts_on <= LONDON_DAY(set_at) ORDER BY name, number

-- I-26: a resident is awarded once for a session
SELECT 'session', CAST(session_id AS TEXT), COUNT(*) AS awards FROM awards GROUP BY session_id, resident_id
HAVING COUNT(*) > 1 ORDER BY session_id

-- I-26: nobody awards themself
SELECT 'award', CAST(a.id AS TEXT) FROM awards a JOIN residents r ON r.id = a.resident_id
JOIN operators o ON o.id = a.awarded_by WHERE LOWER(o.email) = LOWER(r.email) ORDER BY a.id

-- I-26: an award is given from its session's start to 14 days after its end
SELECT 'award', CAST(a.id AS TEXT), a.at, s.starts_at, s.ends_at FROM awards a
LEFT JOIN activity_sessions s ON s.id = a.session_id
WHERE s.id IS NULL OR a.at < s.starts_at OR a.at > FORTNIGHT_AFTER(s.ends_at) ORDER BY a.id

-- I-27: a reversal mirrors its original whole
SELECT 'transaction', CAST(x.id AS TEXT), x.amount, SUM(x.n) AS too_many FROM (
    SELECT t.id, f.debit_account AS payer, f.credit_account AS payee, f.amount, 1 AS n FROM transactions t
    JOIN transfers f ON f.transaction_id = t.id WHERE t.reverses IS NOT NULL
    UNION ALL SELECT t.id, f.credit_account, f.debit_account, f.amount, -1 FROM transactions t
    JOIN transfers f ON f.transaction_id = t.reverses) x
GROUP BY x.id, x.payer, x.payee, x.amount HAVING SUM(x.n) <> 0 ORDER BY x.id

-- I-27: a transaction is reversed once, and a reversal not at all
SELECT 'transaction', CAST(t.reverses AS TEXT), COUNT(*) AS reversals FROM transactions t
LEFT JOIN transactions o ON o.id = t.reverses WHERE t.reverses IS NOT NULL
GROUP BY t.reverses, o.id, o.reverses HAVING COUNT(*) > 1 OR o.id IS NULL OR o.reverses IS NOT NULL ORDER BY t.reverses

-- I-27: what was returned of a redemption, an award or an item is what cites its transaction, and at most its amount
SELECT o.kind, o.id, o.amount, o.returned, r.amount AS cited FROM originals o
LEFT JOIN returns r ON r.original = o.transaction_id
WHERE o.returned > o.amount OR o.returned <> COALESCE(r.amount, 0) ORDER BY o.kind DESC, o.id

-- I-27: what cites a transaction comes to no more than it moved
SELECT 'transaction', CAST(r.original AS TEXT), r.amount AS cited, m.amount FROM returns r
LEFT JOIN moved m ON m.transaction_id = r.original WHERE r.amount > COALESCE(m.amount, 0) ORDER BY r.original

-- I-27: a dispute that is upheld cites a correction of what it is about
SELECT 'dispute', CAST(d.id AS TEXT) FROM disputes d LEFT JOIN corrections c ON c.id = d.correction_id
WHERE d.state = 'upheld' AND (c.about IS NULL OR c.about <> d.transaction_id) ORDER BY d.id

-- I-25: what was adjusted by hand, or reverses that, was agreed to by two
SELECT 'transaction', CAST(t.id AS TEXT) FROM transactions t
LEFT JOIN transactions o ON o.id = t.reverses
LEFT JOIN corrections c ON c.transaction_id = t.id
LEFT JOIN proposals p ON p.id = c.proposal_id AND p.kind = c.kind AND p.state = 'used'
WHERE (t.kind = 'adjustment' OR o.kind = 'adjustment') AND p.id IS NULL ORDER BY t.id

-- I-31: a transfer moves a whole number, at most 10^12
SELECT 'transfer', seq, amount FROM transfers WHERE amount > 1000000000000 OR NOT_WHOLE(amount) ORDER BY seq

-- I-31: an account holds or owes at most 10^12
SELECT 'account', account_id, credited, debited FROM sums WHERE ABS(credited - debited) > 1000000000000
ORDER BY account_id

-- I-32: a closed account is empty, and nothing is held on it
SELECT 'account', account_id, credited, debited, held FROM balances
WHERE status = 'closed' AND (credited <> debited OR held <> 0) ORDER BY account_id

-- I-32: an account is closed just where it was closed
SELECT 'account', b.account_id, b.status FROM balances b
LEFT JOIN (SELECT DISTINCT account_id FROM account_events WHERE event = 'close') c ON c.account_id = b.account_id
WHERE (b.status = 'closed') <> (c.account_id IS NOT NULL) ORDER BY b.account_id

-- I-32: nothing is posted to an account after it was closed
SELECT 'account', e.account_id, e.version, t.posted_at, c.at FROM entries e
JOIN transactions t ON t.id = e.transaction_id
JOIN (SELECT account_id, MIN(at) AS at FROM account_events WHERE event = 'close' GROUP BY account_id) c
    ON c.account_id = e.account_id
WHERE t.posted_at > c.at ORDER BY e.account_id, e.version

-- I-33: expiry retires purses past their last day, all that is free on them, and nothing else does
SELECT 'transaction', CAST(t.id AS TEXT), d.expires_on, t.effective_on, e.headroom AS left_over FROM transactions t
JOIN transfers f ON f.transaction_id = t.id
JOIN accounts d ON d.id = f.debit_account JOIN accounts c ON c.id = f.credit_account
LEFT JOIN entries e ON e.account_id = d.id AND e.transaction_id = t.id AND e.line = f.line
WHERE (t.kind = 'expire' OR (c.kind = 'expired' AND t.reverses IS NULL))
AND (t.kind <> 'expire' OR c.kind <> 'expired' OR d.expires_on IS NULL OR d.expires_on > t.effective_on
OR d.expires_on >= LONDON_DAY(t.posted_at) OR COALESCE(e.headroom, 1) <> 0) ORDER BY t.id

-- I-34: what was answered under a key since the audit began has its audit row
SELECT 'request', q.key, q.route, q.at FROM requests q
LEFT JOIN audit_rows a ON a.actor = q.principal AND a.idempotency_key = q.key
WHERE a.id IS NULL AND q.at > (SELECT MIN(at) FROM audit_rows) ORDER BY q.at, q.key

-- I-34: an audit row from a device names one that signed in
SELECT 'audit row', CAST(a.id AS TEXT), a.action FROM audit_rows a LEFT JOIN sign_ins s ON s.id = a.sign_in_id
WHERE a.sign_in_id IS NOT NULL AND s.id IS NULL ORDER BY a.id

-- I-39: a closed month comes to what was frozen
SELECT 'month', m.month, m.unit, m.kind, SUM(m.debited) AS debited, SUM(m.credited) AS credited FROM (
    SELECT SUBSTR(CAST(c.month AS TEXT), 1, 7) AS month, p.unit, p.kind, p.debited, p.credited FROM period_closings c
    JOIN period_totals p ON p.closing_id = c.id
    LEFT JOIN period_reopenings r ON r.closing_id = c.id WHERE r.closing_id IS NULL
    UNION ALL
    SELECT SUBSTR(CAST(c.month AS TEXT), 1, 7), a.unit, a.kind, -s.debited, -s.credited FROM period_closings c
    LEFT JOIN period_reopenings r ON r.closing_id = c.id
    JOIN transactions t ON SUBSTR(CAST(t.effective_on AS TEXT), 1, 7) <= SUBSTR(CAST(c.month AS TEXT), 1, 7)
    JOIN sides s ON s.transaction_id = t.id JOIN accounts a ON a.id = s.account_id WHERE r.closing_id IS NULL
) m GROUP BY m.month, m.unit, m.kind HAVING SUM(m.debited) <> 0 OR SUM(m.credited) <> 0 ORDER BY m.month

-- I-40 [file_of_pack_is_right]: a file of a month's pack has the digest it was kept with, and stands in its sums
SELECT 'closing', CAST(f.closing_id AS TEXT), f.name, f.content, f.digest, s.content AS sums FROM period_pack_files f
LEFT JOIN period_pack_files s ON s.closing_id = f.closing_id AND s.name = 'SHA256SUMS' ORDER BY f.closing_id, f.name

-- I-40 [sums_name_as_many]: a month's pack has as many files as its sums name
SELECT 'closing', CAST(f.closing_id AS TEXT), f.content, (SELECT COUNT(*) FROM period_pack_files o
    WHERE o.closing_id = f.closing_id AND o.name <> 'SHA256SUMS') AS files
FROM period_pack_files f WHERE f.name = 'SHA256SUMS' ORDER BY f.closing_id

-- I-41: what was funded on a programme's budget, less what was withdrawn, is within its ceiling
SELECT 'programme', CAST(c.programme_id AS TEXT), c.amount AS ceiling, x.funded FROM programme_ceilings c
JOIN (SELECT owner_id, SUM(amount) AS funded FROM (
    SELECT b.owner_id, f.amount FROM transfers f JOIN accounts b ON b.id = f.credit_account
        JOIN accounts o ON o.id = f.debit_account WHERE b.kind = 'budget' AND o.kind = 'issuance'
    UNION ALL SELECT b.owner_id, -f.amount FROM transfers f JOIN accounts b ON b.id = f.debit_account
        JOIN accounts o ON o.id = f.credit_account WHERE b.kind = 'budget' AND o.kind = 'issuance') y
    GROUP BY owner_id) x ON x.owner_id = c.programme_id
WHERE c.number = (SELECT MAX(n.number) FROM programme_ceilings n WHERE n.programme_id = c.programme_id)
AND x.funded > c.amount ORDER BY c.programme_id

-- I-42: a night that is done has steps, and its business date a batch
SELECT 'night', SUBSTR(CAST(n.business_date AS TEXT), 1, 10), n.state FROM nights n WHERE n.state = 'done'
AND (NOT EXISTS (SELECT 1 FROM night_steps s WHERE s.night_id = n.id)
OR NOT EXISTS (SELECT 1 FROM council_tax_batches b WHERE b.business_date = n.business_date)) ORDER BY n.business_date

-- I-42: no night is done while an earlier one was left unfinished
SELECT 'night', SUBSTR(CAST(n.business_date AS TEXT), 1, 10), n.state FROM nights n WHERE n.state = 'done'
AND EXISTS (SELECT 1 FROM nights e WHERE e.business_date < n.business_date AND e.state NOT IN ('done', 'early'))
ORDER BY n.business_date
