"""The time, read by entry points only: now in UTC, and what day that is in London."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")


def now() -> datetime:
    """The instant, aware, in UTC."""
    return datetime.now(UTC)


def london_date(instant: datetime) -> date:
    """The London day that holds `instant`: 31 March 23:30 UTC is 1 April, a new financial year."""
    return instant.astimezone(LONDON).date()


def financial_year(day: date) -> int:
    """The year in which the financial year holding `day` began: 2026 for 1 April 2026 to 31 March 2027."""
    return day.year if (day.month, day.day) >= (4, 1) else day.year - 1
