"""Counters of tries: so many in a window, then none until it ends; no race and no roll-back gives one back."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from ledger.errors import TooManyTries
from ledger.occasion import Occasion
from ledger.outages import Busy
from ledger.people.growing_waits import Wait
from ledger.people.try_counters import count_slowing_try, count_try, forget_tries, tries_left, tries_used
from ledger.store import reading, run, unit_of_work
from tests.people.town import later

WINDOW = timedelta(minutes=5)
WAIT = Wait(limit=3, window=WINDOW, longest=timedelta(hours=1))


def attempt(engine: Engine, occasion: Occasion, subject: str = "pin:x") -> None:
    """Count one try of at most three in five minutes."""
    with unit_of_work(engine) as session:
        count_try(session, subject=subject, limit=3, window=WINDOW, occasion=occasion)


def test_a_full_counter_says_when_it_may_be_tried_again(engine: Engine, occasion: Occasion) -> None:
    for second in (0, 10, 20):
        attempt(engine, later(occasion, seconds=second))
    with pytest.raises(TooManyTries) as refused:
        attempt(engine, later(occasion, minutes=4, seconds=59.5))
    assert refused.value.retry_after == 1
    attempt(engine, later(occasion, minutes=5))
    with reading(engine) as session:
        assert tries_used(session, subject="pin:x") == 1


def test_one_subject_does_not_use_up_anothers_tries(engine: Engine, occasion: Occasion) -> None:
    for _ in range(3):
        attempt(engine, occasion)
    attempt(engine, occasion, "pin:y")
    with unit_of_work(engine) as session:
        forget_tries(session, subject="pin:x")
    attempt(engine, occasion)
    with reading(engine) as session:
        assert [tries_used(session, subject=subject) for subject in ("pin:x", "pin:y", "pin:z")] == [1, 1, 0]


def test_bf_01_a_right_try_makes_the_waits_short_again(engine: Engine, occasion: Occasion) -> None:
    for minutes in (0, 0, 0, 5, 5, 5):
        with unit_of_work(engine) as session:
            count_slowing_try(session, subject="pin:x", wait=WAIT, occasion=later(occasion, minutes=minutes))
    with pytest.raises(TooManyTries) as refused, unit_of_work(engine) as session:
        count_slowing_try(session, subject="pin:x", wait=WAIT, occasion=later(occasion, minutes=5))
    assert refused.value.retry_after == 600
    with unit_of_work(engine) as session:
        assert tries_left(session, subject="pin:x", wait=WAIT) == 0
        forget_tries(session, subject="pin:x")
        assert tries_left(session, subject="pin:x", wait=WAIT) == 3
        count_slowing_try(session, subject="pin:x", wait=WAIT, occasion=later(occasion, minutes=5))
        assert tries_left(session, subject="pin:x", wait=WAIT) == 2


@pytest.mark.parametrize("slowing", [False, True])
def test_eight_who_try_at_the_same_instant_have_three_tries_together(
    engine: Engine, occasion: Occasion, slowing: bool
) -> None:
    together = Barrier(8)

    def one(_number: int) -> bool:
        together.wait()
        while True:
            try:
                run(engine, lambda session: count(session, occasion))
            except TooManyTries:
                return False
            except Busy:
                continue
            return True

    def count(session: Session, at: Occasion) -> None:
        if slowing:
            count_slowing_try(session, subject="pin:x", wait=WAIT, occasion=at)
            return
        count_try(session, subject="pin:x", limit=3, window=WINDOW, occasion=at)

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(one, range(8))) == [False] * 5 + [True] * 3
