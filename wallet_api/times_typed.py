"""Reads a time as an organiser types it, and finds the instant that London's clocks show it at."""

import re
from datetime import date, datetime, time

from wtforms.validators import ValidationError

from ledger.clock import instants_of

_TIME = re.compile(r"(?P<hour>[0-9]{1,2})(?:[:.](?P<minute>[0-9]{2}))?\s*(?P<half>am|pm)?", re.ASCII | re.IGNORECASE)


def read_time(text: str | None) -> time | None:
    """The time that "2pm", "2:30pm", "14:00" or "9.30" says; None for anything else, a bare number too."""
    found = _TIME.fullmatch((text or "").strip())
    if not found or not (found["minute"] or found["half"]):
        return None
    hour, minute = int(found["hour"]), int(found["minute"] or 0)
    if found["half"]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if found["half"].lower() == "pm" else 0)
    return time(hour, minute) if hour < 24 and minute < 60 else None


def instant_of(day: date, text: str | None) -> datetime:
    """The instant of a London day that was typed. Raises ValidationError with what to put right."""
    at = read_time(text)
    if at is None:
        raise ValidationError("Enter a time like 2pm or 14:00")
    instants = instants_of(day, at)
    if not instants:
        raise ValidationError("The clocks go forward that night and skip this time. Choose another")
    if len(instants) > 1:
        raise ValidationError("The clocks go back that night and show this time twice. Choose another")
    return instants[0]
