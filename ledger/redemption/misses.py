"""Count the short codes a till got wrong: five in five minutes, then it waits."""

from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from ledger.identifiers import to_text
from ledger.occasion import Occasion
from ledger.people.models import TryCounter
from ledger.people.try_counters import count_try
from ledger.redemption.rules import MISSES, MISSES_WINDOW


def count_miss(session: Session, *, till_id: UUID, occasion: Occasion) -> None:
    """Count a short code against its till, in a unit of work of its own before `redeem` looks it up.

    A real code gives its count back (`give_back_miss`). Raises TooManyTries after five in five minutes.
    """
    count_try(session, subject=subject_of(till_id), limit=MISSES, window=MISSES_WINDOW, occasion=occasion)


def give_back_miss(session: Session, *, till_id: UUID) -> None:
    """Give back one count of `count_miss`, no more: one good code does not forgive the guesses before it."""
    counted = (TryCounter.subject == subject_of(till_id), TryCounter.used > 0)
    session.connection().execute(update(TryCounter).where(*counted).values(used=TryCounter.used - 1))


def subject_of(till_id: UUID) -> str:
    """What a till's guesses are counted under."""
    return f"short-code:{to_text(till_id)}"
