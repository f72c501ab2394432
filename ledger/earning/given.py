"""What an organiser has given so far, for whoever decides about its allowance."""

from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger.clock import LONDON
from ledger.earning.models import Award
from ledger.money import Amount


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What an organiser awarded, less what was taken back, minor units; and how many residents it thanked."""

    amount: Amount
    residents: int


def given_since(session: Session, *, organiser_id: UUID, first: date) -> Given:
    """What an organiser gave from this London day on; each resident counts once."""
    query = select(
        func.coalesce(func.sum(Award.amount - Award.returned), 0).label("amount"),
        func.count(func.distinct(Award.resident_id)).label("residents"),
    ).where(Award.organiser_id == organiser_id, Award.at >= datetime.combine(first, time(), tzinfo=LONDON))
    row = session.execute(query).one()
    return Given(amount=int(row.amount), residents=row.residents)
