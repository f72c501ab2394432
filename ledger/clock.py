"""The time, read by entry points only: now in UTC, and what day that is in London."""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")


def now() -> datetime:
    """The instant, aware, in UTC."""
    return datetime.now(UTC)


def london_date(instant: datetime) -> date:
    """The London day that holds `instant`: 31 March 23:30 UTC is 1 April, a new financial year."""
    return instant.astimezone(LONDON).date()


def instants_of(day: date, at: time) -> tuple[datetime, ...]:
    """When London's clocks show a time on a day: once; never in the hour they skip, twice in the one they repeat."""
    shown = (datetime.combine(day, at.replace(fold=fold), tzinfo=LONDON).astimezone(UTC) for fold in (0, 1))
    wanted = datetime.combine(day, at.replace(fold=0))
    real = {instant for instant in shown if instant.astimezone(LONDON).replace(tzinfo=None, fold=0) == wanted}
    return tuple(sorted(real))


def london_midnight(day: date) -> datetime:
    """The instant at which a London day begins; clocks there are never changed at midnight."""
    return instants_of(day, time(0, 0))[0]


def working_days_after(day: date, count: int) -> date:
    """The day that is so many days from Monday to Friday after `day`; bank holidays count as days."""
    while count:
        day += timedelta(days=1)
        count -= day.weekday() < 5
    return day


@cache
def financial_year(day: date) -> int:
    """The year in which the financial year holding `day` began: 2026 for 1 April 2026 to 31 March 2027."""
    return day.year if (day.month, day.day) >= (4, 1) else day.year - 1
