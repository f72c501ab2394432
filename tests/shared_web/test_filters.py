"""Amounts, days and times read as residents say them."""

from datetime import UTC, date, datetime

import pytest

from shared_web import filters
from shared_web.scheme_colours import mixed_with_white
from tests.shared_web.conftest import Town


def test_amounts() -> None:
    assert filters.credits(123450) == "1,234.50"
    assert filters.credits_words(450) == "4.50 credits"
    assert filters.pounds(-450) == "−£4.50"
    assert filters.signed(500) == "+5.00"


def test_numbers_of_people() -> None:
    assert [filters.people_words(number) for number in (0, 1, 1_204)] == ["0 people", "1 person", "1,204 people"]


def test_days_and_times_are_londons() -> None:
    summer = datetime(2026, 6, 30, 23, 30, tzinfo=UTC)
    assert filters.day(summer) == "1 July 2026"
    assert filters.day(date(2026, 11, 30)) == "30 November 2026"
    assert filters.day_and_month(date(2026, 11, 3)) == "3 November"
    assert filters.weekday(summer) == "Wednesday"
    assert filters.clock(summer) == "00:30"
    assert filters.moment(summer) == "1 July 2026, 00:30"


@pytest.mark.parametrize(
    ("starts", "ends", "words"),
    [(14, 16, "2pm to 4pm"), (9, 12, "9am to 12pm"), (0, 1, "12am to 1am"), (12, 13, "12pm to 1pm")],
)
def test_sessions_are_told_by_the_hour(starts: int, ends: int, words: str) -> None:
    midnight = datetime(2026, 11, 24, tzinfo=UTC)
    assert filters.session_time(midnight.replace(hour=starts), midnight.replace(hour=ends)) == words


def test_half_hours_are_told_too() -> None:
    at = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
    assert filters.session_time(at, at.replace(hour=11)) == "9:30am to 11:30am"


def test_the_schemes_colours_are_a_stylesheet(small_town: Town) -> None:
    answer = small_town.browser().get("/scheme.css")
    assert answer.text == ":root{--ts-damson:#4a1d4f;--ts-damson-deep:#331237}\n"
    assert answer.mimetype == "text/css"


def test_another_colour_brings_its_tints(small_town: Town) -> None:
    assert mixed_with_white("#000000", 94) == "#efefef"
    assert mixed_with_white("#12613f", 100) == "#ffffff"
