"""Void a redemption: whole, once, on its own London day, to the purses it came from."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, update
from sqlalchemy.orm import Session

from ledger.book.models import Account, Transfer
from ledger.book.posting import Posted, post
from ledger.book.rules import AccountId, Line, Posting
from ledger.clock import london_date
from ledger.errors import NotFound
from ledger.identifiers import to_text
from ledger.money import Amount
from ledger.occasion import Occasion
from ledger.redemption.errors import AlreadyVoided, VoidTooLate
from ledger.redemption.models import Redemption
from ledger.redemption.rules import read_reference
from ledger.wallets.operations import open_purse
from ledger.wallets.rules import return_month


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

    Raises NotFound (also for another shop's), VoidTooLate, AlreadyVoided.
    """
    own = (Redemption.reference == read_reference(reference), Redemption.merchant_id == merchant_id)
    redemption = session.connection().execute(select(Redemption.__table__).where(*own)).one_or_none()
    if redemption is None:
        raise NotFound("redemption")
    if london_date(redemption.at) != occasion.today:
        raise VoidTooLate
    _claim_return(session, redemption.id, amount=redemption.amount, at=occasion.now)
    posted = _give_back(session, redemption, occasion)
    return Voided(
        redemption_id=redemption.id,
        reference=redemption.reference,
        amount=redemption.amount,
        at=posted.posted_at,
        transaction_id=posted.id,
    )


def _claim_return(session: Session, redemption_id: UUID, *, amount: Amount, at: datetime) -> None:
    guarded = update(Redemption).where(Redemption.id == redemption_id, Redemption.returned == 0)
    if session.connection().execute(guarded.values(returned=amount, voided_at=at)).rowcount != 1:
        raise AlreadyVoided


def _give_back(session: Session, redemption: Row[Any], occasion: Occasion) -> Posted:
    posting = Posting(
        id=occasion.new_id(),
        kind="void",
        lines=_lines_back(session, redemption, occasion),
        at=occasion.now,
        actor=occasion.actor,
        details={"redemption": to_text(redemption.id)},
        corrects=redemption.transaction_id,
        allows_frozen=True,
    )
    return post(session.connection(), posting)


def _lines_back(session: Session, redemption: Row[Any], occasion: Occasion) -> list[Line]:
    """The redemption's transfers turned round, last drawn first."""
    transfers = session.execute(
        select(Transfer.debit_account, Transfer.credit_account, Transfer.amount, Account.expires_on)
        .join(Account, Account.id == Transfer.debit_account)
        .where(Transfer.transaction_id == redemption.transaction_id)
        .order_by(Transfer.line.desc())
    ).all()
    return [
        Line(
            debit=row.credit_account,
            credit=_purse_for(session, row.debit_account, row.expires_on, redemption.resident_id, occasion),
            amount=row.amount,
        )
        for row in transfers
    ]


def _purse_for(
    session: Session, purse: AccountId, expires_on: date, resident_id: UUID, occasion: Occasion
) -> AccountId:
    """The purse it came from or, were that past its last day, the one of the month where returns go."""
    month = return_month(expires_on, today=occasion.today)
    if month == expires_on:
        return purse
    return open_purse(session, resident_id=resident_id, expires_on=month, occasion=occasion)
