"""Failures of the database, real ones: what is tried again, what a caller is told, and nothing is written twice."""

import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, event, func, select, text
from sqlalchemy.orm import Session

from ledger.book.models import Request
from ledger.book.posting import post
from ledger.book.requests import Answer, Asked, record_answer
from ledger.connections import answering_within
from ledger.full_disk import SECONDS, full_disk
from ledger.outages import Busy, OutcomeUnknown, StorageFull, Unavailable
from ledger.store import FOR_COMMANDS, make_engine, read, reading, run, statements, unit_of_work
from tests import databases, postgresql_server, run_directory
from tests.book.town import balance, pay, posting, purse_of

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ANSWER = Answer(status=201, content_type="application/json", body=b"{}")
WAIT_OF_A_LOCK = {"postgresql": 1.2, "sqlite": 0.9}
WAIT_OF_A_STATEMENT = 2


def write(session: Session, key: str = "0123456789abcdef") -> None:
    """Write a row that can be there once."""
    asked = Asked(principal="test", key=key, route="POST /", digest=b"x")
    record_answer(session.connection(), asked, ANSWER, at=NOON)


def written(engine: Engine) -> int:
    """How many rows of `write` are there."""
    with reading(engine) as session:
        return session.execute(select(func.count()).select_from(Request)).scalar_one()


class Tries:
    """Work that writes, and to which something happens at its first tries."""

    def __init__(self, happens: Callable[[Session], object], times: int) -> None:
        self.happens, self.times, self.begun = happens, times, 0

    def __call__(self, session: Session) -> None:
        self.begun += 1
        write(session)
        if self.begun <= self.times:
            self.happens(session)
            session.execute(text("SELECT 1"))


def raises(state: str) -> Callable[[Session], object]:
    """The server itself raises an error of this SQLSTATE."""
    return lambda session: session.execute(text(f"DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '{state}'; END $$"))


def dies(session: Session) -> None:
    """The connection is ended by the server's administrator."""
    process = session.execute(text("SELECT pg_backend_pid()")).scalar_one()
    administer("SELECT pg_terminate_backend(:process, 5000)", process=process)


def administer(statement: str, **values: object) -> None:
    """Run a statement as the server's administrator."""
    engine = make_engine(databases.postgresql()[0])
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(statement), values)
    engine.dispose()


@pytest.fixture
def postgresql(postgres_url: str) -> Iterator[Engine]:
    """An engine on PostgreSQL, whose failures these are."""
    made = make_engine(postgres_url)
    yield made
    made.dispose()


@pytest.mark.parametrize("happens", [raises("40001"), raises("40P01"), dies, raises("25006")])
def test_what_may_work_at_once_is_tried_again(postgresql: Engine, happens: Callable[[Session], object]) -> None:
    work = Tries(happens, 4)
    run(postgresql, work)
    assert (work.begun, written(postgresql)) == (5, 1)


@pytest.mark.parametrize(("happens", "told"), [(raises("40001"), Busy), (raises("40P01"), Busy), (dies, Unavailable)])
def test_after_five_tries_it_is_told(
    postgresql: Engine, happens: Callable[[Session], object], told: type[Exception]
) -> None:
    work = Tries(happens, 5)
    with pytest.raises(told):
        run(postgresql, work)
    assert (work.begun, written(postgresql)) == (5, 0)


@pytest.mark.parametrize(
    ("happens", "told"),
    [
        (raises("55P03"), Busy),
        (raises("57014"), Busy),
        (raises("53100"), StorageFull),
        (raises("53400"), Unavailable),
    ],
)
def test_what_needs_time_is_told_at_once(
    postgresql: Engine, happens: Callable[[Session], object], told: type[Exception]
) -> None:
    work = Tries(happens, 1)
    with pytest.raises(told):
        run(postgresql, work)
    assert (work.begun, written(postgresql)) == (1, 0)


def test_work_that_is_tried_again_reads_everything_again(postgresql: Engine) -> None:
    """Between its tries somebody else posts to the same purse."""
    issuance, purse = purse_of(postgresql, 100)
    again, tries = posting((issuance, purse, 7)), list[int]()

    def work(session: Session) -> None:
        tries.append(len(tries))
        if len(tries) == 2:
            with unit_of_work(postgresql) as other:
                pay(other.connection(), issuance, purse, 10)
        post(session.connection(), again)
        if len(tries) == 1:
            raises("40001")(session)

    run(postgresql, work)
    assert (len(tries), balance(postgresql, purse)) == (2, 117)


def test_a_writer_is_waited_for_about_a_second(engine: Engine) -> None:
    with unit_of_work(engine) as other:
        write(other)
        began = time.monotonic()
        with pytest.raises(Busy):
            run(engine, write)
        waited = time.monotonic() - began
    wait = WAIT_OF_A_LOCK[engine.dialect.name]
    assert wait <= waited < wait + 1


def test_a_statement_that_takes_too_long_is_ended(postgresql: Engine) -> None:
    began = time.monotonic()
    with pytest.raises(Busy), unit_of_work(postgresql) as session:
        session.execute(text("SELECT pg_sleep(10)"))
    assert time.monotonic() - began < WAIT_OF_A_STATEMENT + 1


def test_connections_that_broke_in_the_pool_are_never_handed_out(postgresql: Engine) -> None:
    """After a restart nobody is told anything, not even who only reads."""
    several = [reading(postgresql) for _ in range(3)]
    processes = [session.__enter__().execute(text("SELECT pg_backend_pid()")).scalar_one() for session in several]
    for session in several:
        session.__exit__(None, None, None)
    for process in processes:
        administer("SELECT pg_terminate_backend(:process, 5000)", process=process)

    sessions = [reading(postgresql) for _ in processes]
    alive = {session.__enter__().execute(text("SELECT pg_backend_pid()")).scalar_one() for session in sessions}
    for session in sessions:
        session.__exit__(None, None, None)
    assert alive.isdisjoint(processes)


def test_who_only_reads_is_not_told_of_a_connection_that_breaks(postgresql: Engine) -> None:
    processes = []

    def look(session: Session) -> int:
        processes.append(session.execute(text("SELECT pg_backend_pid()")).scalar_one())
        if len(processes) == 1:
            dies(session)
        return session.execute(text("SELECT 7")).scalar_one()

    assert read(postgresql, look) == 7
    assert len(set(processes)) == 2


def test_a_connection_that_breaks_as_it_commits_leaves_the_outcome_unknown(postgresql: Engine) -> None:
    """It is told as that and not tried again, for nobody can tell it from one that has committed."""

    @event.listens_for(postgresql, "commit")
    def end_it(connection: Connection) -> None:
        process = connection.connection.driver_connection.info.backend_pid  # type: ignore[union-attr]
        administer("SELECT pg_terminate_backend(:process, 5000)", process=process)

    work = Tries(lambda _session: None, 0)
    with pytest.raises(OutcomeUnknown):
        run(postgresql, work)
    assert (work.begun, written(postgresql)) == (1, 0)


def test_a_statement_that_commits_by_itself_and_breaks_leaves_the_outcome_unknown(postgresql: Engine) -> None:
    with pytest.raises(OutcomeUnknown), statements(postgresql) as connection:
        connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))


def test_no_server_is_told_as_nothing_written(tmp_path: Path) -> None:
    """Also by the statement that commits by itself: nothing was sent."""
    engine = make_engine(f"postgresql+psycopg://nobody@/nothing?host={tmp_path}")
    for way in (unit_of_work, reading, statements):
        with pytest.raises(Unavailable), way(engine) as connection:
            connection.execute(text("SELECT 1"))


def test_what_comes_when_the_time_is_over_is_refused(engine: Engine) -> None:
    with answering_within(-1):
        for way in (unit_of_work, reading):
            with pytest.raises(Unavailable), way(engine) as session:
                session.execute(text("SELECT 1"))
    assert written(engine) == 0


def test_a_connection_that_is_in_use_when_the_time_is_over_is_cut(postgresql: Engine) -> None:
    patient = make_engine(postgresql.url, patience=FOR_COMMANDS)
    began = time.monotonic()
    with answering_within(2.2), pytest.raises(Unavailable), unit_of_work(patient) as session:
        write(session)
        session.execute(text("SELECT pg_sleep(10)"))
    assert time.monotonic() - began < 2.6
    assert written(patient) == 0
    patient.dispose()


def test_a_full_disk_stops_writing_and_not_reading_until_there_is_room(sqlite_url: str) -> None:
    """SQLite takes no page more than it may; PostgreSQL tells it by 53100, above."""
    engine, most = make_engine(sqlite_url), {"pages": 1}
    event.listen(engine, "checkout", lambda raw, *_told: raw.execute(f"PRAGMA max_page_count = {most['pages']}"))
    long = {"narrative": "x" * 100_000}
    query = text("CREATE TABLE more AS SELECT :narrative AS narrative")
    with pytest.raises(StorageFull), unit_of_work(engine) as session:
        session.execute(query, long)

    most["pages"] = 1_000_000
    assert full_disk(engine).is_full
    with pytest.raises(StorageFull), unit_of_work(engine) as session:
        write(session)
    assert written(engine) == 0

    time.sleep(SECONDS)
    with unit_of_work(engine) as session:
        write(session)
    assert written(engine) == 1
    engine.dispose()


@pytest.fixture
def lonely() -> Iterator[Engine]:
    """An engine on a server of its own, whose configuration may be changed."""
    folder = Path(tempfile.mkdtemp(dir=run_directory.path()))
    folder.chmod(0o755)
    engine = make_engine(postgresql_server.start(folder))
    yield engine
    engine.dispose()
    postgresql_server.stop(folder)


@pytest.mark.slow
def test_a_commit_that_no_standby_has_confirmed_is_unknown(lonely: Engine) -> None:
    """Whoever makes the server give up waiting for it is told by a warning, and no error, that it stands here alone."""
    with unit_of_work(lonely) as session:
        session.execute(text("CREATE TABLE rows (number bigint)"))
    with statements(lonely) as connection:
        connection.execute(text("ALTER SYSTEM SET synchronous_standby_names = 'nobody'"))
        connection.execute(text("SELECT pg_reload_conf()"))
        while connection.execute(text("SHOW synchronous_standby_names")).scalar_one() != "nobody":
            time.sleep(0.01)

    with ThreadPoolExecutor(1) as threads:
        for number, way in enumerate((unit_of_work, statements)):
            given_up = threads.submit(give_up_waiting, lonely)
            with pytest.raises(OutcomeUnknown), way(lonely) as connection:
                connection.execute(text(f"INSERT INTO rows VALUES ({number})"))
            assert given_up.result(timeout=10)
    with answering_within(2.1), pytest.raises(OutcomeUnknown), unit_of_work(lonely) as session:
        session.execute(text("INSERT INTO rows VALUES (2)"))
    with reading(lonely) as session:
        assert session.execute(text("SELECT count(*) FROM rows")).scalar_one() >= 2


def give_up_waiting(engine: Engine) -> bool:
    """Cancel whoever waits for a standby, once somebody does."""
    query = text("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
    deadline = time.monotonic() + 8
    while time.monotonic() < deadline:
        with reading(engine) as session:
            if session.execute(query).first():
                return True
        time.sleep(0.01)
    return False
