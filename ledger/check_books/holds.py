"""Checks of holds: each whole, ended once within itself, and each open one for a council-tax item."""

from collections.abc import Iterator

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from ledger.book.models import Hold, HoldEnd, HoldLine, Transfer
from ledger.book.rules import Ending
from ledger.check_books.findings import Finding, first, named
from ledger.check_books.sums import total
from ledger.council_tax.models import CouncilTaxItem
from ledger.council_tax.rules import ItemCode, ItemState
from ledger.money import format_amount


def holds_end_once_within_themselves(session: Session) -> Iterator[Finding]:
    """I-06: every hold holds something, and a capture takes at most that from accounts of the hold."""
    held = select(HoldLine.hold_id, total(HoldLine.amount).label("held")).group_by(HoldLine.hold_id).subquery("held")
    taken = (
        select(
            HoldEnd.hold_id,
            total(Transfer.amount).label("taken"),
            func.count(HoldLine.hold_id).label("lines"),
            func.count().label("transfers"),
        )
        .join(Transfer, Transfer.transaction_id == HoldEnd.transaction_id)
        .join(
            HoldLine,
            (HoldLine.hold_id == HoldEnd.hold_id)
            & (HoldLine.account_id == Transfer.debit_account)
            & (HoldLine.amount >= Transfer.amount),
            isouter=True,
        )
        .where(HoldEnd.ending == Ending.CAPTURED)
        .group_by(HoldEnd.hold_id)
        .subquery("taken")
    )
    query = (
        select(Hold.id)
        .join(held, held.c.hold_id == Hold.id, isouter=True)
        .join(taken, taken.c.hold_id == Hold.id, isouter=True)
        .where(or_(held.c.held.is_(None), taken.c.taken > held.c.held, taken.c.lines != taken.c.transfers))
        .order_by(Hold.id)
    )
    if row := first(session, query):
        message = "holds nothing, or was captured for more than it held or from another account"
        yield Finding(id="I-06", subject=named("hold", row.id), message=message)


def holds_and_items_agree(session: Session) -> Iterator[Finding]:
    """I-07: what is held on purses is what held council-tax items hold, hold by hold; reversals hold nothing."""
    held = (
        select(HoldLine.hold_id, total(HoldLine.amount).label("amount"))
        .join(HoldEnd, HoldEnd.hold_id == HoldLine.hold_id, isouter=True)
        .where(HoldEnd.hold_id.is_(None))
        .group_by(HoldLine.hold_id)
        .subquery("open_holds")
    )
    is_held = and_(CouncilTaxItem.state == ItemState.HELD, CouncilTaxItem.code == ItemCode.REDUCTION)
    item = (
        select(CouncilTaxItem.id, CouncilTaxItem.amount, func.coalesce(held.c.amount, 0).label("open"))
        .join(held, held.c.hold_id == CouncilTaxItem.hold_id, isouter=True)
        .where(is_held, CouncilTaxItem.amount != func.coalesce(held.c.amount, 0))
        .order_by(CouncilTaxItem.id)
    )
    if row := first(session, item):
        message = f"is held for {format_amount(row.amount)}, its hold holds {format_amount(int(row.open))}"
        yield Finding(id="I-07", subject=named("council-tax item", row.id), message=message)
    stray = (
        select(held.c.hold_id, held.c.amount)
        .join(CouncilTaxItem, (CouncilTaxItem.hold_id == held.c.hold_id) & is_held, isouter=True)
        .where(CouncilTaxItem.id.is_(None))
        .order_by(held.c.hold_id)
    )
    if row := first(session, stray):
        message = f"still holds {format_amount(int(row.amount))} for no council-tax item that is held"
        yield Finding(id="I-07", subject=named("hold", row.hold_id), message=message)
