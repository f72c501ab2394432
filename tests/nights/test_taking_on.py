"""Who may run a night: one at a time, the next where that one ended or went silent, nobody where it is done."""

import os
import subprocess
import sys
import time
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import Engine

from ledger.nightly.beating import beating
from ledger.nights.errors import AlreadyRunning, NightLost
from ledger.nights.operations import TakenOn, beat, end, record_step, take_on
from ledger.nights.queries import last_done, night_on, nights, steps_of, unfinished
from ledger.nights.rules import LAPSE, NightState
from ledger.nights.runners import has_ended, this_process
from ledger.occasion import Occasion
from ledger.store import reading, unit_of_work
from tests.council_tax.town import at

SUNDAY = date(2026, 11, 22)
THAT_NIGHT = at(2026, 11, 23, 1, 30)


def take(engine: Engine, occasion: Occasion = THAT_NIGHT, *, dead: bool = False) -> TakenOn | None:
    with unit_of_work(engine) as session:
        return take_on(session, business_date=SUNDAY, runner="test", occasion=occasion, is_dead=lambda _runner: dead)


def taken(engine: Engine, occasion: Occasion = THAT_NIGHT, *, dead: bool = False) -> TakenOn:
    night = take(engine, occasion, dead=dead)
    assert night is not None, "the night is not done"
    return night


def later(**by: int) -> Occasion:
    return Occasion(now=THAT_NIGHT.now + timedelta(**by), actor="test", token_bytes=THAT_NIGHT.token_bytes)


def test_a_second_runner_is_told_that_the_night_is_running(engine: Engine) -> None:
    assert taken(engine).run == 1

    with pytest.raises(AlreadyRunning):
        take(engine, later(minutes=4))


def test_a_runner_that_went_silent_is_taken_for_dead(engine: Engine) -> None:
    first = taken(engine)

    second = taken(engine, later(seconds=LAPSE.seconds + 1))

    assert (second.id, second.run) == (first.id, 2)
    with unit_of_work(engine) as session, pytest.raises(NightLost):
        record_step(session, night=first, step="building", figures={}, at=THAT_NIGHT.now, now=THAT_NIGHT.now)


def test_a_heartbeat_keeps_a_night(engine: Engine) -> None:
    night = taken(engine)
    with unit_of_work(engine) as session:
        beat(session, night=night, now=later(minutes=5).now)

    with pytest.raises(AlreadyRunning):
        take(engine, later(minutes=9))


def test_a_clock_that_went_back_kills_nobody(engine: Engine) -> None:
    taken(engine)

    with pytest.raises(AlreadyRunning):
        take(engine, later(hours=-2))


def test_a_runner_whose_process_ended_is_not_waited_for(engine: Engine) -> None:
    taken(engine)

    assert taken(engine, dead=True).run == 2


@pytest.mark.parametrize("state", [NightState.STOPPED, NightState.NOT_WHOLE, NightState.EARLY])
def test_a_night_that_ended_otherwise_is_taken_on_again(engine: Engine, state: NightState) -> None:
    night = taken(engine)
    with unit_of_work(engine) as session:
        end(session, night=night, state=state, now=THAT_NIGHT.now)
    with reading(engine) as session:
        assert unfinished(session, through=SUNDAY) == [SUNDAY]
        assert last_done(session) is None

    assert taken(engine).run == 2


def test_a_night_that_is_done_is_done(engine: Engine) -> None:
    night = taken(engine)
    with unit_of_work(engine) as session:
        record_step(session, night=night, step="building", figures={"lines": 3}, at=THAT_NIGHT.now, now=THAT_NIGHT.now)
        end(session, night=night, state=NightState.DONE, now=THAT_NIGHT.now)

    assert take(engine, later(days=3)) is None
    with reading(engine) as session:
        (stands,) = nights(session)
        assert stands == last_done(session) == night_on(session, business_date=SUNDAY)
        assert [(one.step, one.figures) for one in steps_of(session, night_id=night.id)] == [("building", {"lines": 3})]
        assert unfinished(session, through=SUNDAY) == []


def test_a_process_is_known_to_have_ended_when_it_has() -> None:
    say = "from ledger.nights.runners import this_process; print(this_process())"
    ended = subprocess.run([sys.executable, "-c", say], capture_output=True, text=True, check=True).stdout.strip()

    assert has_ended(ended)
    assert not has_ended(this_process())
    assert has_ended(this_process().rpartition(" ")[0] + " 1"), "its number was given to another"
    assert not has_ended(f"elsewhere {os.getpid()} 1")
    assert not has_ended("anything")


def test_a_runner_at_a_long_step_is_heard_of_all_along(engine: Engine) -> None:
    night, clock = taken(engine), iter(range(1, 1000))

    def now() -> datetime:
        return later(minutes=next(clock)).now

    with beating(engine, night=night, now=now, every_seconds=0.01):
        deadline = time.monotonic() + 20
        while next(clock) < 12 and time.monotonic() < deadline:
            time.sleep(0.05)

    with reading(engine) as session:
        stands = night_on(session, business_date=SUNDAY)
    assert stands is not None
    assert stands.heartbeat_at > THAT_NIGHT.now
    with pytest.raises(AlreadyRunning):
        take(engine, Occasion(now=stands.heartbeat_at + LAPSE, actor="test", token_bytes=THAT_NIGHT.token_bytes))
