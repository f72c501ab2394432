"""Engine and units of work; SQLite and PostgreSQL differ here and, but for a few small named places, nowhere else."""

import random
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Engine, Table, create_engine, event, func, insert, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import DeclarativeBase, Session

from ledger import connections
from ledger.errors import LedgerError
from ledger.full_disk import full_disk
from ledger.outages import Undone, Unreachable, outage, outage_of_commit
from ledger.prepared import Prepared
from ledger.tables import Base, table_of

Result = TypeVar("Result")

TRIES = 5
_SQLITE_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "recursive_triggers=ON")


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a writer waits for another, on PostgreSQL for a lock and on SQLite for all of it (`busy_seconds`); how
    long one statement of PostgreSQL may take, 0 for no end.
    """

    lock_seconds: float
    busy_seconds: float
    statement_seconds: float


FOR_PEOPLE = Patience(lock_seconds=1.2, busy_seconds=0.9, statement_seconds=2)
"""A lock is waited for a little longer than the second after which PostgreSQL looks for a deadlock: that ends first.
SQLite's one writer is waited for a little less than a second, so that who waited has written within one.
"""
FOR_COMMANDS = Patience(lock_seconds=30, busy_seconds=30, statement_seconds=0)


def make_engine(url: str | URL, *, patience: Patience = FOR_PEOPLE) -> Engine:
    """An engine on SQLite or PostgreSQL, that waits as long as whoever uses it would."""
    sqlite = make_url(url).drivername.startswith("sqlite")
    return _make_sqlite(url, patience) if sqlite else _make_postgresql(url, patience)


def _make_postgresql(url: str | URL, patience: Patience) -> Engine:
    lock, statement = (int(seconds * 1000) for seconds in (patience.lock_seconds, patience.statement_seconds))
    # Compiling (jit) pays for itself in minutes; a statement here ends in milliseconds, or in seconds once a night.
    limits = f"-c lock_timeout={lock} -c statement_timeout={statement} -c timezone=UTC -c jit=off"
    engine = create_engine(
        url,
        isolation_level="READ COMMITTED",
        pool_size=8,
        max_overflow=0,
        pool_timeout=0.5,
        connect_args={"options": limits, "connect_timeout": connections.CONNECT_SECONDS},
    )
    connections.watch(engine)
    return engine


def _make_sqlite(url: str | URL, patience: Patience) -> Engine:
    engine = create_engine(url, connect_args={"timeout": patience.busy_seconds, "check_same_thread": False})

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

    Raises Busy or Unavailable, or a class below one of them, where the database could not take the work and nothing was
    written; OutcomeUnknown where the connection was lost while it was being committed.
    """
    connections.check_time()
    full = full_disk(engine)
    full.check()
    with full.noticing(), Session(engine, autoflush=True) as session:
        with _told(outage):
            yield session
            session.flush()
        _commit(session)


def _commit(session: Session) -> None:
    info = session.connection().info if session.in_transaction() else {}
    with _told(outage_of_commit):
        session.commit()
    connections.check_replicated(info)


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """A session that takes no write lock on SQLite, and writes nothing. Raises Busy, Unavailable."""
    connections.check_time()
    with _told(outage), Session(engine.execution_options(read_only=True), autoflush=False) as session:
        yield session


def let_take(session: Session, *, seconds: float) -> None:
    """Let each statement of this unit of work take so long on PostgreSQL. SQLite ends none."""
    if session.connection().dialect.name == "postgresql":
        session.execute(select(func.set_config("statement_timeout", str(int(seconds * 1000)), True)))


@contextmanager
def statements(engine: Engine) -> Iterator[Connection]:
    """A connection whose every statement is a unit of work of its own, committed when it returns (PostgreSQL).

    Raises as `unit_of_work`; what breaks off has an outcome that nobody knows.
    """
    connections.check_time()
    full = full_disk(engine)
    full.check()
    with _told(outage):
        connection = engine.connect()
    with full.noticing(), connection, _told(outage_of_commit):
        yield connection.execution_options(isolation_level="AUTOCOMMIT")
        connections.check_replicated(connection.info)


@contextmanager
def _told(means: Callable[[BaseException], LedgerError | None]) -> Iterator[None]:
    """Failures of the database, told as what they mean; mistakes of ours as they are."""
    try:
        yield
    except (DBAPIError, PoolTimeout) as error:
        refusal = means(error)
        if refusal is None:
            raise
        raise refusal from error


@contextmanager
def snapshot(engine: Engine) -> Iterator[Session]:
    """As `reading`, and every statement sees the database as it stood at the first one."""
    with reading(engine) as session:
        if engine.dialect.name == "postgresql":
            session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        yield session


def run(engine: Engine, work: Callable[[Session], Result]) -> Result:
    """What `work(session)` returns, in a unit of work of its own, begun anew where that can be all that is wrong.

    That is a deadlock, a serialisation failure, or a connection that broke before it was committed: at most five tries,
    5 to 100 ms apart, re-reading everything (faults_and_invariants §3.4). Raises as `unit_of_work`.
    """
    return _trying(lambda: unit_of_work(engine), work)


def read(engine: Engine, work: Callable[[Session], Result]) -> Result:
    """As `run`, of work that writes nothing, in `reading`."""
    return _trying(lambda: reading(engine), work)


def _trying(begin: Callable[[], AbstractContextManager[Session]], work: Callable[[Session], Result]) -> Result:
    for attempt in range(1, TRIES):
        try:
            with begin() as session:
                return work(session)
        except (Undone, Unreachable):
            time.sleep(random.uniform(0.005, min(0.1, 0.01 * 2**attempt)))  # noqa: S311 (jitter, not a secret)
    with begin() as session:
        return work(session)


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
    looks = connection.dialect.name != "postgresql"
    if looks and connection.execute(select(1).select_from(table_of(model)).where(taken)).first():
        return False
    return insert_unless_taken(connection, model, values)


def insert_unless_taken(connection: Connection, model: type[DeclarativeBase], values: Mapping[str, Any]) -> bool:
    """As `insert_once`, of a table whose only unique key is its primary key, where the row is hardly ever there."""
    table = table_of(model)
    if connection.dialect.name == "postgresql":
        return bool(_insert_unless_taken(table, *values)(connection, values).rowcount)
    try:
        _insert(table, *values)(connection, values)
    except IntegrityError as error:
        if constraint_name(error) != table.primary_key.name:
            raise
        return False
    return True


@cache
def _insert_unless_taken(table: Table, *columns: str) -> Prepared:
    return Prepared(postgresql.insert(table).on_conflict_do_nothing().inline(), *columns)


@cache
def _insert(table: Table, *columns: str) -> Prepared:
    return Prepared(insert(table).inline(), *columns)
