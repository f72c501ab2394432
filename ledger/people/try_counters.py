"""Count how often something was tried, in a unit of work of its own, so that no roll-back gives a try back."""

from datetime import timedelta
from math import ceil

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ledger.errors import TooManyTries
from ledger.occasion import Occasion
from ledger.people.growing_waits import Tries, Wait
from ledger.people.models import TryCounter
from ledger.store import insert_once


def count_try(session: Session, *, subject: str, limit: int, window: timedelta, occasion: Occasion) -> None:
    """Count one more try of `subject`, of at most `limit` in a window that begins with the first of them.

    Raises TooManyTries with the seconds until the window ends, and counts nothing.
    """
    connection = session.connection()
    same = TryCounter.subject == subject
    row = {"subject": subject, "window_starts_at": occasion.now, "used": 0}
    insert_once(connection, TryCounter, row, taken=same)
    past = update(TryCounter).where(same, TryCounter.window_starts_at <= occasion.now - window)
    connection.execute(past.values(window_starts_at=occasion.now, used=0))
    counted = connection.execute(
        update(TryCounter).where(same, TryCounter.used < limit).values(used=TryCounter.used + 1)
    )
    if not counted.rowcount:
        began = connection.execute(select(TryCounter.window_starts_at).where(same)).scalar_one()
        left = began + window - occasion.now
        raise TooManyTries(retry_after=max(1, ceil(left.total_seconds())))


def count_slowing_try(session: Session, *, subject: str, wait: Wait, occasion: Occasion) -> None:
    """Count one more try of `subject`, whose windows grow while they are used up one after another.

    Raises TooManyTries with the seconds until the window ends, and counts nothing.
    """
    connection = session.connection()
    same = TryCounter.subject == subject
    row = {"subject": subject, "window_starts_at": occasion.now, "used": 0}
    insert_once(connection, TryCounter, row, taken=same)
    counted = select(TryCounter.used, TryCounter.window_starts_at).where(same).with_for_update()
    before = connection.execute(counted).one()
    tries = Tries(used=before.used, window_starts_at=before.window_starts_at).and_one_more(wait, now=occasion.now)
    after = {"used": tries.used, "window_starts_at": tries.window_starts_at}
    connection.execute(update(TryCounter).where(same).values(**after))


def tries_left(session: Session, *, subject: str, wait: Wait) -> int:
    """How many tries of `subject` are left in its window."""
    return wait.left(tries_used(session, subject=subject))


def tries_used(session: Session, *, subject: str) -> int:
    """How many tries of `subject` stand counted."""
    query = select(TryCounter.used).where(TryCounter.subject == subject)
    return session.execute(query).scalar_one_or_none() or 0


def forget_tries(session: Session, *, subject: str) -> None:
    """Count from nought again: `subject` was right."""
    session.connection().execute(update(TryCounter).where(TryCounter.subject == subject).values(used=0))
