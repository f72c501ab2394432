-- So many items for council tax that wait for their night, one of each resident from the first; :from and :count are put
-- in before it is run, and each call has numbers of its own from :from on.
INSERT INTO council_tax_links (id, resident_id, account_ref, check_character, uprn, role, linked_at)
SELECT uid(9, n), uid(1, n), (20000000 + n)::text, '0', (100020000000 + n)::text, 'liable', now()
FROM generate_series(1, :count) n
ON CONFLICT DO NOTHING;
INSERT INTO holds (id, reason, placed_at)
SELECT uid(10, :from + n), 'council_tax', now() FROM generate_series(1, :count) n;
INSERT INTO hold_lines (hold_id, line, account_id, amount)
SELECT uid(10, :from + n), 1, n, 1000 FROM generate_series(1, :count) n;
UPDATE balances SET held = held + 1000 WHERE account_id <= :count;
INSERT INTO council_tax_items (id, reference, resident_id, link_id, code, reason, amount, state, hold_id, applied_at, leaves_on, returned)
SELECT uid(11, :from + n), 'CT-' || (:from + n), uid(1, n), uid(9, n), 'RED', 'VOL', 1000, 'held', uid(10, :from + n), now(),
    ':leaves_on', 0
FROM generate_series(1, :count) n;
ANALYZE council_tax_items, council_tax_links, holds, hold_lines;
