"""Every night that is due, the oldest first, each once: missed, early, failed, taken over, and by two at once."""

import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from ledger.council_tax.batches import build_batch
from ledger.council_tax.queries import batches
from ledger.nightly import (
    BUILDING,
    STEPS,
    BooksNotWhole,
    Step,
    dates_due,
    run_due,
)
from ledger.nightly.steps import Figures, Tonight
from ledger.nights.errors import AlreadyRunning
from ledger.nights.operations import take_on
from ledger.nights.queries import night_on, nights, steps_of
from ledger.nights.rules import NightState
from ledger.nights.runners import this_process
from ledger.store import make_engine, reading, unit_of_work
from tests.council_tax.town import MARCH, apply, at, linked_resident, resident_with
from tests.long_table import record
from tests.nightly.town import Town, raise_balances

SUNDAY = date(2026, 11, 22)
ROOT = Path(__file__).parents[2]

STARTER = """
import secrets, sys
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from ledger.nightly import Runner, run_due
from ledger.nights.errors import AlreadyRunning
from ledger.store import FOR_COMMANDS, make_engine
from tests.nightly.town import settings_of

settings, engine = settings_of(sys.argv[1], Path(sys.argv[2])), make_engine(sys.argv[1], patience=FOR_COMMANDS)
for line in sys.stdin:
    morning = datetime.combine(date.fromisoformat(line.strip()) + timedelta(days=1), time(1, 30), UTC)
    runner = Runner(settings=settings, now=lambda: morning, token_bytes=secrets.token_bytes)
    try:
        print(len(list(run_due(engine, runner))), flush=True)
    except AlreadyRunning as running:
        print(running.code, flush=True)
"""


def failing(name: str, error: Exception) -> tuple[Step, ...]:
    """The steps, of which one fails."""

    def fail(_tonight: object) -> dict[str, object]:
        raise error

    return tuple(replace(step, work=fail) if step.name == name else step for step in STEPS)


def test_a_scheme_begins_with_yesterday(town: Town) -> None:
    (night,) = town.run()

    assert (night.business_date, night.night, night.sequence) == (SUNDAY, NightState.DONE, 1)


def test_bt_02_ten_runs_on_one_day_do_one_night_and_nine_times_nothing(town: Town) -> None:
    apply(town.engine, linked_resident(town.engine, 1000), 500)

    done = [len(town.run()) for _run in range(10)]

    assert done == [1] + [0] * 9
    assert [name.rpartition(".")[2] for name in town.files()] == ["csv", "done"]


def test_bt_04_three_missed_nights_are_run_in_order_and_give_three_files(town: Town) -> None:
    town.run()
    town.now += timedelta(days=3)

    caught_up = town.run()

    assert [night.business_date for night in caught_up] == [SUNDAY + timedelta(days=day) for day in (1, 2, 3)]
    assert [name for name in town.files() if name.endswith(".csv")] == [
        f"CTX_E09000022_P_00000{number}_202611{21 + number}.csv" for number in (1, 2, 3, 4)
    ]
    assert set(town.states().values()) == {NightState.DONE}


def test_an_installation_whose_nights_were_not_written_down_goes_on_after_its_newest_batch(town: Town) -> None:
    with unit_of_work(town.engine) as session:
        build_batch(
            session,
            business_date=SUNDAY,
            scheme=town.settings.scheme,
            rules=town.settings.rules,
            occasion=town.runner().occasion(),
        )
    town.now += timedelta(days=2)

    assert dates_due(town.engine, now=town.now) == [date(2026, 11, 23), date(2026, 11, 24)]


def test_a_night_that_was_run_early_is_run_once_more_after_its_day(town: Town) -> None:
    resident_with(town.engine, (date(2026, 11, 30), 1000))
    town.now = datetime(2026, 11, 30, 20, 0, tzinfo=UTC)
    (early,) = town.run(date(2026, 11, 30))
    assert (early.night, early.expiry.amount) == (NightState.EARLY, 0)
    files = town.files()

    town.now = datetime(2026, 12, 1, 1, 30, tzinfo=UTC)
    (again,) = town.run()

    assert (again.business_date, again.night, again.expiry.amount) == (early.business_date, NightState.DONE, 1000)
    assert town.files() == files


def test_a_step_that_fails_stops_its_night_and_those_after_it_and_the_next_run_goes_on_there(town: Town) -> None:
    town.run()
    town.now += timedelta(days=2)

    with pytest.raises(OSError, match="by the test"):
        town.run(steps=failing(BUILDING, OSError("by the test")))

    assert list(town.states().values()) == [NightState.DONE, NightState.STOPPED]
    begun: list[str] = []
    assert len(town.run(progress=lambda step, done, _total: None if done else begun.append(step))) == 2
    assert begun[0] == BUILDING, "what was done before is not done again"
    with reading(town.engine) as session:
        night = night_on(session, business_date=date(2026, 11, 23))
        assert night is not None
        assert (night.run, night.state) == (2, NightState.DONE)
        assert {step.step for step in steps_of(session, night_id=night.id)} == {step.name for step in STEPS}


def test_books_that_are_not_whole_end_the_night_and_hold_up_those_after_it(town: Town, owner_engine: Engine) -> None:
    resident_with(town.engine, (MARCH, 1000))
    raise_balances(owner_engine, by=1)
    town.now += timedelta(days=1)

    for _try in range(2):
        with pytest.raises(BooksNotWhole) as broken:
            town.run()

    assert "I-04" in {finding.id for finding in broken.value.findings}
    assert list(town.states().values()) == [NightState.NOT_WHOLE]
    raise_balances(owner_engine, by=-1)
    assert [night.night for night in town.run()] == [NightState.DONE]


def test_a_runner_that_ends_a_long_step_was_heard_of_just_now(town: Town) -> None:
    """The step's row says as of when it was done; that its runner lives is said of the moment at which it ended."""
    told: list[str] = []

    def take_long(tonight: Tonight) -> Figures:
        town.now += timedelta(minutes=20)
        return {}

    def meet_another(tonight: Tonight) -> Figures:
        with unit_of_work(town.engine) as session, pytest.raises(AlreadyRunning):
            take_on(session, business_date=SUNDAY, runner="another", occasion=town.runner().occasion())
        told.append("met")
        return {}

    first, second = Step(name="long", work=take_long), Step(name="meeting", work=meet_another)
    town.run(steps=(first, second, *STEPS))

    assert told == ["met"]


def test_bt_07_a_clock_that_goes_back_two_hours_during_the_run_does_no_night_twice(town: Town) -> None:
    resident_with(town.engine, (date(2026, 11, 22), 700))
    apply(town.engine, linked_resident(town.engine, 1000), 500)

    def go_back(step: str, done: int, _total: int) -> None:
        if step == BUILDING and done:
            town.now -= timedelta(hours=2)

    (night,) = town.run(progress=go_back)
    files = town.files()
    assert (night.business_date, night.expiry.amount, night.lines) == (SUNDAY, 700, 1)

    assert town.run() == []
    town.now += timedelta(hours=3)
    assert town.run() == []
    assert town.files() == files


def test_only_what_was_begun_is_finished_where_that_is_asked_for(town: Town) -> None:
    assert list(run_due(town.engine, town.runner(), only_begun=True)) == []
    with pytest.raises(OSError, match="by the test"):
        town.run(steps=failing(BUILDING, OSError("by the test")))
    town.now += timedelta(days=2)

    finished = list(run_due(town.engine, town.runner(), only_begun=True))

    assert [night.business_date for night in finished] == [SUNDAY]


def test_the_night_of_a_runner_that_lives_is_left_alone(town: Town) -> None:
    with unit_of_work(town.engine) as session:
        take_on(session, business_date=SUNDAY, runner=this_process(), occasion=at(2026, 11, 23, 1, 29))

    with pytest.raises(AlreadyRunning):
        town.run()


@pytest.mark.parametrize("times", [pytest.param(10, marks=pytest.mark.slow), pytest.param(100, marks=pytest.mark.long)])
def test_bt_03_of_two_schedulers_at_once_one_works_and_one_says_so(
    database_url: str, tmp_path: Path, times: int
) -> None:
    outcomes: Counter[str] = Counter()
    with two_schedulers(database_url, tmp_path) as start:
        for number in range(times):
            said = start(SUNDAY + timedelta(days=number))
            assert said.count("1") == 1, said
            outcomes.update(said)
    engine = make_engine(database_url)
    with reading(engine) as session:
        assert len(batches(session)) == len(nights(session)) == times
    engine.dispose()
    record("two schedulers at once", starts=times, worked=outcomes.pop("1"), **outcomes)


@contextmanager
def two_schedulers(database_url: str, folder: Path) -> Iterator[Callable[[date], list[str]]]:
    """Two processes that start a run at the same instant, as often as asked; what each says of it."""
    command = [sys.executable, "-c", STARTER, database_url, str(folder)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    starters = [subprocess.Popen(command, cwd=ROOT, **pipes) for _ in range(2)]  # type: ignore[call-overload]  # of texts

    def start(business_date: date) -> list[str]:
        for one in starters:
            one.stdin.write(f"{business_date}\n")
            one.stdin.flush()
        return [one.stdout.readline().strip() for one in starters]

    yield start
    for one in starters:
        one.communicate(timeout=60)
        assert one.returncode == 0
