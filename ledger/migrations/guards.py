"""What the databases themselves refuse: triggers that keep tables append-only, and grants for the service role."""

from collections.abc import Iterable, Mapping, Sequence

from alembic import op

from ledger.book.period_models import CLOSED_MONTH

SERVICE_ROLE = "tallystick_service"


def append_only(table: str, keys: Mapping[str, Sequence[str]]) -> None:
    """Refuse every UPDATE, DELETE and TRUNCATE of `table`, and on SQLite every INSERT that meets one of its unique
    `keys` (an upsert, INSERT OR REPLACE), the hidden rowid included. A part of a key with a space is a condition.
    """
    refuse_delete(table)
    if _on_postgresql():
        _postgresql_trigger(table, "no_update", "BEFORE UPDATE", "ROW")
        _grant("SELECT, INSERT", table)
        return
    _sqlite_trigger(f"{table}_no_update", f"BEFORE UPDATE ON {table}", f"append-only: UPDATE of {table}")
    for name, key in {**keys, f"{table}_rowid": ["rowid"]}.items():
        taken = " AND ".join(part if " " in part else f"{part} = NEW.{part}" for part in key)
        new = "".join(f" AND NEW.{part}" for part in key if " " in part)
        when = f"BEFORE INSERT ON {table} WHEN EXISTS (SELECT 1 FROM {table} WHERE {taken}){new}"
        _sqlite_trigger(f"{name}_once", when, f"append-only, key taken: {name}")


def updated(table: str) -> None:
    """Refuse every DELETE and TRUNCATE of `table`: its rows change, and never go."""
    refuse_delete(table)
    if _on_postgresql():
        _grant("SELECT, INSERT, UPDATE", table)


def fixed(table: str, columns: Sequence[str]) -> None:
    """Refuse every UPDATE that names one of these columns of `table`: what they say stands as first written."""
    when = f"BEFORE UPDATE OF {', '.join(columns)}"
    if _on_postgresql():
        _postgresql_trigger(table, "fixed", when, "ROW")
    else:
        _sqlite_trigger(f"{table}_fixed", f"{when} ON {table}", f"append-only: UPDATE of {table}")


def refuse_delete(table: str) -> None:
    """Refuse DELETE, and TRUNCATE where the database has it."""
    if _on_postgresql():
        _postgresql_trigger(table, "no_delete", "BEFORE DELETE", "ROW")
        _postgresql_trigger(table, "no_truncate", "BEFORE TRUNCATE", "STATEMENT")
    else:
        _sqlite_trigger(f"{table}_no_delete", f"BEFORE DELETE ON {table}", f"append-only: DELETE from {table}")


def make_refusal() -> None:
    """PostgreSQL: the function that every guard calls. SQLite's triggers carry their refusal themselves."""
    if _on_postgresql():
        op.execute(
            """
            CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                RAISE EXCEPTION 'append-only: % of %', TG_OP, TG_TABLE_NAME
                USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
            END $$
            """
        )


def open_balances() -> None:
    """The statement that makes an account makes its balance row, or a rollup account's subtotal, too."""
    strict = "INSERT INTO balances (account_id, credited, debited, held, version, posted_at, status)"
    strict += " VALUES (NEW.id, 0, 0, 0, 0, NULL, 'open');"
    rollup = "INSERT INTO rollups (account_id, credited, debited, through) VALUES (NEW.id, 0, 0, 0);"
    if not _on_postgresql():
        for mode, statement in (("strict", strict), ("rollup", rollup)):
            op.execute(
                f"CREATE TRIGGER accounts_open_{mode} AFTER INSERT ON accounts WHEN NEW.mode = '{mode}'"
                f" BEGIN {statement} END"
            )
        return
    op.execute(
        f"""
        CREATE FUNCTION open_balance() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF NEW.mode = 'strict' THEN {strict} ELSE {rollup} END IF;
            RETURN NULL;
        END $$
        """
    )
    op.execute("CREATE TRIGGER accounts_open AFTER INSERT ON accounts FOR EACH ROW EXECUTE FUNCTION open_balance()")
    op.execute("ALTER TABLE accounts ENABLE ALWAYS TRIGGER accounts_open")


def refuse_closed_months() -> None:
    """Refuse a transaction that counts for a day of a month that is closed and was not opened again.

    PostgreSQL looks once a statement, however many rows it inserts, and sees closings committed while it waited.
    """
    closed = (
        "SELECT 1 FROM period_closings c LEFT JOIN period_reopenings r ON r.closing_id = c.id"
        " WHERE r.closing_id IS NULL AND c.month ="
    )
    if not _on_postgresql():
        month = "date(NEW.effective_on, 'start of month')"
        when = f"BEFORE INSERT ON transactions WHEN EXISTS ({closed} {month})"
        _sqlite_trigger("transactions_open_month", when, f"CHECK constraint failed: {CLOSED_MONTH}")
        return
    op.execute(
        f"""
        CREATE FUNCTION refuse_closed_month() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF EXISTS (SELECT 1 FROM (SELECT DISTINCT effective_on FROM inserted) i
                       WHERE EXISTS ({closed} date_trunc('month', i.effective_on)::date)) THEN
                RAISE EXCEPTION 'the month is closed'
                USING ERRCODE = 'check_violation', CONSTRAINT = '{CLOSED_MONTH}', TABLE = TG_TABLE_NAME;
            END IF;
            RETURN NULL;
        END $$
        """
    )
    op.execute(
        "CREATE TRIGGER transactions_open_month AFTER INSERT ON transactions REFERENCING NEW TABLE AS inserted"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_closed_month()"
    )
    op.execute("ALTER TABLE transactions ENABLE ALWAYS TRIGGER transactions_open_month")


def protect(append_only_keys: Mapping[str, Mapping[str, Sequence[str]]], updated_tables: Iterable[str]) -> None:
    """Guard each table of a migration: those only ever appended to, with their unique keys, and those updated."""
    for table, keys in append_only_keys.items():
        append_only(table, keys)
    for table in updated_tables:
        updated(table)
    if _on_postgresql():
        _to_service_role("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role}")
        _to_service_role("GRANT SELECT ON alembic_version TO {role}")


def _on_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _postgresql_trigger(table: str, name: str, when: str, each: str) -> None:
    op.execute(f"CREATE TRIGGER {table}_{name} {when} ON {table} FOR EACH {each} EXECUTE FUNCTION refuse_change()")
    op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_{name}")


def _sqlite_trigger(name: str, when: str, refusal: str) -> None:
    op.execute(f"CREATE TRIGGER {name} {when} BEGIN SELECT RAISE(ABORT, '{refusal}'); END")


def _grant(rights: str, table: str) -> None:
    _to_service_role(f"GRANT {rights} ON {table} TO {{role}}")


def _to_service_role(grant: str) -> None:
    """Give the service role a right, where deployment has made the role."""
    known = f"SELECT 1 FROM pg_roles WHERE rolname = '{SERVICE_ROLE}'"
    op.execute(f"DO $$ BEGIN IF EXISTS ({known}) THEN {grant.format(role=SERVICE_ROLE)}; END IF; END $$")
