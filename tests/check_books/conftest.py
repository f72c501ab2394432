"""A database whose guards are taken down, so that a test can write what neither database would let through."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, event, inspect, text

from ledger.store import make_engine

NO_GUARDS = ("PRAGMA ignore_check_constraints=ON", "PRAGMA foreign_keys=OFF")


@pytest.fixture(params=["sqlite", "postgresql"])
def unguarded(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """An engine, as the owner of the tables, on a fresh database without append-only triggers, CHECKs, foreign keys."""
    sqlite = request.param == "sqlite"
    engine = make_engine(request.getfixturevalue("sqlite_url" if sqlite else "postgres_owner_url"))
    if sqlite:
        _unguard_sqlite(engine)
    else:
        _unguard_postgresql(engine)
    yield engine
    engine.dispose()


def _unguard_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def ignore_guards(connection: object, _record: object) -> None:
        for pragma in NO_GUARDS:
            connection.execute(pragma)  # type: ignore[attr-defined]  # sqlite3's own connection

    with engine.begin() as connection:
        triggers = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all()
        for name in triggers:
            if not name.startswith("accounts_open"):
                connection.execute(text(f"DROP TRIGGER {name}"))


def _unguard_postgresql(engine: Engine) -> None:
    query = "SELECT conrelid::regclass::text, conname FROM pg_constraint WHERE contype IN ('c', 'f')"
    with engine.begin() as connection:
        for table in inspect(connection).get_table_names():
            if table != "accounts":
                connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        for table, name in connection.execute(text(f"{query} AND connamespace = 'public'::regnamespace")).all():
            connection.execute(text(f"ALTER TABLE {table} DROP CONSTRAINT {name}"))
