"""What happens to programmes: open one, fund it, and allot parts of it to organisers."""

from contextlib import suppress
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ledger.book.accounts import open_account
from ledger.book.errors import InsufficientCredits
from ledger.book.posting import post
from ledger.book.queries import strict_balance
from ledger.book.rules import AccountId, Line, Mode, Posting, Unit
from ledger.earning.ceilings import check_ceiling, set_ceiling
from ledger.earning.errors import DecisionUsed, TwoPeopleNeeded
from ledger.earning.models import Allowance, Programme
from ledger.earning.rules import (
    ALLOTMENT,
    ALLOWANCE,
    BUDGET,
    FUNDING,
    ISSUANCE,
    ProgrammeState,
    allotment_content,
    check_amount,
    check_text,
    funding_content,
)
from ledger.earning.standing import check_not_closed, check_organiser
from ledger.errors import InvalidField
from ledger.identifiers import SCHEME, from_text, to_text
from ledger.money import Amount
from ledger.occasion import Occasion
from ledger.people import proposals
from ledger.settings import SchemeRules
from ledger.store import constraint_name, insert_once
from ledger.wallets.alone import counted_alone
from ledger.wallets.rules import Cap


def open_programme(
    session: Session,
    *,
    name: str,
    decision_reference: str,
    starts_on: date,
    ends_on: date,
    ceiling: Amount | None = None,
    occasion: Occasion,
) -> UUID:
    """The id of a new programme, open for its dates, which cites the decision that made it. It has no budget yet.

    `ceiling` is what it may ever be funded to, minor units, by the same decision. Raises InvalidField, DecisionUsed.
    """
    if ends_on < starts_on:
        raise InvalidField("ends_on", "must not be before the first day")
    programme = Programme(
        id=occasion.new_id(),
        name=check_text("name", name, most=200),
        decision_reference=check_text("decision_reference", decision_reference, most=100),
        starts_on=starts_on,
        ends_on=ends_on,
        state=ProgrammeState.OPEN,
    )
    _insert(session, programme)
    programme_id = programme.id
    if ceiling is not None:
        set_ceiling(
            session,
            programme_id=programme_id,
            amount=ceiling,
            decision_reference=decision_reference,
            occasion=occasion,
        )
    return programme_id


def _insert(session: Session, programme: Programme) -> None:
    decision_reference = programme.decision_reference
    session.add(programme)
    try:
        session.flush()
    except IntegrityError as error:
        if constraint_name(error) == "uq_programmes_decision_reference":
            raise DecisionUsed(decision_reference=decision_reference) from error
        raise


def fund(
    session: Session,
    *,
    programme_id: UUID,
    amount: Amount,
    decision_reference: str,
    proposal_id: UUID | None = None,
    occasion: Occasion,
) -> UUID:
    """Bring `amount` (minor units) into being on a programme's budget, citing the decision; the transaction's id.

    With an approved proposal of kind "funding" whose content is exactly this, which it uses up; without one the caller
    has seen to it that one officer may (`ask_funding`). Raises InvalidField, NotFound, ProgrammeNotOpen, CeilingPassed,
    ProposalNotApproved, ProposalDiffers.
    """
    budget = check_funding(
        session, programme_id=programme_id, amount=amount, decision_reference=decision_reference, occasion=occasion
    )
    content = funding_content(programme_id=programme_id, amount=amount, decision_reference=decision_reference)
    details = {"programme": content["programme_id"]}
    if proposal_id is not None:
        proposals.use_proposal(session, proposal_id=proposal_id, kind=FUNDING, content=content, occasion=occasion)
        details["proposal"] = to_text(proposal_id)
    return _move(
        session,
        kind="fund",
        debit=_account(session, ISSUANCE, SCHEME, occasion, mode=Mode.ROLLUP),
        credit=budget,
        amount=amount,
        narrative=f"Decision {content['decision_reference']}",
        details=details,
        occasion=occasion,
    )


def check_funding(
    session: Session, *, programme_id: UUID, amount: Amount, decision_reference: str, occasion: Occasion
) -> AccountId:
    """The account of a programme's budget, locked, to which so much may be added.

    Raises InvalidField, NotFound, ProgrammeNotOpen, CeilingPassed.
    """
    check_amount(amount)
    check_text("decision_reference", decision_reference, most=100)
    check_not_closed(session, programme_id, occasion)
    budget = _account(session, BUDGET, programme_id, occasion)
    check_ceiling(session, programme_id=programme_id, budget=budget, amount=amount)
    return budget


def allot(
    session: Session,
    *,
    programme_id: UUID,
    organiser_id: UUID,
    amount: Amount,
    purpose: str,
    officer_id: UUID,
    rules: SchemeRules,
    proposal_id: UUID | None = None,
    occasion: Occasion,
) -> UUID:
    """Move `amount` (minor units) from a programme's budget to an organiser's allowance; the transaction's id.

    Past `rules.allotment_alone`, with all that the officer allotted alone that day, it needs an approved proposal of
    kind "allotment" whose content is exactly this, and uses it up. `purpose` says what it is for and names nobody.
    Raises InvalidField, NotFound, ProgrammeNotOpen, TwoPeopleNeeded, ProposalNotApproved, ProposalDiffers,
    InsufficientCredits.
    """
    content = _checked_allotment(session, programme_id, organiser_id, amount, purpose, occasion)
    details = {"programme": content["programme_id"], "organiser": content["organiser_id"]}
    if proposal_id is not None:
        proposals.use_proposal(session, proposal_id=proposal_id, kind=ALLOTMENT, content=content, occasion=occasion)
        details["proposal"] = to_text(proposal_id)
    else:
        _count_alone(session, officer_id, amount, limit=rules.allotment_alone, occasion=occasion)
    return _move(
        session,
        kind="allot",
        debit=_account(session, BUDGET, programme_id, occasion),
        credit=_account(session, ALLOWANCE, _allowance(session, programme_id, organiser_id, occasion), occasion),
        amount=amount,
        narrative=content["purpose"],
        details=details,
        occasion=occasion,
    )


def _count_alone(session: Session, officer_id: UUID, amount: Amount, *, limit: Amount, occasion: Occasion) -> None:
    cap = Cap.ALLOTTED_ALONE_A_DAY
    if not counted_alone(session, officer_id=officer_id, cap=cap, amount=amount, limit=limit, occasion=occasion):
        raise TwoPeopleNeeded(amount=amount, limit=limit)


def ask_allotment(
    session: Session,
    *,
    programme_id: UUID,
    organiser_id: UUID,
    amount: Amount,
    purpose: str,
    officer_id: UUID,
    rules: SchemeRules,
    occasion: Occasion,
) -> str | None:
    """Allot at once where one officer may, else propose it; the reference of the proposal, None if it is allotted.

    Raises what `allot` raises; a proposal over the programme's budget of now is refused at once.
    """
    with suppress(TwoPeopleNeeded):
        allot(
            session,
            programme_id=programme_id,
            organiser_id=organiser_id,
            amount=amount,
            purpose=purpose,
            officer_id=officer_id,
            rules=rules,
            occasion=occasion,
        )
        return None
    content = _checked_allotment(session, programme_id, organiser_id, amount, purpose, occasion)
    left = strict_balance(session.connection(), _account(session, BUDGET, programme_id, occasion))
    if amount > left:
        raise InsufficientCredits(available=left, needed=amount)
    return proposals.propose(session, kind=ALLOTMENT, content=content, maker_id=officer_id, occasion=occasion).reference


def approve_allotment(
    session: Session, *, proposal_id: UUID, checker_id: UUID, rules: SchemeRules, occasion: Occasion
) -> UUID:
    """Approve a proposed allotment and make it, both or neither; the transaction's id.

    Raises NotFound for a proposal of another kind, and what `proposals.approve` and `allot` raise.
    """
    proposed = proposals.proposal_of(session, proposal_id=proposal_id, kind=ALLOTMENT, called="allotment")
    proposals.approve(session, proposal_id=proposal_id, checker_id=checker_id, occasion=occasion)
    return allot(
        session,
        programme_id=from_text(proposed.content["programme_id"]),
        organiser_id=from_text(proposed.content["organiser_id"]),
        amount=proposed.content["amount"],
        purpose=proposed.content["purpose"],
        officer_id=proposed.maker_id,
        rules=rules,
        proposal_id=proposal_id,
        occasion=occasion,
    )


def _checked_allotment(
    session: Session, programme_id: UUID, organiser_id: UUID, amount: Amount, purpose: str, occasion: Occasion
) -> dict[str, Any]:
    check_amount(amount)
    purpose = check_text("purpose", purpose, most=300)
    check_not_closed(session, programme_id, occasion)
    check_organiser(session, organiser_id)
    return allotment_content(programme_id=programme_id, organiser_id=organiser_id, amount=amount, purpose=purpose)


def _allowance(session: Session, programme_id: UUID, organiser_id: UUID, occasion: Occasion) -> UUID:
    same = (Allowance.programme_id == programme_id) & (Allowance.organiser_id == organiser_id)
    row = {"id": occasion.new_id(), "programme_id": programme_id, "organiser_id": organiser_id}
    insert_once(session.connection(), Allowance, row, taken=same)
    return session.execute(select(Allowance.id).where(same)).scalar_one()


def _account(session: Session, kind: str, owner_id: UUID, occasion: Occasion, *, mode: Mode = Mode.STRICT) -> AccountId:
    return open_account(
        session.connection(), public_id=occasion.new_id(), kind=kind, unit=Unit.CR, owner_id=owner_id, mode=mode
    )


def _move(
    session: Session,
    *,
    kind: str,
    debit: AccountId,
    credit: AccountId,
    amount: Amount,
    narrative: str,
    details: dict[str, Any],
    occasion: Occasion,
) -> UUID:
    posting = Posting(
        id=occasion.new_id(),
        kind=kind,
        lines=[Line(debit=debit, credit=credit, amount=amount)],
        at=occasion.now,
        actor=occasion.actor,
        narrative=narrative,
        details=details,
    )
    return post(session.connection(), posting).id
