"""Ask to take an applied reduction back, whole or in part: one officer up to what one may in a day, two past it.

What is asked is an item that leaves in the next file; what is proposed becomes one when another officer approves it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
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
    reversal_content,
)
from ledger.errors import InvalidField, MoveRefused, NotAllowed, NotFound
from ledger.identifiers import reference as spoken_reference
from ledger.money import Amount
from ledger.occasion import Occasion
from ledger.people import proposals
from ledger.people.queries import permissions_of
from ledger.people.rules import Permission
from ledger.settings import SchemeRules
from ledger.wallets.alone import counted_alone
from ledger.wallets.rules import Cap

REVERSAL = "council_tax_reversal"
"""The kind of proposal that two people decide."""
REASONS = (Reason.ORGANISER_ERROR, Reason.RESIDENT_REQUEST, Reason.FRAUD, Reason.CORRECTION)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReversalAsked:
    """The reference of what asking led to: an item that leaves, or a proposal that somebody else decides."""

    item: str | None = None
    proposal: str | None = None


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
) -> ReversalAsked:
    """Ask for `amount` (pence) of a reduction to be taken back, or propose to where one officer may not.

    One officer may up to `rules.reversal_alone`, with all that they took back alone that day, here or by a correction.
    The item leaves in the next file and posts only on its answer. Raises NotAllowed, NotFound, InvalidField,
    MoveRefused (the reduction is not applied), OverReversed (more than is left of it, what is asked for already taken
    off).
    """
    _check_may_reverse(session, officer_id, reason)
    original = _original(session, reference, amount)
    content = reversal_content(item_reference=original.reference, amount=amount, reason=reason, why=why)
    if not counted_alone(
        session,
        officer_id=officer_id,
        cap=Cap.REVERSED_ALONE_A_DAY,
        amount=amount,
        limit=rules.reversal_alone,
        occasion=occasion,
    ):
        asked = proposals.propose(session, kind=REVERSAL, content=content, maker_id=officer_id, occasion=occasion)
        return ReversalAsked(proposal=asked.reference)
    return ReversalAsked(
        item=_add_item(session, original, content, officer_id=officer_id, rules=rules, occasion=occasion)
    )


def approve_reversal(
    session: Session, *, proposal_id: UUID, checker_id: UUID, rules: SchemeRules, occasion: Occasion
) -> str:
    """Approve a proposed reversal and ask for it, both or neither; the reference of the item, in its maker's name.

    Raises NotFound for a proposal of another kind, and what `proposals.approve`, `use_proposal` and `ask_reversal` do.
    """
    proposed = proposals.proposal_of(session, proposal_id=proposal_id, kind=REVERSAL, called="council-tax reversal")
    proposals.approve(session, proposal_id=proposal_id, checker_id=checker_id, occasion=occasion)
    content = dict(proposed.content)
    proposals.use_proposal(session, proposal_id=proposal_id, kind=REVERSAL, content=content, occasion=occasion)
    _check_may_reverse(session, proposed.maker_id, Reason(content["reason"]))
    original = _original(session, content["item"], content["amount"])
    return _add_item(session, original, content, officer_id=proposed.maker_id, rules=rules, occasion=occasion)


def _add_item(
    session: Session,
    original: Any,
    content: Mapping[str, Any],
    *,
    officer_id: UUID,
    rules: SchemeRules,
    occasion: Occasion,
) -> str:
    """The reference of a new item that asks for it; the original is locked."""
    item = CouncilTaxItem(
        id=occasion.new_id(),
        reference=f"CT-{spoken_reference(occasion.token_bytes)}",
        resident_id=original.resident_id,
        link_id=original.link_id,
        code=_code(content["amount"], original).value,
        reason=content["reason"],
        amount=content["amount"],
        state=ItemState.HELD.value,
        applied_at=occasion.now,
        leaves_on=next_departure(session, now=occasion.now, rules=rules),
        financial_year=original.financial_year,
        effective_from=original.effective_from,
        effective_to=original.effective_to,
        returned=0,
        original_id=original.id,
        asked_by=officer_id,
        why=content["why"],
    )
    session.add(item)
    session.flush()
    return item.reference


def cancel_reversal(session: Session, *, reference: str, officer_id: UUID, occasion: Occasion) -> None:
    """Ask no longer for a reversal that has not left. Raises NotAllowed, NotFound, MoveRefused also of a reduction."""
    _check_may_reverse(session, officer_id, Reason.CORRECTION)
    item = _locked(session, reference)
    if item.code == ItemCode.REDUCTION:
        raise MoveRefused(kind="council-tax item", now=item.state, wanted=ItemState.CANCELLED)
    check_move(ItemState(item.state), ItemState.CANCELLED)
    cancelled = {"state": ItemState.CANCELLED.value, "cancelled_at": occasion.now}
    session.connection().execute(update(CouncilTaxItem).where(CouncilTaxItem.id == item.id).values(**cancelled))


def _check_may_reverse(session: Session, officer_id: UUID, reason: Reason) -> None:
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
