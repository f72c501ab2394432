"""Give back what a redemption took, or a part of it: last drawn first, to the purses it came from."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from ledger.book.deciding import Posted
from ledger.book.models import Account, Transfer
from ledger.book.posting import post
from ledger.book.rules import AccountId, Line, Posting
from ledger.errors import NotFound
from ledger.identifiers import to_text
from ledger.money import Amount
from ledger.occasion import Occasion
from ledger.redemption.models import Redemption
from ledger.redemption.rules import read_reference
from ledger.wallets.operations import open_purse
from ledger.wallets.rules import return_month, returned_parts


def own_redemption(session: Session, *, reference: str, merchant_id: UUID) -> Row[Any]:
    """A shop's redemption by its reference, as it stands. Raises NotFound, also for another shop's."""
    own = (Redemption.reference == read_reference(reference), Redemption.merchant_id == merchant_id)
    redemption = session.connection().execute(select(Redemption.__table__).where(*own)).one_or_none()
    if redemption is None:
        raise NotFound("redemption")
    return redemption


def give_back(
    session: Session, redemption: Row[Any], *, kind: str, amount: Amount, returned: Amount, occasion: Occasion
) -> Posted:
    """Post the return of `amount` (minor units), `returned` having gone back before: it cites the redemption."""
    posting = Posting(
        id=occasion.new_id(),
        kind=kind,
        lines=_lines_back(session, redemption, amount=amount, returned=returned, occasion=occasion),
        at=occasion.now,
        actor=occasion.actor,
        details={"redemption": to_text(redemption.id)},
        corrects=redemption.transaction_id,
        allows_frozen=True,
    )
    return post(session.connection(), posting)


def _lines_back(
    session: Session, redemption: Row[Any], *, amount: Amount, returned: Amount, occasion: Occasion
) -> list[Line]:
    """The redemption's transfers turned round, those that went back before left out."""
    query = (
        select(Transfer.debit_account, Transfer.credit_account, Transfer.amount, Account.expires_on)
        .join(Account, Account.id == Transfer.debit_account)
        .where(Transfer.transaction_id == redemption.transaction_id)
        .order_by(Transfer.line)
    )
    transfers: Sequence[Any] = session.execute(query).all()
    parts = returned_parts([row.amount for row in transfers], returned=returned, amount=amount)
    return [
        Line(
            debit=transfers[drawn].credit_account,
            credit=_purse_for(session, transfers[drawn], redemption.resident_id, occasion),
            amount=part,
        )
        for drawn, part in parts
    ]


def _purse_for(session: Session, transfer: Any, resident_id: UUID, occasion: Occasion) -> AccountId:
    """The purse it came from or, were that past its last day, the one of the month where returns go."""
    expires_on: date = transfer.expires_on
    month = return_month(expires_on, today=occasion.today)
    if month == expires_on:
        return AccountId(transfer.debit_account)
    return open_purse(session, resident_id=resident_id, expires_on=month, occasion=occasion)
