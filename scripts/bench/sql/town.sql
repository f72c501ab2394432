-- A town of residents with a purse and a live code each, and of shops with takings and a till; :residents and :shops are
-- put in before it is run. Names are by number, so that a client can name anybody without asking.
CREATE FUNCTION uid(kind int, number int) RETURNS uuid LANGUAGE sql IMMUTABLE
AS $$ SELECT (lpad(to_hex(kind), 8, '0') || '-0000-7000-8000-' || lpad(to_hex(number), 12, '0'))::uuid $$;

INSERT INTO residents (id, name, email, joined_at, status)
SELECT uid(1, n), 'R' || n, 'r' || n || '@example.org', now(), 'open' FROM generate_series(1, :residents) n;
INSERT INTO organisations (id, kind, name, address, joined_at)
SELECT uid(2, n), 'shop', 'S' || n, 'x', now() FROM generate_series(1, :shops) n;
INSERT INTO operators (id, organisation_id, name, email, role, joined_at)
SELECT uid(3, n), uid(2, n), 'O' || n, 'o' || n || '@example.org', 'owner', now() FROM generate_series(1, :shops) n;
INSERT INTO sign_ins (id, realm, kind, person_id, organisation_id, token_digest, till_name, signed_in_at, active_at, expires_at)
SELECT uid(4, n), 'merchant', 'till', uid(3, n), uid(2, n), sha256(n::text::bytea), 'Till', now(), now(), now() + interval '30 days'
FROM generate_series(1, :shops) n;
INSERT INTO accounts (public_id, kind, unit, owner_id, expires_on, mode)
SELECT uid(5, n), 'purse', 'CR', uid(1, n), '2040-05-31', 'strict' FROM generate_series(1, :residents) n;
INSERT INTO accounts (public_id, kind, unit, owner_id, mode)
SELECT uid(6, n), 'takings', 'CR', uid(2, n), 'rollup' FROM generate_series(1, :shops) n;
UPDATE balances SET credited = 1000000000;
INSERT INTO codes (id, resident_id, cap, state, issued_at)
SELECT uid(7, n), uid(1, (n - 1) % :residents + 1), 2000, CASE WHEN n <= :residents THEN 'issued' ELSE 'superseded' END, now()
FROM generate_series(1, :residents) n;
INSERT INTO presentations (id, code_id, kind, token_digest, drawn_at, expires_at)
SELECT uid(8, n), uid(7, n), 'qr', sha256(('t' || n)::bytea), now(), now() + interval '10 days' FROM generate_series(1, :residents) n;
-- Some postings, so that no plan is made for tables that are empty.
WITH source AS MATERIALIZED (
    SELECT n AS account, gen_random_uuid() AS id, now() - interval '1 day' AS at FROM generate_series(1, least(5000, :residents)) n
), posted AS (
    INSERT INTO transactions (id, kind, effective_on, posted_at, actor, narrative, details)
    SELECT id, 'award', (at AT TIME ZONE 'Europe/London')::date, at, 'bench', '', '{}' FROM source
), moved AS (
    INSERT INTO transfers (transaction_id, line, debit_account, credit_account, amount)
    SELECT id, 1, :residents + :shops, account, 10 FROM source
), written AS (
    UPDATE balances b SET credited = credited + 10, version = version + 1, posted_at = source.at
    FROM source WHERE b.account_id = source.account RETURNING b.*, source.id
)
INSERT INTO entries (account_id, version, transaction_id, line, change, balance, headroom)
SELECT account_id, version, id, 1, 10, credited - debited, credited - debited - held FROM written;
