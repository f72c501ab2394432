"""Days as instants, for tests that speak of days."""

from datetime import UTC, date, datetime, time


def noon(day: date) -> datetime:
    """Noon in UTC on a day, which is the same day in London."""
    return datetime.combine(day, time(12), tzinfo=UTC)
