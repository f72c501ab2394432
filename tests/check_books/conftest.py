"""Sound books whose guards are taken down, so that a test can write what neither database would let through."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import URL, Connection, Engine, event, inspect, make_url, text

from ledger.store import make_engine
from tests import databases, postgresql_server
from tests.check_books.books import Books
from tests.check_books.sound import sound_books
from tests.missing import missing

NO_GUARDS = ("PRAGMA ignore_check_constraints=ON", "PRAGMA foreign_keys=OFF")


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def template(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[URL, Books]]:
    """A database without append-only triggers, CHECKs and foreign keys, and the sound books in it; nobody connected."""
    with _migrated(request.param, tmp_path_factory.mktemp("books")) as url:
        engine = _unguarded_engine(url)
        _take_guards_down(engine)
        books = sound_books(engine)
        engine.dispose()
        yield url, books


@pytest.fixture
def unguarded(template: tuple[URL, Books], tmp_path: Path) -> Iterator[tuple[Engine, Books]]:
    """An engine on a copy of them, as the owner of the tables, and what is in it."""
    original, books = template
    with _copied(original, tmp_path) as url:
        engine = _unguarded_engine(url)
        yield engine, books
        engine.dispose()


@contextmanager
def _migrated(kind: str, folder: Path) -> Iterator[URL]:
    if kind == "sqlite":
        original = make_url(f"sqlite:///{databases.sqlite_template()}")
    else:
        try:
            administrator, name = databases.postgresql()
        except postgresql_server.NoPostgreSQL as error:
            missing(str(error))
        original = administrator.set(database=name)
    with _copied(original, folder) as url:
        yield url


@contextmanager
def _copied(original: URL, folder: Path) -> Iterator[URL]:
    if original.get_backend_name() == "sqlite":
        yield original.set(database=str(shutil.copyfile(str(original.database), folder / "books.sqlite")))
    else:
        with databases.copied(original) as url:
            yield databases.as_owner(url)


def _unguarded_engine(url: URL) -> Engine:
    engine = make_engine(url)
    if engine.dialect.name == "sqlite":

        @event.listens_for(engine, "connect")
        def ignore_guards(connection: sqlite3.Connection, _record: object) -> None:
            for pragma in NO_GUARDS:
                connection.execute(pragma)

    return engine


def _take_guards_down(engine: Engine) -> None:
    sqlite = engine.dialect.name == "sqlite"
    with engine.begin() as connection:
        (_without_triggers if sqlite else _without_constraints)(connection)


def _without_triggers(connection: Connection) -> None:
    triggers = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all()
    for name in triggers:
        if not name.startswith("accounts_open"):
            connection.execute(text(f"DROP TRIGGER {name}"))


def _without_constraints(connection: Connection) -> None:
    query = "SELECT conrelid::regclass::text, conname FROM pg_constraint WHERE contype IN ('c', 'f')"
    for table in inspect(connection).get_table_names():
        if table != "accounts":
            connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
    for table, name in connection.execute(text(f"{query} AND connamespace = 'public'::regnamespace")).all():
        connection.execute(text(f"ALTER TABLE {table} DROP CONSTRAINT {name}"))
