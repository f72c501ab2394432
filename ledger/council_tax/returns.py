"""Give credits of council-tax items back: last drawn first, to the purses they came from, by the return rule."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.book.models import Account, Transfer
from ledger.book.rules import AccountId, Line, Posting, Unit
from ledger.identifiers import to_text
from ledger.money import Amount
from ledger.occasion import Occasion
from ledger.people.models import Resident
from ledger.people.rules import ResidentStatus
from ledger.staging import among
from ledger.wallets.operations import expired_account, open_purse
from ledger.wallets.rules import return_month, returned_parts


@dataclass(frozen=True, slots=True, kw_only=True)
class Return:
    """What goes back of one item's capture: `amount` out of the account `debit`, `before` having gone back already."""

    item_id: UUID
    capture_id: UUID
    resident_id: UUID
    kind: str
    debit: AccountId
    amount: Amount
    before: Amount


def return_postings(session: Session, returns: Sequence[Return], occasion: Occasion) -> list[Posting]:
    """The postings of these returns, in their order: each cites the capture, and none is posted yet.

    What a purse past its last day would get goes to the month where returns go; a closed wallet's part expires.
    """
    drawn = _drawn(session, [one.capture_id for one in returns])
    closed = _closed(session, {one.resident_id for one in returns})
    return [
        Posting(
            id=occasion.new_id(),
            kind=one.kind,
            lines=_lines(session, one, drawn[one.capture_id], one.resident_id in closed, occasion),
            at=occasion.now,
            actor=occasion.actor,
            details={"item": to_text(one.item_id)},
            corrects=one.capture_id,
            allows_frozen=True,
        )
        for one in returns
    ]


def _lines(session: Session, one: Return, drawn: Sequence[Any], is_closed: bool, occasion: Occasion) -> list[Line]:
    parts = returned_parts([row.amount for row in drawn], returned=one.before, amount=one.amount)
    return [
        Line(debit=one.debit, credit=_purse_for(session, drawn[place], one, is_closed, occasion), amount=part)
        for place, part in parts
    ]


def _purse_for(session: Session, row: Any, one: Return, is_closed: bool, occasion: Occasion) -> AccountId:
    if is_closed:
        return expired_account(session, Unit.CR, occasion)
    month = return_month(row.expires_on, today=occasion.today)
    if month == row.expires_on:
        return AccountId(row.debit_account)
    return open_purse(session, resident_id=one.resident_id, expires_on=month, occasion=occasion)


def _drawn(session: Session, capture_ids: Sequence[UUID]) -> dict[UUID, list[Any]]:
    """What each capture drew, in that order, and the last good day of each purse."""
    drawn: dict[UUID, list[Any]] = {capture_id: [] for capture_id in capture_ids}
    query = (
        select(Transfer.transaction_id, Transfer.debit_account, Transfer.amount, Account.expires_on)
        .join(Account, Account.id == Transfer.debit_account)
        .where(among(Transfer.transaction_id, list(drawn)))
        .order_by(Transfer.transaction_id, Transfer.line)
    )
    for row in session.connection().execute(query):
        drawn[row.transaction_id].append(row)
    return drawn


def _closed(session: Session, resident_ids: set[UUID]) -> set[UUID]:
    query = select(Resident.id).where(among(Resident.id, resident_ids), Resident.status == ResidentStatus.CLOSED)
    return set(session.connection().execute(query).scalars())
