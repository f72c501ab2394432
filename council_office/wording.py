"""Days and times as officers read them; every day and time is London's."""

from datetime import date, datetime

from markupsafe import Markup

from ledger.clock import LONDON, london_date


def full_day(day: date) -> str:
    """E.g. "Sunday 22 November 2026"."""
    return f"{day:%A} {day.day} {day:%B} {day.year}"


def plain_day(day: date) -> str:
    """E.g. "22 November 2026"."""
    return f"{day.day} {day:%B} {day.year}"


def clock(at: datetime) -> str:
    """E.g. "13:04"."""
    return f"{at.astimezone(LONDON):%H:%M}"


def near_moment(at: datetime) -> str:
    """E.g. "Friday 20 November, 16:05", where the year is plain."""
    day = london_date(at)
    return f"{day:%A} {day.day} {day:%B}, {clock(at)}"


def counted(number: int, word: str) -> str:
    """E.g. "1 resident" or "1,204 residents"."""
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def strong(text: str) -> Markup:
    """The figure that a row of a table is about."""
    return Markup("<strong>{}</strong>").format(text)
