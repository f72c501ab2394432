"""Nights around special days, each stopped by SIGKILL somewhere and run again: done once (BT-01, BT-06).

A child process runs the night and is killed at a statement, a commit or a file, in whatever step; the next run finishes
it. Each night takes in what was answered to a file, builds the next and sends the one between. The server stands in
UTC, in London and on Kiritimati, and starts at some minute of the night.
"""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import product
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from ledger.check_books import check_books
from ledger.check_books.council_tax import ON_THE_WAY
from ledger.clock import financial_year
from ledger.council_tax.incoming import take_in_folder
from ledger.council_tax.models import CouncilTaxItem
from ledger.council_tax.queries import batches, captured_total, reduced_in_year
from ledger.council_tax.rules import ItemCode
from ledger.nightly import CHECKING, STEPS
from ledger.nightly.steps import SENDING
from ledger.nights.queries import night_on, nights
from ledger.nights.rules import ONE_DAY, NightState
from ledger.store import FOR_COMMANDS, make_engine, reading
from tests.drawn import SEED
from tests.long_table import record
from tests.nightly.audited import assert_audited_once
from tests.nightly.life import WITHOUT_CHECKS, Life, assert_identity, live, live_by_day, settled, some_time

SPECIAL = {
    "an hour twice": date(2026, 10, 25),
    "the year's end": date(2026, 12, 31),
    "an hour never, and a new financial year": date(2027, 3, 28),
    "a leap day": date(2028, 2, 29),
}
ZONES = ("UTC", "Europe/London", "Pacific/Kiritimati")
CHECKED_EVERY = 5
"""How many of the sixty nights go by until one checks its books: that takes longer than all its other steps."""


def assert_each_once(life: Life, first: date, last: date) -> None:
    """Each business date has one night, one batch and one file, and what was applied is in one of them."""
    dates = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    assert life.town.states() == dict.fromkeys(dates, NightState.DONE)
    with reading(life.town.engine) as session:
        built = {batch.business_date: batch for batch in batches(session)}
        assert len(nights(session)) == len(dates)
        for batch in built.values():
            assert captured_total(session, sequence=batch.sequence) == batch.reductions
    assert sorted(built) == dates
    files = {name: content for name, content in life.town.files().items() if name.endswith(".csv")}
    assert sorted(files) == sorted(batch.file_name for batch in built.values())
    assert not [name for name in life.town.files() if name.endswith(".part")]
    assert_exported_once(life, {batch.business_date: files[batch.file_name] for batch in built.values()})
    assert_answered_once(life, files)
    assert_audited_once(life.town.engine)


def assert_exported_once(life: Life, files: dict[date, bytes]) -> None:
    """Each item leaves in one file, on its day; in another again only where the other side put it off or refused."""
    exported: Counter[date] = Counter()
    left: dict[str, int] = {}
    for day, content in sorted(files.items()):
        head, *rows, _trailer = (line.split(",") for line in content.decode("ascii").splitlines())
        for fields in rows:
            assert int(fields[8]) == financial_year(date.fromisoformat(fields[9]))
            if fields[3] in left:
                before = left[fields[3]]
                assert life.folders.revenues.has_put_off(before, fields[3]), "each credit is exported once"
            else:
                exported[day] += int(fields[11])
            left[fields[3]] = int(head[5])
    assert exported == life.applied


def assert_answered_once(life: Life, files: dict[str, bytes]) -> None:
    """The other side has each file that left, in our bytes, and after its last answers both sides come to the same."""
    engine, revenues = life.town.engine, life.folders.revenues
    answered = take_in_folder(
        engine, life.folders.answers, scheme=life.town.settings.scheme, occasion=life.town.runner().occasion()
    )
    assert [one.problem for one in answered if one.problem] == []
    assert not (life.folders.answers / "refused").exists()
    with reading(engine) as session:
        ours = {batch.sequence: batch.sha256 for batch in batches(session)}
        assert check_books(session) == []
        on_the_way = select(CouncilTaxItem.amount).where(
            CouncilTaxItem.code == ItemCode.REDUCTION, CouncilTaxItem.state.in_(ON_THE_WAY)
        )
        waiting = sum(session.execute(on_the_way).scalars())
        years = {financial_year(day) for day in life.applied}
        reduced = sum(reduced_in_year(session, day=date(year, 6, 1)) for year in years)
    theirs = {sequence: digest for sequence, (digest, _file, _results) in revenues.loaded.items()}
    theirs |= {sequence: digest for digest, (sequence, _code) in revenues.refused.items()}
    assert sorted(theirs) == list(range(1, len(files))), "all but the last night's file has left"
    again = life.folders.taken.total() - len(theirs)
    assert again <= life.stopped_in[SENDING], "a file leaves again only where its sending was killed"
    assert theirs.items() <= ours.items()
    assert reduced - waiting == revenues.reduced()


@pytest.fixture
def zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Sets what the server takes for local time."""

    def stand_in(name: str) -> None:
        monkeypatch.setenv("TZ", name)
        time.tzset()

    yield stand_in
    monkeypatch.undo()
    time.tzset()


@pytest.mark.slow
@pytest.mark.parametrize("name", SPECIAL)
def test_bt_01_bt_06_each_of_sixty_nights_killed_somewhere_is_done_once(
    sqlite_url: str, tmp_path: Path, zone: Callable[[str], None], name: str
) -> None:
    first = SPECIAL[name] - timedelta(days=30)
    engine = make_engine(sqlite_url, patience=FOR_COMMANDS)
    life = settled(engine, tmp_path, random.Random(f"{SEED} {name}"), first)

    for number in range(60):
        zone(ZONES[number % 3])
        life.steps = WITHOUT_CHECKS if number % CHECKED_EVERY else STEPS
        live(life, first + timedelta(days=number))

    assert_each_once(life, first, first + timedelta(days=59))
    record(f"nights killed somewhere: {name}", nights=60, kills=life.stops, **in_figures(life), seed=SEED)
    assert life.stops > 30
    engine.dispose()


def in_figures(life: Life) -> dict[str, int]:
    """How many nights were killed in each step, by its name."""
    return {name.replace(" ", "_"): times for name, times in sorted(life.stopped_in.items())}


def test_bt_01_nights_killed_before_and_after_each_step_end_with_one_file_each(engine: Engine, tmp_path: Path) -> None:
    first, source = date(2026, 11, 22), random.Random(1)
    life = settled(engine, tmp_path, source, first)
    ways = [None, None, *product([step.name for step in STEPS], (False, True))]
    for number, way in enumerate(ways):
        day = first + timedelta(days=number)
        live_by_day(life, day)
        life.steps = WITHOUT_CHECKS
        if way is not None:
            step, after = way
            life.steps = STEPS if step == CHECKING else WITHOUT_CHECKS
            life.run_killed_at(step, after=after)
            with reading(engine) as session:
                night = night_on(session, business_date=day)
            assert night is not None
            assert night.state == NightState.RUNNING
            assert_identity(engine)
        life.town.run(steps=life.steps)
        life.folders.collect()

    assert life.stops == 2 * len(STEPS)
    assert_each_once(life, first, first + timedelta(days=len(ways) - 1))


@pytest.mark.slow
def test_bt_01_nights_on_postgresql_killed_somewhere_are_done_once(postgres_url: str, tmp_path: Path) -> None:
    first = date(2027, 3, 26)
    engine = make_engine(postgres_url, patience=FOR_COMMANDS)
    life = settled(engine, tmp_path, random.Random(f"{SEED} postgresql"), first)

    for number in range(8):
        live(life, first + timedelta(days=number))

    assert_each_once(life, first, first + timedelta(days=7))
    engine.dispose()


def test_bt_06_what_is_applied_in_the_last_hour_of_march_by_utc_is_of_the_new_financial_year(
    engine: Engine, tmp_path: Path
) -> None:
    last, source = date(2027, 3, 31), random.Random(1)
    life = settled(engine, tmp_path, source, last)
    life.apply(datetime(2027, 3, 31, 23, 30, tzinfo=UTC), 700)
    for day in (last, last + ONE_DAY):
        life.town.now = some_time(day, source)
        life.town.run()

    (content,) = (file for name, file in life.town.files().items() if name.endswith("20270401.csv"))
    (line,) = (row.split(",") for row in content.decode("ascii").splitlines() if row.startswith("D,"))
    assert (line[8], line[9], line[10], line[11]) == ("2027", "2027-04-01", "2028-03-31", "700")


LONG = {
    "ten years": ("sqlite", date(2026, 4, 1), date(2036, 3, 31)),
    "a year": ("postgresql", date(2027, 10, 1), date(2028, 9, 30)),
}
"""What the long tier lives through: both databases meet both changes of the clocks, both year ends and a leap day."""


@pytest.mark.long
@pytest.mark.parametrize(
    ("name", "database_url"), [(name, database) for name, (database, *_days) in LONG.items()], indirect=["database_url"]
)
def test_bt_06_years_of_nights_are_each_done_once(
    database_url: str, tmp_path: Path, zone: Callable[[str], None], name: str
) -> None:
    database, first, last = LONG[name]
    engine = make_engine(database_url, patience=FOR_COMMANDS)
    life = settled(engine, tmp_path, random.Random(f"{SEED} {name}"), first)
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]

    began = time.monotonic()
    for number, day in enumerate(days):
        zone(ZONES[number % 3])
        life.steps = STEPS if day.day == 1 else WITHOUT_CHECKS  # books of ten years take a while to check
        live(life, day)

    assert_each_once(life, first, last)
    record(
        f"{name} of nights, {database}",
        nights=len(days),
        kills=life.stops,
        **in_figures(life),
        seconds=round(time.monotonic() - began),
        seed=SEED,
    )
    engine.dispose()
