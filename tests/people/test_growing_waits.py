"""Tries in windows that grow while they are used up one after another, and begin again after a long quiet."""

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as some

from ledger.errors import TooManyTries
from ledger.people.growing_waits import Tries, Wait
from tests.factories import NOON

WAIT = Wait(limit=3, window=timedelta(minutes=5), longest=timedelta(minutes=30))
NONE = Tries(used=0, window_starts_at=NOON)


def used_up(before: Tries, minutes: float) -> tuple[Tries, float]:
    """All tries of the window that begins so many minutes after noon, and how many minutes it then lasts."""
    now = NOON + timedelta(minutes=minutes)
    tries = before
    for _ in range(WAIT.limit):
        tries = tries.and_one_more(WAIT, now=now)
    with pytest.raises(TooManyTries) as refused:
        tries.and_one_more(WAIT, now=now)
    return tries, refused.value.retry_after / 60


def test_bf_01_the_wait_doubles_with_each_window_that_is_used_up_to_a_bound() -> None:
    tries, at, waits = NONE, 0.0, []
    for _ in range(30):
        tries, wait = used_up(tries, at)
        waits.append(wait)
        at += wait
    assert waits == [5, 10, 20, *[30] * 27]


def test_bf_01_after_a_quiet_as_long_as_the_longest_wait_all_of_it_begins_again() -> None:
    tries, _wait = used_up(NONE, 0)
    assert used_up(tries, 34.9)[1] == 10
    assert used_up(tries, 35)[1] == 5


def test_a_window_that_is_not_used_up_makes_none_longer() -> None:
    tries = NONE.and_one_more(WAIT, now=NOON).and_one_more(WAIT, now=NOON)
    assert used_up(tries, 5)[1] == 5


@given(some.lists(some.floats(0, 60), max_size=200))
def test_no_window_has_more_tries_than_its_limit(gaps: list[float]) -> None:
    tries, now, counted = NONE, NOON, {}
    for gap in gaps:
        now += timedelta(minutes=gap)
        try:
            tries = tries.and_one_more(WAIT, now=now)
        except TooManyTries:
            continue
        counted[tries.window_starts_at] = counted.get(tries.window_starts_at, 0) + 1
        assert WAIT.left(tries.used) == WAIT.limit - counted[tries.window_starts_at]
    starts = sorted(counted)
    assert all(after - before >= WAIT.window for before, after in pairwise(starts))
