"""Every operation that writes, stopped at each statement and commit: asked for again, it is as if it had run once (L1).

A child process does the operation and is stopped; then the operation is asked for again under the same key. What stands
must be what stands where nothing was stopped, in every table, but for what is drawn anew each time.
"""

import random
import secrets
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.engine import make_url

from ledger.check_books import check_books
from ledger.outages import Busy, OutcomeUnknown, Unavailable
from ledger.store import make_engine, reading
from ledger.tables import Base
from tests import databases
from tests.drawn import SEED
from tests.harness.crashes import Mode, Stop, run_in_child, stopping
from tests.harness.operations import OPERATIONS, Facts, Operation, prepare_town, seed
from tests.long_table import record

pytestmark = pytest.mark.slow

POINTS_OF_THE_SHORT_TIER = 1
DRAWN_EACH_TIME = {
    "sqlite": set[str](),
    "postgresql": {"seq", "id", "account_id", "debit_account", "credit_account", "xid", "through"},
}
"""What follows from PostgreSQL's own sequences and transactions, which what was undone has had some of."""

OF_THE_HORIZON = {"sqlite": set[str](), "postgresql": {"rollups"}}
"""Subtotals go as far as the whole server lets them; check-books compares each with its transfers."""
OF_WHO_RAN = {"nights", "night_steps"}
"""How often a night was taken on, and what each runner did, tells of the stop itself (tests/nightly)."""
OF_THE_TRY = {"delivery_attempts.outcome"}
"""Whether a file was brought, or found where a stopped try had brought it."""
HOLDS_OF_NO_FEATURE = "I-07"
"""What check-books says of this town, which tries the book's holds by themselves."""

Shape = dict[str, Counter[str]]


@dataclass(kw_only=True)
class Prepared:
    """A database in which the town was prepared, of which each case gets a copy."""

    database: str
    copied: Callable[[], Any]
    facts: Facts
    folder: Path
    cases: int = 0

    @contextmanager
    def copy(self) -> Iterator[tuple[str, Path]]:
        """A copy of the database, and an empty folder."""
        self.cases += 1
        folder = self.folder / str(self.cases)
        folder.mkdir()
        with self.copied() as url:
            yield url, folder
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def prepared_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """The town in a SQLite file, once for each worker of the run."""
    folder = tmp_path_factory.mktemp("prepared-sqlite")
    return town_in(f"sqlite:///{shutil.copyfile(databases.sqlite_template(), folder / 'town.sqlite')}", folder)


@pytest.fixture(scope="session")
def prepared_postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prepared]:
    """The town in a PostgreSQL database, once for each worker of the run."""
    with databases.copied(databases.postgresql_template()) as url:
        yield town_in(url.render_as_string(hide_password=False), tmp_path_factory.mktemp("prepared-postgresql"))


@pytest.fixture(params=["sqlite", "postgresql"])
def prepared(request: pytest.FixtureRequest) -> Prepared:
    """The town, on each database."""
    made: Prepared = request.getfixturevalue(f"prepared_{request.param}")
    return made


def town_in(url: str, folder: Path) -> Prepared:
    """The town, prepared in an empty database."""
    engine = make_engine(url)
    facts = prepare_town(engine)
    engine.dispose()
    return Prepared(database=engine.dialect.name, copied=lambda: copy_of(url, folder), facts=facts, folder=folder)


@contextmanager
def copy_of(url: str, folder: Path) -> Iterator[str]:
    """A copy of a database that nobody is connected to; dropped afterwards."""
    if url.startswith("sqlite"):
        original = Path(make_url(url).database or "")
        copy = shutil.copyfile(original, folder / f"copy-{secrets.token_hex(4)}.sqlite")
        yield f"sqlite:///{copy}"
        for file in folder.glob(f"{copy.name}*"):
            file.unlink()
        return
    with databases.copied(make_url(url)) as copied:
        yield copied.render_as_string(hide_password=False)


def shape(engine: Engine, folder: Path) -> Shape:
    """Every table as the values of each of its columns, counted, and the files: what two runs may be compared by."""
    files = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    counted: Shape = {"files.name": Counter(files.keys()), "files.content": Counter(map(repr, files.values()))}
    with reading(engine) as session:
        for table in Base.metadata.sorted_tables:
            if table.name in OF_THE_HORIZON[engine.dialect.name] | OF_WHO_RAN:
                continue
            rows = session.execute(select(table)).all()
            for number, column in enumerate(table.columns):
                name = f"{table.name}.{column.name}"
                if column.name not in DRAWN_EACH_TIME[engine.dialect.name] and name not in OF_THE_TRY:
                    counted[name] = Counter(repr(row[number]) for row in rows)
    return counted


def until_answered(engine: Engine, operation: Operation, facts: Facts, folder: Path) -> None:
    """Ask as a client does, until it is answered."""
    for _try in range(5):
        try:
            operation(engine, facts, folder)
            return
        except (Busy, Unavailable, OutcomeUnknown):
            continue
    raise AssertionError("the operation is never answered")


def shape_after(prepared: Prepared, operation: Operation, stop: Stop | None = None) -> tuple[Shape, bool]:
    """What stands after the operation, stopped where a stop is given and asked for again; whether it was stopped."""
    with prepared.copy() as (url, folder):
        fired = stop is not None and run_in_child(lambda: stopped(url, operation, prepared.facts, folder, stop))
        engine = make_engine(url)
        try:
            until_answered(engine, operation, prepared.facts, folder)
            with reading(engine) as session:
                assert {finding.id for finding in check_books(session)} == {HOLDS_OF_NO_FEATURE}
            stands = shape(engine, folder)
        finally:
            engine.dispose()
    return stands, fired


def stopped(url: str, operation: Operation, facts: Facts, folder: Path, stop: Stop) -> Stop:
    """Do the operation and be stopped; in a process that then ends."""
    engine = make_engine(url)
    with stopping(engine, stop):
        operation(engine, facts, folder)
    return stop


def what_stands_unstopped(prepared: Prepared, operation: Operation) -> Shape:
    """What stands after the operation, without the columns that are drawn anew each time it is done."""
    shapes = []
    for number in (1, 2):
        seed(number)
        shapes.append(shape_after(prepared, operation)[0])
    return {name: shapes[0][name] for name in shapes[0] if shapes[0][name] == shapes[1][name]}


def points_of(prepared: Prepared, operation: Operation) -> int:
    """How many points the operation passes."""
    with prepared.copy() as (url, folder):
        engine, stop = make_engine(url), Stop(mode=Mode.KILLED, at=0)
        with stopping(engine, stop):
            operation(engine, prepared.facts, folder)
        engine.dispose()
    return stop.passed


def check_stops(prepared: Prepared, operation: Operation, points: list[int]) -> int:
    """Stop the operation at these points in each way; how often it was."""
    expected, stops = what_stands_unstopped(prepared, operation), 0
    for at in points:
        for mode in Mode:
            stands, fired = shape_after(prepared, operation, Stop(mode=mode, at=at))
            differs = {name for name in expected if stands[name] != expected[name]}
            assert differs == set(), (SEED, at, mode)
            stops += fired
    return stops


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_that_is_stopped_and_asked_for_again_is_done_once(prepared: Prepared, name: str) -> None:
    points = points_of(prepared, OPERATIONS[name])
    some = random.Random(f"{SEED} {name}").sample(range(1, points + 1), POINTS_OF_THE_SHORT_TIER)

    assert check_stops(prepared, OPERATIONS[name], some)


@pytest.mark.long
@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_that_is_stopped_anywhere_is_done_once(prepared: Prepared, name: str) -> None:
    points = points_of(prepared, OPERATIONS[name])
    stops = check_stops(prepared, OPERATIONS[name], list(range(1, points + 1)))
    record(f"stopped at statements: {name}, {prepared.database}", points=points, stops=stops)
    assert stops >= points
