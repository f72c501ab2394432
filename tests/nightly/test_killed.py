"""Nights around special days, each stopped by SIGKILL at some statement and run again: done once (BT-01, BT-06).

A child process runs the night and is killed; the next run finishes it. The server stands in UTC, in London and on
Kiritimati, and starts at some minute of the night.
"""

import random
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from ledger.check_books import check_books
from ledger.clock import LONDON, financial_year
from ledger.council_tax.models import CouncilTaxItem
from ledger.council_tax.operations import apply_credits
from ledger.council_tax.queries import batches
from ledger.nightly import CHECKING, STEPS, Step
from ledger.nights.queries import night_on, nights
from ledger.nights.rules import ONE_DAY, NightState
from ledger.occasion import Occasion
from ledger.settings import SchemeRules
from ledger.store import make_engine, reading, unit_of_work
from tests.council_tax.town import at, link, resident_with
from tests.drawn import SEED
from tests.harness.crashes import Mode, Stop, run_in_child, stopping
from tests.long_table import record
from tests.nightly.town import Town

SPECIAL = {
    "an hour twice": date(2026, 10, 25),
    "the year's end": date(2026, 12, 31),
    "an hour never, and a new financial year": date(2027, 3, 28),
    "a leap day": date(2028, 2, 29),
}
ZONES = ("UTC", "Europe/London", "Pacific/Kiritimati")
MOST_STATEMENTS = 340
"""About as many points as a small night has to be stopped at; past its last it ends by itself."""
MOST_WITHOUT_CHECKS = 250
WITHOUT_CHECKS = tuple(step for step in STEPS if step.name != CHECKING)
RULES = SchemeRules(council_tax_items_a_month=31, council_tax_a_year=10**9)


@dataclass(kw_only=True)
class Life:
    """A town that lives day by day, and what it has been promised."""

    town: Town
    resident: object
    source: random.Random
    applied: dict[date, int] = field(default_factory=dict)
    stops: int = 0
    steps: Sequence[Step] = STEPS

    def apply(self, at: datetime, amount: int) -> None:
        """Apply credits at an instant; the day they were promised to leave on."""
        occasion = Occasion(now=at, actor="test", token_bytes=secrets.token_bytes)
        with unit_of_work(self.town.engine) as session:
            item = apply_credits(session, resident_id=self.resident, amount=amount, rules=RULES, occasion=occasion)  # type: ignore[arg-type]  # its id
            leaves_on = session.get_one(CouncilTaxItem, item.item_id).leaves_on
        self.applied[leaves_on] = self.applied.get(leaves_on, 0) + amount

    def run_killed(self, *, at: int) -> None:
        """Run what is due in a process that is killed at a statement."""

        def work(child: Town) -> Stop:
            stop = Stop(mode=Mode.KILLED, at=at)
            with stopping(child.engine, stop):
                child.run(steps=self.steps)
            return stop

        self._run_in_child(work)

    def run_killed_at(self, step: str, *, after: bool) -> None:
        """Run what is due in a process that is killed before or after it does a step."""

        def work(child: Town) -> Stop:
            stop = Stop(mode=Mode.KILLED, at=1)

            def pass_it(name: str, done: int, total: int) -> None:
                if name == step and (done == total if after else not done):
                    stop()

            child.run(progress=pass_it, steps=self.steps)
            return stop

        self._run_in_child(work)

    def _run_in_child(self, work: Callable[[Town], Stop]) -> None:
        url = self.town.engine.url.render_as_string(hide_password=False)
        self.town.engine.dispose()

        def run_there() -> Stop:
            child = Town(make_engine(url), self.town.settings.data.parent)
            child.now = self.town.now
            return work(child)

        self.stops += run_in_child(run_there)


def settled(engine: Engine, folder: Path, source: random.Random, first: date) -> Life:
    """A town whose resident has enough for years, and something that ends with each month."""
    months = {(first + timedelta(days=31 * number)).replace(day=1) - ONE_DAY for number in range(1, 5)}
    resident = resident_with(engine, (date(2040, 1, 31), 10**8), *((day, 100) for day in sorted(months)))
    link(engine, resident, occasion=at(first.year, first.month, first.day, 8, 0))
    return Life(town=Town(engine, folder), resident=resident, source=source)


def some_time(day: date, source: random.Random) -> datetime:
    """When the timer starts the night of a day: at some minute after half past one in London, jitter included."""
    half_past_one = datetime.combine(day + ONE_DAY, datetime.min.time().replace(hour=1, minute=30), LONDON)
    return half_past_one.astimezone(UTC) + timedelta(seconds=source.randrange(10_800))


def live(life: Life, day: date) -> None:
    """A day on which credits are applied, and its night; stopped at some statement first."""
    life.apply(datetime.combine(day, datetime.min.time().replace(hour=11), UTC), 500)
    if day == date(2027, 3, 31):
        life.apply(datetime(2027, 3, 31, 23, 30, tzinfo=UTC), 700)
    life.town.now = some_time(day, life.source)
    life.run_killed(at=life.source.randrange(1, MOST_STATEMENTS if life.steps is STEPS else MOST_WITHOUT_CHECKS))
    before = life.town.files(day)
    life.town.run(steps=life.steps)
    after = life.town.files(day)
    finals = {name for name in before if not name.endswith(".part")}
    assert {name: after[name] for name in finals} == {name: before[name] for name in finals}
    assert life.town.run() == []
    assert life.town.files(day) == after


def assert_each_once(life: Life, first: date, last: date) -> None:
    """Each business date has one night, one batch and one file, and every credit that was applied is in one of them."""
    dates = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    assert life.town.states() == dict.fromkeys(dates, NightState.DONE)
    with reading(life.town.engine) as session:
        built = {batch.business_date: batch for batch in batches(session)}
        assert check_books(session) == []
        assert len(nights(session)) == len(dates)
    assert sorted(built) == dates
    assert {day: batch.reductions for day, batch in built.items()} == {day: life.applied.get(day, 0) for day in dates}
    details = [
        line.split(",")
        for name, content in life.town.files().items()
        if name.endswith(".csv")
        for line in content.decode("ascii").splitlines()
        if line.startswith("D,")
    ]
    assert len({fields[3] for fields in details}) == len(details), "each credit is exported once"
    assert sum(int(fields[11]) for fields in details) == sum(life.applied.values())
    assert all(int(fields[8]) == financial_year(date.fromisoformat(fields[9])) for fields in details)
    assert not [name for name in life.town.files() if name.endswith(".part")]


@pytest.fixture
def zone(monkeypatch: pytest.MonkeyPatch) -> object:
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
    sqlite_url: str, tmp_path: Path, zone: object, name: str
) -> None:
    first = SPECIAL[name] - timedelta(days=30)
    engine = make_engine(sqlite_url)
    life = settled(engine, tmp_path, random.Random(f"{SEED} {name}"), first)

    for number in range(60):
        zone(ZONES[number % 3])  # type: ignore[operator]  # a function
        live(life, first + timedelta(days=number))

    assert_each_once(life, first, first + timedelta(days=59))
    record(f"nights killed somewhere: {name}", nights=60, kills=life.stops, seed=SEED)
    assert life.stops > 10
    engine.dispose()


@pytest.mark.parametrize("name", [step.name for step in STEPS])
def test_bt_01_a_night_killed_before_or_after_a_step_ends_with_one_file(
    engine: Engine, tmp_path: Path, name: str
) -> None:
    day, source = date(2026, 11, 22), random.Random(name)
    life = settled(engine, tmp_path, source, day)
    for after in (False, True):
        life.apply(datetime.combine(day, datetime.min.time().replace(hour=11), UTC), 500)
        life.town.now = some_time(day, source)
        life.run_killed_at(name, after=after)
        with reading(engine) as session:
            night = night_on(session, business_date=day)
        assert night is not None
        assert night.state == NightState.RUNNING
        life.town.run()
        day += ONE_DAY

    assert life.stops == 2
    assert_each_once(life, date(2026, 11, 22), date(2026, 11, 23))


@pytest.mark.slow
def test_bt_01_nights_on_postgresql_killed_somewhere_are_done_once(postgres_url: str, tmp_path: Path) -> None:
    first = date(2027, 3, 26)
    engine = make_engine(postgres_url)
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


@pytest.mark.long
def test_bt_06_ten_years_of_nights_are_each_done_once(sqlite_url: str, tmp_path: Path, zone: object) -> None:
    first, last = date(2026, 4, 1), date(2036, 3, 31)
    engine = make_engine(sqlite_url)
    life = settled(engine, tmp_path, random.Random(f"{SEED} ten years"), first)
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]

    began = time.monotonic()
    for number, day in enumerate(days):
        zone(ZONES[number % 3])  # type: ignore[operator]  # a function
        life.steps = STEPS if day.day == 1 else WITHOUT_CHECKS  # books of ten years take a while to check
        live(life, day)

    assert_each_once(life, first, last)
    assert len(days) == 3_653
    record(
        "ten years of nights", nights=len(days), kills=life.stops, seconds=round(time.monotonic() - began), seed=SEED
    )
    engine.dispose()
