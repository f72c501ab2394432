"""Days, lengths and distances as residents say them."""

from datetime import date, datetime, timedelta

from ledger.clock import london_date
from shared_web.counted import counted
from shared_web.days import clock, full_day, near_day


def when(at: datetime, *, today: date) -> str:
    """E.g. "today, 13:04", "yesterday, 13:04" or "on Thursday 19 November"."""
    day = london_date(at)
    if day == today:
        return f"today, {clock(at)}"
    if day == today - timedelta(days=1):
        return f"yesterday, {clock(at)}"
    return f"on {near_day(day)}" if (today - day).days < 300 else f"on {full_day(day)}"


def heading_of(day: date, *, today: date) -> str:
    """E.g. "Tomorrow, Monday 23 November"; days after that have no such word before them."""
    words = {today: "Today, ", today + timedelta(days=1): "Tomorrow, "}
    return words.get(day, "") + near_day(day)


def length(minutes: int) -> str:
    """E.g. "2 hours", "1 hour 30 minutes", "45 minutes"."""
    whole, rest = divmod(minutes, 60)
    parts = [counted(number, word) for number, word in ((whole, "hour"), (rest, "minute")) if number]
    return " ".join(parts)


def miles(distance: float) -> str:
    """E.g. "0.3 miles"."""
    return f"{max(distance, 0.1):.1f} miles"


def listed(parts: list[str]) -> str:
    """E.g. "a, b and c"."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
