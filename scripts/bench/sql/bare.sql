-- What a posting costs with nothing around it: functions that write exactly the rows the book writes, and check as much.
CREATE FUNCTION bare_post(debit bigint, credit bigint, amount bigint, principal text, key text)
RETURNS timestamptz LANGUAGE plpgsql AS $$
DECLARE
    at timestamptz := clock_timestamp();
    id uuid := gen_random_uuid();
    row record;
BEGIN
    IF EXISTS (SELECT 1 FROM requests r WHERE r.principal = bare_post.principal AND r.key = bare_post.key) THEN
        RAISE EXCEPTION 'answered';
    END IF;
    FOR row IN SELECT * FROM balances WHERE account_id IN (debit, credit) ORDER BY account_id FOR UPDATE LOOP
        at := greatest(at, row.posted_at);
        IF row.account_id = debit AND row.credited - row.debited - row.held < amount THEN
            RAISE EXCEPTION 'not enough';
        END IF;
    END LOOP;
    INSERT INTO transactions (id, kind, effective_on, posted_at, actor, narrative, details)
    VALUES (id, 'redeem', (at AT TIME ZONE 'Europe/London')::date, at, principal, '', '{"redemption":"0"}');
    INSERT INTO transfers (transaction_id, line, debit_account, credit_account, amount) VALUES (id, 1, debit, credit, amount);
    WITH written AS (
        UPDATE balances b SET debited = b.debited + CASE WHEN b.account_id = debit THEN amount ELSE 0 END,
            credited = b.credited + CASE WHEN b.account_id = credit THEN amount ELSE 0 END,
            version = b.version + 1, posted_at = at
        WHERE b.account_id IN (debit, credit) RETURNING b.*
    )
    INSERT INTO entries (account_id, version, transaction_id, line, change, balance, headroom)
    SELECT account_id, version, id, 1, CASE WHEN account_id = debit THEN -amount ELSE amount END,
        credited - debited, credited - debited - held FROM written;
    INSERT INTO requests VALUES (principal, key, 'POST /merchant/api/v1/redemptions', sha256(key::bytea), 201, 'application/json',
        '\x7b22616d6f756e74223a3435302c226174223a22323032362d31312d32335431323a30303a30305a222c227265666572656e6365223a22374b324d2d395146227d', at);
    RETURN at;
END $$;

CREATE FUNCTION bare_redeem(owner uuid, shop uuid, amount bigint, principal text, key text)
RETURNS timestamptz LANGUAGE plpgsql AS $$
DECLARE
    purse bigint;
    takings bigint;
BEGIN
    SELECT a.id INTO takings FROM accounts a WHERE a.owner_id = shop AND a.kind = 'takings' AND a.unit = 'CR' AND a.expires_on IS NULL;
    SELECT a.id INTO purse FROM accounts a WHERE a.owner_id = owner AND a.kind = 'purse' AND a.unit = 'CR' AND a.expires_on >= current_date
    ORDER BY a.expires_on LIMIT 1;
    RETURN bare_post(purse, takings, amount, principal, key);
END $$;
