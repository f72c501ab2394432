"""Ask to take an applied reduction back, whole or in part: an item that leaves in the next file, of an officer."""

from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ledger.council_tax.departures import next_departure
from ledger.council_tax.errors import OverReversed
from ledger.council_tax.item_queries import asked_back
from ledger.council_tax.models import CouncilTaxItem
from ledger.council_tax.rules import (
    CHANGEABLE,
    ItemCode,
    ItemState,
    Reason,
    check_move,
    read_item_reference,
)
from ledger.errors import InvalidField, MoveRefused, NotAllowed, NotFound
from ledger.identifiers import reference as spoken_reference
from ledger.money import Amount
from ledger.occasion import Occasion
from ledger.people.queries import permissions_of
from ledger.people.rules import Permission, tidy
from ledger.settings import SchemeRules

REASONS = (Reason.ORGANISER_ERROR, Reason.RESIDENT_REQUEST, Reason.FRAUD, Reason.CORRECTION)
LONGEST_WHY = 500


def ask_reversal(
    session: Session,
    *,
    reference: str,
    amount: Amount,
    reason: Reason,
    why: str,
    officer_id: UUID,
    rules: SchemeRules,
    occasion: Occasion,
) -> str:
    """Ask for `amount` (pence) of a reduction to be taken back; the reference of the item that asks for it.

    It leaves in the next file and posts only on its answer. Raises NotAllowed, NotFound, InvalidField, MoveRefused
    (the reduction is not applied), OverReversed (more than is left of it, what is asked for already taken off).
    """
    _check_may_reverse(session, officer_id, reason)
    original = _original(session, reference, amount)
    item = CouncilTaxItem(
        id=occasion.new_id(),
        reference=f"CT-{spoken_reference(occasion.token_bytes)}",
        resident_id=original.resident_id,
        link_id=original.link_id,
        code=_code(amount, original).value,
        reason=reason.value,
        amount=amount,
        state=ItemState.HELD.value,
        applied_at=occasion.now,
        leaves_on=next_departure(session, now=occasion.now, rules=rules),
        financial_year=original.financial_year,
        effective_from=original.effective_from,
        effective_to=original.effective_to,
        returned=0,
        original_id=original.id,
        asked_by=officer_id,
        why=tidy("why", why, longest=LONGEST_WHY),
    )
    session.add(item)
    session.flush()
    return item.reference


def cancel_reversal(session: Session, *, reference: str, officer_id: UUID, occasion: Occasion) -> None:
    """Ask no longer for a reversal that has not left. Raises NotAllowed, NotFound, MoveRefused also of a reduction."""
    _check_may_reverse(session, officer_id)
    item = _locked(session, reference)
    if item.code == ItemCode.REDUCTION:
        raise MoveRefused(kind="council-tax item", now=item.state, wanted=ItemState.CANCELLED)
    check_move(ItemState(item.state), ItemState.CANCELLED)
    cancelled = {"state": ItemState.CANCELLED.value, "cancelled_at": occasion.now}
    session.connection().execute(update(CouncilTaxItem).where(CouncilTaxItem.id == item.id).values(**cancelled))


def _check_may_reverse(session: Session, officer_id: UUID, reason: Reason = Reason.CORRECTION) -> None:
    if Permission.REVERSE not in permissions_of(session, officer_id=officer_id):
        raise NotAllowed
    if reason not in REASONS:
        raise InvalidField("reason", "is not one of a reversal")


def _original(session: Session, reference: str, amount: Amount) -> Any:
    """The reduction that is to be reversed, locked, of which so much is left."""
    original = _locked(session, reference)
    if original.code != ItemCode.REDUCTION or original.state not in CHANGEABLE:
        raise MoveRefused(kind="council-tax item", now=original.state, wanted=ItemState.CLAWED_BACK)
    left = original.amount - original.returned - asked_back(session, original_id=original.id)
    if not 1 <= amount <= left:
        raise OverReversed(left=left)
    return original


def _code(amount: Amount, original: Any) -> ItemCode:
    """REV takes back all that is still applied; anything less is PRV."""
    whole = amount == original.amount - original.returned
    return ItemCode.REVERSAL if whole else ItemCode.PARTIAL_REVERSAL


def _locked(session: Session, reference: str) -> Any:
    query = select(CouncilTaxItem.__table__).where(CouncilTaxItem.reference == read_item_reference(reference))
    row = session.connection().execute(query.with_for_update()).one_or_none()
    if row is None:
        raise NotFound("council-tax item")
    return row
