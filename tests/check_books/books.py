"""Sound books to break, and what breaking them is."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.orm import Session

from ledger.book.models import Transaction
from tests.book.town import NOON, new_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """Sound books with something of everything: a resident, their purse, an item in a batch and one that is held."""

    resident_id: UUID
    purse: int
    batched: UUID
    held: UUID
    transaction_id: UUID


Violation = Callable[[Session, Books], tuple[str, str]]
"""Breaks one rule; returns the id and the subject of what must be found."""


def empty_transaction(session: Session) -> UUID:
    """A transaction without transfers."""
    row = {"id": new_id(), "kind": "move", "effective_on": NOON.date(), "posted_at": NOON, "actor": "test"}
    session.execute(insert(Transaction).values(**row, narrative="", details={}))
    return row["id"]  # type: ignore[return-value]  # the row is of several types
