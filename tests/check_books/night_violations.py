"""Violations of nights, each written straight into the tables: it says what a check must then find."""

from datetime import date

from sqlalchemy import insert
from sqlalchemy.orm import Session

from ledger.nights.models import Night, NightStep
from tests.book.town import NOON, new_id
from tests.check_books.books import Books, Violation

BUILT = date(2026, 11, 23)
"""The business date of the one batch of sound books."""


def a_night_without_steps(session: Session, _books: Books) -> tuple[str, str]:
    _night(session, BUILT, "done", step=None)
    return "I-42", "night 2026-11-23"


def a_night_without_batch(session: Session, _books: Books) -> tuple[str, str]:
    _night(session, date(2026, 11, 24), "done", step="building")
    return "I-42", "night 2026-11-24"


def a_night_before_an_earlier_one(session: Session, _books: Books) -> tuple[str, str]:
    _night(session, date(2026, 11, 22), "stopped", step=None)
    _night(session, BUILT, "done", step="building")
    return "I-42", "night 2026-11-23"


def _night(session: Session, business_date: date, state: str, *, step: str | None) -> None:
    row = {"id": new_id(), "kind": "night", "business_date": business_date, "state": state, "run": 1, "runner": "test"}
    session.execute(insert(Night).values(**row, started_at=NOON, heartbeat_at=NOON, ended_at=NOON))
    if step:
        session.execute(insert(NightStep).values(night_id=row["id"], run=1, step=step, at=NOON, figures={}))


VIOLATIONS: tuple[Violation, ...] = tuple(
    value for name, value in list(globals().items()) if name.startswith(("a_", "an_", "more_"))
)
