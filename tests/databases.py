"""A database for each test that asks: a copy of one migrated once in the run, on SQLite and on PostgreSQL."""

import json
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import Engine
from sqlalchemy.engine import URL, make_url

from ledger.migrations.upgrade import upgrade
from ledger.store import make_engine
from tests import postgresql_server, run_directory
from tests.missing import missing

OWNER, MIGRATOR, SERVICE = "tallystick_owner", "tallystick_migrator", "tallystick_service"
ROLES = Path(__file__).parent.parent / "deploy" / "postgresql" / "roles.sql"
PASSWORD = "only-for-tests"
SQLITE, POSTGRESQL = "template.sqlite", "postgresql.json"
"""What a run's folder keeps of the databases that are migrated once."""

POSTGRESQL_WHEN_LONG = pytest.mark.parametrize(
    "database_url", ["sqlite", pytest.param("postgresql", marks=pytest.mark.long)], indirect=True
)
"""For what takes long: many pages in a browser, every route by everybody, every hostile text in every field.

On SQLite in each run, on PostgreSQL in the long tier.
"""


def sqlite_template() -> Path:
    """The migrated SQLite file that tests get copies of."""
    with run_directory.locked() as directory:
        template = directory / SQLITE
        if not template.exists():
            migrating = directory / "migrating.sqlite"
            upgrade(f"sqlite:///{migrating}")
            migrating.rename(template)
    return template


@cache
def postgresql() -> tuple[URL, str]:
    """The server's administrator, and the name of its migrated template database; both made once in a run."""
    with run_directory.locked() as directory:
        made = directory / POSTGRESQL
        if not made.exists():
            administrator = postgresql_server.named_url() or postgresql_server.start(directory)
            template = f"tallystick_template_{secrets.token_hex(6)}"
            make_migrated(make_url(administrator), template)
            made.write_text(json.dumps({"administrator": administrator, "template": template}))
        facts = json.loads(made.read_text())
    return make_url(facts["administrator"]), facts["template"]


def postgresql_template() -> URL:
    """The migrated database that tests get copies of; a test that needs it ends here where there is no PostgreSQL."""
    try:
        administrator, template = postgresql()
    except postgresql_server.NoPostgreSQL as error:
        missing(str(error))
    return administrator.set(database=template)


def lend(directory: Path) -> None:
    """Let a run whose folder this is to be take copies of what this run migrated."""
    shutil.copyfile(sqlite_template(), directory / SQLITE)
    postgresql()
    shutil.copyfile(run_directory.path() / POSTGRESQL, directory / POSTGRESQL)


def make_migrated(administrator: URL, name: str) -> URL:
    """Make a migrated database of this name on a server, with the roles it needs; its URL for the service."""
    _administer(administrator, sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    with psycopg.connect(_plain(administrator.set(database=name)), autocommit=True) as connection:
        connection.execute(ROLES.read_bytes())
        for role in (MIGRATOR, SERVICE):
            connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(PASSWORD)))
    upgrade(administrator.set(database=name, username=MIGRATOR, password=PASSWORD), owner_role=OWNER)
    return administrator.set(database=name, username=SERVICE, password=PASSWORD)


def stop() -> None:
    """Stop the server of this run, or leave the named one as it was found but for the roles."""
    made = run_directory.path() / POSTGRESQL
    if postgresql_server.named_url() and made.exists():
        administrator, template = postgresql()
        _administer(administrator, sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(template)))
    postgresql_server.stop(run_directory.path())


def _plain(url: URL) -> str:
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


def _administer(administrator: URL, statement: sql.Composed) -> None:
    with psycopg.connect(_plain(administrator), autocommit=True) as connection:
        connection.execute(statement)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A fresh, migrated SQLite file."""
    return f"sqlite:///{shutil.copyfile(sqlite_template(), tmp_path / 'tallystick.sqlite')}"


@pytest.fixture
def postgres_url() -> Iterator[str]:
    """A fresh, migrated PostgreSQL database, as the service role; dropped afterwards."""
    with copied(postgresql_template()) as url:
        yield url.render_as_string(hide_password=False)


@contextmanager
def copied(template: URL) -> Iterator[URL]:
    """A copy of a database of this run that nobody is connected to, as the service role; dropped afterwards."""
    assert template.database is not None, "a template has a name"
    administrator, _template = postgresql()
    name = f"tallystick_test_{secrets.token_hex(6)}"
    made, original = sql.Identifier(name), sql.Identifier(template.database)
    _administer(administrator, sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy").format(made, original))
    yield administrator.set(database=name, username=SERVICE, password=PASSWORD)
    _administer(administrator, sql.SQL("DROP DATABASE {} WITH (FORCE)").format(made))


@pytest.fixture
def postgres_owner_url(postgres_url: str) -> str:
    """The database of `postgres_url`, as the owner of its tables: the migrator, who there acts as the owner."""
    return as_owner(make_url(postgres_url)).render_as_string(hide_password=False)


def as_owner(url: URL) -> URL:
    """The URL of the same database for the owner of its tables."""
    assert url.database is not None, "a test's database has a name"
    become_owner = sql.SQL("ALTER ROLE {} IN DATABASE {} SET role = {}")
    names = (sql.Identifier(MIGRATOR), sql.Identifier(url.database), sql.Literal(OWNER))
    _administer(postgresql()[0], become_owner.format(*names))
    return url.set(username=MIGRATOR)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A fresh, migrated database: the test runs once on SQLite and once on PostgreSQL."""
    url: str = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    return url


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An engine on a fresh, migrated database of each kind, as the service uses it."""
    made = make_engine(database_url)
    yield made
    made.dispose()


@pytest.fixture
def owner_engine(request: pytest.FixtureRequest, engine: Engine) -> Iterator[Engine]:
    """An engine on the database of `engine` as whoever owns its tables; SQLite knows no roles, so there the same."""
    url = engine.url if engine.dialect.name == "sqlite" else request.getfixturevalue("postgres_owner_url")
    made = make_engine(url)
    yield made
    made.dispose()
