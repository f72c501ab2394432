"""What residents do with council tax: link an account, apply credits, cancel while they are still held."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ledger.book import holds
from ledger.book.errors import AccountFrozen
from ledger.book.holds import NewHold
from ledger.clock import financial_year
from ledger.council_tax.decision_queries import closing_of_year, decision_for
from ledger.council_tax.decision_rules import Decision, is_closed
from ledger.council_tax.departures import next_departure
from ledger.council_tax.errors import AlreadyLinked, CouncilTaxClosed, NotLinked
from ledger.council_tax.models import CouncilTaxItem, CouncilTaxLink
from ledger.council_tax.queries import link_of
from ledger.council_tax.references import read_reference
from ledger.council_tax.rules import (
    ItemCode,
    ItemState,
    LinkRole,
    cap_counts,
    check_amount,
    check_move,
    check_uprn,
    limit_of,
    read_item_reference,
    reason_for,
)
from ledger.council_tax.views import LinkView
from ledger.errors import NotFound
from ledger.identifiers import reference as spoken_reference
from ledger.money import Amount
from ledger.occasion import Occasion
from ledger.people.models import Resident
from ledger.people.rules import ResidentStatus
from ledger.settings import AccountFormat, SchemeRules
from ledger.store import constraint_name
from ledger.wallets.operations import draw_lines, free_hold, give_back_cap, use_cap

HOLD_REASON = "council_tax"


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """An application that stands: its reference for people, pence, and the business date it leaves on."""

    item_id: UUID
    reference: str
    amount: Amount
    leaves_on: date


def link_account(
    session: Session,
    *,
    resident_id: UUID,
    reference_text: str,
    role: LinkRole,
    uprn: str | None = None,
    account_format: AccountFormat,
    occasion: Occasion,
) -> UUID:
    """Link a resident to the council-tax account whose reference they typed; the link's id.

    Raises NotAReference, InvalidField for the UPRN, AlreadyLinked while another link is live.
    """
    read = read_reference(reference_text, account_format)
    check_uprn(uprn)
    link = CouncilTaxLink(
        id=occasion.new_id(),
        resident_id=resident_id,
        account_ref=read.base,
        check_character=read.check_character,
        uprn=uprn,
        role=role.value,
        linked_at=occasion.now,
        ended_at=None,
    )
    session.add(link)
    try:
        session.flush()
    except IntegrityError as error:
        if constraint_name(error) != "uq_council_tax_links_live":
            raise
        raise AlreadyLinked from error
    return link.id


def end_link(session: Session, *, resident_id: UUID, occasion: Occasion) -> None:
    """End a resident's live link and cancel what has not left yet (council_tax_file.md, Rules). Raises NotLinked."""
    live = (CouncilTaxLink.resident_id == resident_id, CouncilTaxLink.ended_at.is_(None))
    ended = session.connection().execute(update(CouncilTaxLink).where(*live).values(ended_at=occasion.now))
    if not ended.rowcount:
        raise NotLinked
    held = select(CouncilTaxItem.reference).where(
        CouncilTaxItem.resident_id == resident_id,
        CouncilTaxItem.state == ItemState.HELD,
        CouncilTaxItem.code == ItemCode.REDUCTION,
    )
    for reference in session.execute(held.order_by(CouncilTaxItem.id).with_for_update()).scalars().all():
        cancel_item(session, reference=reference, resident_id=resident_id, occasion=occasion)


def apply_credits(
    session: Session, *, resident_id: UUID, amount: Amount, rules: SchemeRules, occasion: Occasion
) -> Applied:
    """Set credits aside for a resident's council-tax account, pence for hundredths, soonest to expire first.

    Raises NoDecisionInForce, CouncilTaxClosed, BelowMinimum, NotLinked, CapReached (of the account or the resident),
    InsufficientCredits, AccountFrozen.
    """
    check_amount(amount, rules)
    link = _locked_link(session, resident_id)
    _check_open(session, resident_id)
    day = next_departure(session, now=occasion.now, rules=rules)
    decided = _decision_in_force(session, day, occasion)
    for count in cap_counts(resident_id=resident_id, account_ref=link.account_ref, amount=amount):
        limit = limit_of(count, decided, rules)
        use_cap(session, owner_id=count.owner_id, cap=count.cap, day=day, used=count.used, limit=limit)
    item = CouncilTaxItem(
        id=occasion.new_id(),
        reference=f"CT-{spoken_reference(occasion.token_bytes)}",
        resident_id=resident_id,
        link_id=link.id,
        code=ItemCode.REDUCTION.value,
        reason=reason_for(link.role).value,
        amount=amount,
        state=ItemState.HELD.value,
        hold_id=_hold(session, resident_id=resident_id, amount=amount, occasion=occasion),
        applied_at=occasion.now,
        leaves_on=day,
        returned=0,
    )
    session.add(item)
    session.flush()
    return Applied(item_id=item.id, reference=item.reference, amount=amount, leaves_on=day)


def _decision_in_force(session: Session, day: date, occasion: Occasion) -> Decision:
    """The decision by which what leaves on `day` reduces a bill; refused where there is none, or all is closed."""
    found = decision_for(session, day=day)
    closing = closing_of_year(session, year=financial_year(day))
    if closing is not None and is_closed(closing, today=occasion.today, leaves_on=day):
        raise CouncilTaxClosed(closes_on=closing.closes_on)
    return found.decision


def _locked_link(session: Session, resident_id: UUID) -> LinkView:
    """The live link, kept from ending until the unit of work does: ending it cancels whatever was applied before."""
    live = (CouncilTaxLink.resident_id == resident_id, CouncilTaxLink.ended_at.is_(None))
    session.execute(select(CouncilTaxLink.id).where(*live).with_for_update(read=True)).all()
    link = link_of(session, resident_id=resident_id)
    if link is None:
        raise NotLinked
    return link


def _check_open(session: Session, resident_id: UUID) -> None:
    status = session.execute(select(Resident.status).where(Resident.id == resident_id)).scalar_one()
    if status != ResidentStatus.OPEN:
        raise AccountFrozen


def _hold(session: Session, *, resident_id: UUID, amount: Amount, occasion: Occasion) -> UUID:
    lines = draw_lines(session, resident_id=resident_id, amount=amount, now=occasion.now)
    hold = NewHold(id=occasion.new_id(), reason=HOLD_REASON, lines=lines, at=occasion.now)
    holds.place(session.connection(), hold)
    return hold.id


def cancel_item(session: Session, *, reference: str, resident_id: UUID, occasion: Occasion) -> None:
    """Cancel an item that is still held: its credits are free again, its caps given back; past their day, they expire.

    Raises NotFound (also for another's item), MoveRefused once it is batched or cancelled.
    """
    item = _locked(session, reference=reference, resident_id=resident_id)
    check_move(ItemState(item.state), ItemState.CANCELLED)
    moved = update(CouncilTaxItem).where(CouncilTaxItem.id == item.id, CouncilTaxItem.state == ItemState.HELD)
    changed = session.connection().execute(moved.values(state=ItemState.CANCELLED, cancelled_at=occasion.now))
    assert changed.rowcount == 1, "a locked item stays as it was read"
    for count in cap_counts(resident_id=resident_id, account_ref=item.account_ref, amount=item.amount):
        give_back_cap(session, owner_id=count.owner_id, cap=count.cap, day=item.leaves_on, used=count.used)
    free_hold(session, hold_id=item.hold_id, occasion=occasion)


def _locked(session: Session, *, reference: str, resident_id: UUID) -> Any:
    """One item of a resident and its account, locked until the unit of work ends; a build waits, or was first."""
    columns = (CouncilTaxItem.id, CouncilTaxItem.state, CouncilTaxItem.hold_id, CouncilTaxItem.amount)
    own = (CouncilTaxItem.resident_id == resident_id, CouncilTaxItem.code == ItemCode.REDUCTION)
    query = (
        select(*columns, CouncilTaxItem.leaves_on, CouncilTaxLink.account_ref)
        .join(CouncilTaxLink, CouncilTaxLink.id == CouncilTaxItem.link_id)
        .where(CouncilTaxItem.reference == read_item_reference(reference), *own)
        .with_for_update(of=CouncilTaxItem)
    )
    row = session.connection().execute(query).one_or_none()
    if row is None:
        raise NotFound("council-tax item")
    return row
