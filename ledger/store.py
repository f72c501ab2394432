"""Engine and units of work; SQLite and PostgreSQL differ here and, but for a few small named places, nowhere else."""

import random
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Engine, Table, create_engine, event, insert, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import DeclarativeBase, Session

from ledger.errors import LedgerError
from ledger.tables import Base, table_of

Result = TypeVar("Result")

TRIES = 5
_SQLITE_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "recursive_triggers=ON")
_AGAIN = {"40001", "40P01"}
_WAITED_TOO_LONG = {"55P03", "57014"}


class Busy(LedgerError):
    """The database could not take the write in time; nothing was written, and the same request may come again."""

    code = "busy"
    retry_after = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a writer waits for another, and how long one statement may take (PostgreSQL; 0 for no end)."""

    lock_seconds: float
    statement_seconds: float


FOR_PEOPLE = Patience(lock_seconds=1, statement_seconds=2)
FOR_COMMANDS = Patience(lock_seconds=30, statement_seconds=0)


def make_engine(url: str | URL, *, patience: Patience = FOR_PEOPLE) -> Engine:
    """An engine on SQLite or PostgreSQL, that waits as long as whoever uses it would."""
    sqlite = make_url(url).drivername.startswith("sqlite")
    return _make_sqlite(url, patience) if sqlite else _make_postgresql(url, patience)


def _make_postgresql(url: str | URL, patience: Patience) -> Engine:
    lock, statement = (int(seconds * 1000) for seconds in (patience.lock_seconds, patience.statement_seconds))
    limits = f"-c lock_timeout={lock} -c statement_timeout={statement} -c timezone=UTC"
    return create_engine(
        url,
        isolation_level="READ COMMITTED",
        pool_size=8,
        max_overflow=0,
        pool_timeout=0.5,
        pool_pre_ping=True,
        connect_args={"options": limits, "connect_timeout": 3},
    )


def _make_sqlite(url: str | URL, patience: Patience) -> Engine:
    engine = create_engine(url, connect_args={"timeout": patience.lock_seconds, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        for pragma in _SQLITE_PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        read_only = connection.get_execution_options().get("read_only", False)
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

    return engine


@contextmanager
def unit_of_work(engine: Engine) -> Iterator[Session]:
    """A session whose work is committed on leaving and undone on raising; nothing may read its rows afterwards.

    Raises Busy where the database could not take the write in time.
    """
    with Session(engine, autoflush=True) as session:
        try:
            yield session
            session.commit()
        except DBAPIError as error:
            if _waited_too_long(error):
                raise Busy from error
            raise


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """A session that takes no write lock on SQLite, and writes nothing."""
    with Session(engine.execution_options(read_only=True), autoflush=False) as session:
        yield session


@contextmanager
def statements(engine: Engine) -> Iterator[Connection]:
    """A connection whose every statement is a unit of work of its own, committed when it returns (PostgreSQL)."""
    with engine.connect() as connection:
        yield connection.execution_options(isolation_level="AUTOCOMMIT")


@contextmanager
def snapshot(engine: Engine) -> Iterator[Session]:
    """As `reading`, and every statement sees the database as it stood at the first one."""
    with reading(engine) as session:
        if engine.dialect.name == "postgresql":
            session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        yield session


def run(engine: Engine, work: Callable[[Session], Result]) -> Result:
    """What `work(session)` returns, in a unit of work of its own, begun anew on deadlock or serialisation failure.

    At most five times, 5 to 100 ms apart, re-reading everything (faults_and_invariants §3.4). Raises Busy after that.
    """
    for attempt in range(TRIES):
        try:
            with unit_of_work(engine) as session:
                return work(session)
        except DBAPIError as error:
            if sqlstate(error) not in _AGAIN:
                raise
            time.sleep(random.uniform(0.005, min(0.1, 0.01 * 2**attempt)))  # noqa: S311 (jitter, not a secret)
    raise Busy


def sqlstate(error: DBAPIError) -> str | None:
    """PostgreSQL's five-character SQLSTATE; None on SQLite."""
    return getattr(error.orig, "sqlstate", None)


def undone(error: DBAPIError) -> bool:
    """Whether the database undid the work for another's sake, a deadlock or a wait without end: it may come again."""
    return _waited_too_long(error) or sqlstate(error) in _AGAIN


def _waited_too_long(error: DBAPIError) -> bool:
    busy = getattr(error.orig, "sqlite_errorname", "").startswith(("SQLITE_BUSY", "SQLITE_LOCKED"))
    return busy or sqlstate(error) in _WAITED_TOO_LONG


def constraint_name(error: IntegrityError) -> str:
    """The name of the constraint that refused; "" where the database does not tell.

    PostgreSQL tells. SQLite tells a CHECK's name and a UNIQUE's columns, from which the schema gives the name;
    the guards of append-only tables put the name into their message.
    """
    diagnostics = getattr(error.orig, "diag", None)
    if diagnostics is not None:
        return diagnostics.constraint_name or ""
    text = str(error.orig)
    if found := re.search(r"(?:CHECK constraint failed|append-only, key taken): (\w+)", text):
        return found[1]
    if found := re.search(r"UNIQUE constraint failed: index '(\w+)'", text):
        return found[1]
    if found := re.search(r"UNIQUE constraint failed: (.+)", text):
        return _unique_name(frozenset(found[1].split(", ")))
    return ""


def _unique_name(columns: frozenset[str]) -> str:
    table_name = next(iter(columns)).split(".")[0]
    names = frozenset(column.split(".")[1] for column in columns)
    for name, key_columns in unique_keys(Base.metadata.tables[table_name]):
        if frozenset(key_columns) == names:
            return name
    return ""


def unique_keys(table: Table) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each unique key of a table, the primary key first: its name and its columns."""
    yield str(table.primary_key.name), tuple(column.name for column in table.primary_key.columns)
    for constraint in sorted(table.constraints, key=lambda one: str(one.name)):
        if constraint.__visit_name__ == "unique_constraint":
            yield str(constraint.name), tuple(column.name for column in constraint.columns)  # type: ignore[attr-defined]  # a ColumnCollectionConstraint by its visit name
    for index in sorted(table.indexes, key=lambda one: str(one.name)):
        if index.unique:
            yield str(index.name), tuple(column.name for column in index.columns)


def insert_once(
    connection: Connection, model: type[DeclarativeBase], values: Mapping[str, Any], *, taken: ColumnElement[bool]
) -> bool:
    """Insert a row unless one of its unique keys is taken; whether it was inserted.

    PostgreSQL says ON CONFLICT DO NOTHING, and waits for a twin that is not yet committed. SQLite has one writer,
    and append-only tables refuse every ON CONFLICT there: it looks for a row for which `taken` holds, then inserts.
    """
    table = table_of(model)
    if connection.dialect.name == "postgresql":
        inserted = postgresql.insert(table).values(values).on_conflict_do_nothing().returning(*table.primary_key)
        return connection.execute(inserted).first() is not None
    if connection.execute(select(1).select_from(table).where(taken)).first():
        return False
    connection.execute(insert(table).values(values))
    return True
