"""Void a redemption: whole, once, on its own London day, to the purses it came from."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, update
from sqlalchemy.orm import Session

from ledger.clock import london_date
from ledger.money import Amount
from ledger.occasion import Occasion
from ledger.redemption.errors import AlreadyVoided, MoreThanTaken, VoidTooLate
from ledger.redemption.models import Redemption
from ledger.redemption.returns import give_back, own_redemption


@dataclass(frozen=True, slots=True, kw_only=True)
class Voided:
    """A redemption undone by its till; minor units went back to the resident's purses."""

    redemption_id: UUID
    reference: str
    amount: Amount
    at: datetime
    transaction_id: UUID


def void(session: Session, *, reference: str, merchant_id: UUID, occasion: Occasion) -> Voided:
    """Undo a shop's own redemption of this London day, whole and once.

    Raises NotFound (also for another shop's), VoidTooLate, AlreadyVoided, MoreThanTaken where a part was refunded.
    """
    redemption = own_redemption(session, reference=reference, merchant_id=merchant_id)
    if london_date(redemption.at) != occasion.today:
        raise VoidTooLate
    _claim_return(session, redemption, at=occasion.now)
    posted = give_back(session, redemption, kind="void", amount=redemption.amount, returned=0, occasion=occasion)
    return Voided(
        redemption_id=redemption.id,
        reference=redemption.reference,
        amount=redemption.amount,
        at=posted.posted_at,
        transaction_id=posted.id,
    )


def _claim_return(session: Session, redemption: Row[Any], *, at: datetime) -> None:
    """Count the whole as returned by one guarded update; where a part was refunded before, no void is left."""
    connection = session.connection()
    guarded = update(Redemption).where(Redemption.id == redemption.id, Redemption.returned == 0)
    if connection.execute(guarded.values(returned=redemption.amount, voided_at=at)).rowcount:
        return
    query = select(Redemption.returned, Redemption.voided_at).where(Redemption.id == redemption.id)
    row = connection.execute(query).one()
    if row.voided_at is not None:
        raise AlreadyVoided
    raise MoreThanTaken(left=redemption.amount - row.returned)
