"""Pure rules of nights: their life, which dates are due, and when whoever ran one is taken for dead."""

from datetime import date, datetime, timedelta
from enum import StrEnum

from ledger.clock import london_date

LAPSE = timedelta(minutes=5)
"""How long a night may be silent before another runner takes it over."""
BEAT_SECONDS = 30.0
"""How often a runner says that it lives: several times in a lapse, for the database may be busy at one of them."""
ONE_DAY = timedelta(days=1)


class NightKind(StrEnum):
    """What is run by business date."""

    NIGHT = "night"


class NightState(StrEnum):
    """A night's life: `running → done | early | stopped | not_whole`, and from any but `done` back to `running`.

    `early` ran before its day had ended in London and runs once more after; `not_whole` found the books not whole.
    """

    RUNNING = "running"
    DONE = "done"
    EARLY = "early"
    STOPPED = "stopped"
    NOT_WHOLE = "not_whole"


ENDINGS = frozenset(NightState) - {NightState.RUNNING}


def has_ended(business_date: date, *, at: datetime) -> bool:
    """Whether a business date is over in London at an instant."""
    return london_date(at) > business_date


def has_lapsed(heartbeat_at: datetime, *, now: datetime) -> bool:
    """Whether a night that was last heard of then has been silent too long. A clock that went back proves nothing."""
    return now - heartbeat_at > LAPSE


def dates_between(newest: date, through: date) -> list[date]:
    """The dates after the newest, the oldest first, to the last one wanted."""
    return [newest + ONE_DAY * number for number in range(1, (through - newest).days + 1)]
