"""London's clocks and days: which instants show a time, also on the nights when they change; which days are worked."""

from datetime import UTC, date, datetime, time

import pytest

from ledger.clock import instants_of, working_days_after


def test_a_plain_time_is_shown_once_in_winter_and_in_summer() -> None:
    assert instants_of(date(2026, 11, 23), time(14)) == (datetime(2026, 11, 23, 14, tzinfo=UTC),)
    assert instants_of(date(2026, 7, 1), time(14)) == (datetime(2026, 7, 1, 13, tzinfo=UTC),)


def test_the_hour_that_is_skipped_is_never_shown() -> None:
    assert instants_of(date(2027, 3, 28), time(1, 30)) == ()
    assert instants_of(date(2027, 3, 28), time(2)) == (datetime(2027, 3, 28, 1, tzinfo=UTC),)


def test_the_hour_that_is_repeated_is_shown_twice() -> None:
    twice = (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC))
    assert instants_of(date(2026, 10, 25), time(1, 30)) == twice
    assert instants_of(date(2026, 10, 25), time(2)) == (datetime(2026, 10, 25, 2, tzinfo=UTC),)


@pytest.mark.parametrize(
    ("day", "days", "due"),
    [
        (date(2026, 11, 23), 20, date(2026, 12, 21)),
        (date(2026, 11, 27), 1, date(2026, 11, 30)),
        (date(2026, 11, 28), 1, date(2026, 11, 30)),
        (date(2026, 11, 29), 5, date(2026, 12, 4)),
    ],
)
def test_working_days_are_those_from_monday_to_friday(day: date, days: int, due: date) -> None:
    assert working_days_after(day, days) == due
