"""Which business date an application leaves on, and which days of liability it reduces."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from ledger.council_tax.calendar import (
    Lateness,
    answer_expected,
    effective_on,
    last_ended,
    lateness,
    leaves_on,
    year_ends_on,
    year_owner,
)

CUT = time(18, 0)


@pytest.mark.parametrize(
    ("at", "leaves"),
    [
        ("2026-11-22T17:59:59.999999Z", date(2026, 11, 22)),
        ("2026-11-22T18:00:00Z", date(2026, 11, 23)),
        ("2026-07-01T16:59:59Z", date(2026, 7, 1)),
        ("2026-07-01T17:00:00Z", date(2026, 7, 2)),
        ("2026-07-01T23:30:00Z", date(2026, 7, 2)),
        ("2026-10-24T17:00:00Z", date(2026, 10, 25)),
        ("2026-10-25T17:00:00Z", date(2026, 10, 25)),
        ("2026-10-25T17:59:59Z", date(2026, 10, 25)),
        ("2026-10-25T18:00:00Z", date(2026, 10, 26)),
        ("2027-03-27T17:59:59Z", date(2027, 3, 27)),
        ("2027-03-28T16:59:59Z", date(2027, 3, 28)),
        ("2027-03-28T17:00:00Z", date(2027, 3, 29)),
        ("2026-12-31T18:00:00Z", date(2027, 1, 1)),
        ("2028-02-28T18:00:00Z", date(2028, 2, 29)),
    ],
)
def test_the_cut_is_six_in_the_evening_in_london(at: str, leaves: date) -> None:
    assert leaves_on(datetime.fromisoformat(at), cut=CUT) == leaves


def test_late_on_31_march_in_utc_is_the_new_financial_year() -> None:
    day = leaves_on(datetime(2027, 3, 31, 23, 30, tzinfo=UTC), cut=CUT)

    assert (day, year_ends_on(day)) == (date(2027, 4, 1), date(2028, 3, 31))


def test_after_the_cut_on_31_march_is_the_new_financial_year() -> None:
    before = leaves_on(datetime(2027, 3, 31, 16, 59, 59, tzinfo=UTC), cut=CUT)
    after = leaves_on(datetime(2027, 3, 31, 17, 0, tzinfo=UTC), cut=CUT)

    assert (year_ends_on(before), year_ends_on(after)) == (date(2027, 3, 31), date(2028, 3, 31))
    assert year_owner(before) != year_owner(after)


def test_what_comes_after_a_night_that_was_built_early_leaves_on_the_next() -> None:
    morning = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)

    assert leaves_on(morning, cut=CUT, newest_built=date(2026, 11, 22)) == date(2026, 11, 23)
    assert leaves_on(morning, cut=CUT, newest_built=date(2026, 11, 21)) == date(2026, 11, 22)


def test_a_night_run_early_ends_no_day_that_is_not_over() -> None:
    today = date(2026, 11, 22)

    assert last_ended(date(2026, 11, 23), today=today) == date(2026, 11, 21)
    assert last_ended(date(2026, 11, 22), today=today) == date(2026, 11, 21)
    assert last_ended(date(2026, 11, 19), today=today) == date(2026, 11, 19)
    assert effective_on(date(2026, 11, 23), today=today) == today
    assert effective_on(date(2026, 11, 20), today=today) == date(2026, 11, 20)


@pytest.mark.parametrize(
    ("released", "expected", "late", "overdue"),
    [
        ("2026-11-23T10:00:00Z", "2026-11-24T08:00:00Z", "2026-11-25T08:00:00Z", "2026-11-27T08:00:00Z"),
        ("2026-11-27T15:00:00Z", "2026-11-30T08:00:00Z", "2026-12-01T08:00:00Z", "2026-12-03T08:00:00Z"),
        ("2026-10-23T10:00:00Z", "2026-10-26T08:00:00Z", "2026-10-27T08:00:00Z", "2026-10-29T08:00:00Z"),
        ("2026-07-01T23:30:00Z", "2026-07-03T07:00:00Z", "2026-07-06T07:00:00Z", "2026-07-08T07:00:00Z"),
    ],
)
def test_an_answer_is_expected_the_next_working_morning_and_late_one_after_it(
    released: str, expected: str, late: str, overdue: str
) -> None:
    at, soon = datetime.fromisoformat(released), timedelta(microseconds=1)
    assert answer_expected(at) == datetime.fromisoformat(expected)
    for instant, before, then in (
        (late, Lateness.EXPECTED, Lateness.LATE),
        (overdue, Lateness.LATE, Lateness.OVERDUE),
    ):
        now = datetime.fromisoformat(instant)
        assert (lateness(at, now=now - soon), lateness(at, now=now)) == (before, then)
