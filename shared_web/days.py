"""Days and times in words, the same on every face; every day and time is London's."""

from datetime import date, datetime, time

from ledger.clock import LONDON, london_date


def full_day(day: date) -> str:
    """E.g. "Monday 30 November 2026"."""
    return f"{day:%A} {day.day} {day:%B} {day.year}"


def plain_day(day: date) -> str:
    """E.g. "30 November 2026"."""
    return f"{day.day} {day:%B} {day.year}"


def near_day(day: date) -> str:
    """E.g. "Thursday 19 November", where the year is plain."""
    return f"{day:%A} {day.day} {day:%B}"


def short_day(day: date) -> str:
    """E.g. "Sun 22", inside a month that is named above."""
    return f"{day:%a} {day.day}"


def month_name(day: date, *, today: date) -> str:
    """E.g. "October", or "October 2025" in another year than today's."""
    return f"{day:%B}" if day.year == today.year else f"{day:%B} {day.year}"


def clock(at: datetime) -> str:
    """E.g. "13:04", as records say it."""
    return f"{at.astimezone(LONDON):%H:%M}"


def clock_to_the_second(at: datetime) -> str:
    """E.g. "13:05:10"."""
    return f"{at.astimezone(LONDON):%H:%M:%S}"


def day_and_clock(at: datetime) -> str:
    """E.g. "Sunday 22 November, 13:31"."""
    return f"{near_day(london_date(at))}, {clock(at)}"


def hour(at: datetime) -> str:
    """E.g. "2pm" or "9:30am", as sessions say it."""
    return hour_of(at.astimezone(LONDON).time())


def hour_of(at: time) -> str:
    """E.g. "6pm"."""
    minutes = f":{at.minute:02d}" if at.minute else ""
    return f"{at.hour % 12 or 12}{minutes}{'am' if at.hour < 12 else 'pm'}"


def hours(starts_at: datetime, ends_at: datetime) -> str:
    """E.g. "2pm to 4pm"; where it ends on another day, that day too."""
    last = "" if london_date(starts_at) == london_date(ends_at) else f" on {near_day(london_date(ends_at))}"
    return f"{hour(starts_at)} to {hour(ends_at)}{last}"
