"""Refund a redemption, whole or in part, on its own day or later."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ledger.money import Amount
from ledger.occasion import Occasion
from ledger.redemption.errors import AlreadyVoided, MoreThanTaken
from ledger.redemption.models import Redemption
from ledger.redemption.returns import give_back, own_redemption
from ledger.redemption.rules import check_refund
from ledger.wallets.queries import REFUND


@dataclass(frozen=True, slots=True, kw_only=True)
class Refunded:
    """What a shop gave back of a redemption: minor units now, and in all with what went back before."""

    redemption_id: UUID
    reference: str
    amount: Amount
    returned: Amount
    at: datetime
    transaction_id: UUID


def refund(session: Session, *, reference: str, merchant_id: UUID, amount: Amount, occasion: Occasion) -> Refunded:
    """Give back `amount` (minor units) of a shop's own redemption, to the purses it came from, last drawn first.

    The shop's takings may fall below 0 by it, which is carried forward. Raises InvalidField, NotFound (also for another
    shop's), AlreadyVoided, MoreThanTaken with what is left.
    """
    check_refund(amount)
    redemption = own_redemption(session, reference=reference, merchant_id=merchant_id)
    returned = _claim(session, redemption.id, amount=amount)
    posted = give_back(session, redemption, kind=REFUND, amount=amount, returned=returned - amount, occasion=occasion)
    return Refunded(
        redemption_id=redemption.id,
        reference=redemption.reference,
        amount=amount,
        returned=returned,
        at=posted.posted_at,
        transaction_id=posted.id,
    )


def _claim(session: Session, redemption_id: UUID, *, amount: Amount) -> Amount:
    """Count the refund by one guarded update, which also locks the row; what went back in all."""
    connection = session.connection()
    left = Redemption.returned + amount <= Redemption.amount
    guarded = update(Redemption).where(Redemption.id == redemption_id, Redemption.voided_at.is_(None), left)
    counted = connection.execute(guarded.values(returned=Redemption.returned + amount)).rowcount
    query = select(Redemption.amount, Redemption.returned, Redemption.voided_at).where(Redemption.id == redemption_id)
    row = connection.execute(query).one()
    if counted:
        return Amount(row.returned)
    if row.voided_at is not None:
        raise AlreadyVoided
    raise MoreThanTaken(left=row.amount - row.returned)
