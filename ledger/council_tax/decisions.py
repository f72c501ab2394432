"""What two officers decide about council tax: record a class of reduction, end it, close applications for everybody."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ledger.clock import financial_year
from ledger.council_tax.decision_queries import closing_of_year, decision
from ledger.council_tax.decision_rules import (
    CLOSE,
    DECIDE,
    END,
    Decision,
    check_notice,
    checked_decision,
    closing_content,
    decision_content,
    ending_content,
    read_decision,
)
from ledger.council_tax.errors import ClosingPublished, DecisionEnded
from ledger.council_tax.reduction_scheme_models import CouncilTaxClosing, ReductionScheme, ReductionSchemeEnding
from ledger.identifiers import from_text, to_text
from ledger.occasion import Occasion
from ledger.people import proposals
from ledger.people.proposals import ProposalView
from ledger.store import constraint_name


@dataclass(frozen=True, slots=True, kw_only=True)
class _ByTwo:
    """An approved proposal that is being carried out, and by whom."""

    content: Mapping[str, Any]
    people: Mapping[str, str]


def propose_decision(session: Session, *, decision: Decision, officer_id: UUID, occasion: Occasion) -> ProposalView:
    """Ask that a decision of the council be recorded. Raises InvalidField."""
    content = decision_content(checked_decision(decision, today=occasion.today))
    return proposals.propose(session, kind=DECIDE, content=content, maker_id=officer_id, occasion=occasion)


def record_decision(session: Session, *, proposal_id: UUID, checker_id: UUID, occasion: Occasion) -> UUID:
    """Approve a proposed decision and record it, both or neither; the reduction scheme's id.

    Raises NotFound for a proposal of another kind, InvalidField, and what `proposals.approve` raises.
    """
    found = _approved(session, DECIDE, proposal_id, checker_id, occasion)
    said = checked_decision(read_decision(found.content), today=occasion.today)
    scheme = ReductionScheme(
        id=occasion.new_id(),
        proposal_id=proposal_id,
        recorded_at=occasion.now,
        **{**decision_content(said), "decided_on": said.decided_on},
        **found.people,
    )
    session.add(scheme)
    session.flush()
    return scheme.id


def propose_ending(
    session: Session, *, scheme_id: UUID, reason: str, officer_id: UUID, occasion: Occasion
) -> ProposalView:
    """Ask that a decision no longer hold. Raises NotFound, DecisionEnded, InvalidField (no reason)."""
    if decision(session, scheme_id=scheme_id).ended_at is not None:
        raise DecisionEnded
    content = ending_content(scheme_id=scheme_id, reason=reason)
    return proposals.propose(session, kind=END, content=content, maker_id=officer_id, occasion=occasion)


def end_decision(session: Session, *, proposal_id: UUID, checker_id: UUID, occasion: Occasion) -> None:
    """Approve the ending of a decision and end it: nothing is applied or leaves by it any more.

    Raises NotFound, DecisionEnded, and what `proposals.approve` raises.
    """
    found = _approved(session, END, proposal_id, checker_id, occasion)
    scheme = decision(session, scheme_id=from_text(found.content["scheme_id"]))
    if scheme.ended_at is not None:
        raise DecisionEnded
    reason = found.content["reason"]
    session.add(ReductionSchemeEnding(scheme_id=scheme.id, ended_at=occasion.now, reason=reason, **found.people))
    try:
        session.flush()
    except IntegrityError as error:
        if constraint_name(error) != "pk_reduction_scheme_endings":
            raise
        raise DecisionEnded from error


def propose_closing(
    session: Session, *, closes_on: date, reason: str, officer_id: UUID, occasion: Occasion
) -> ProposalView:
    """Ask that applications end for everybody on a day, for the rest of its financial year.

    Raises InvalidField (too soon, no reason), ClosingPublished.
    """
    content = _checked_closing(session, closes_on, reason, occasion)
    return proposals.propose(session, kind=CLOSE, content=content, maker_id=officer_id, occasion=occasion)


def publish_closing(session: Session, *, proposal_id: UUID, checker_id: UUID, occasion: Occasion) -> None:
    """Approve a closing and publish it: residents read it from now on.

    Raises NotFound, InvalidField where it would begin too soon by now, ClosingPublished, and what approving raises.
    """
    found = _approved(session, CLOSE, proposal_id, checker_id, occasion)
    closes_on, reason = date.fromisoformat(found.content["closes_on"]), found.content["reason"]
    _checked_closing(session, closes_on, reason, occasion)
    closing = CouncilTaxClosing(
        id=occasion.new_id(),
        financial_year=financial_year(closes_on),
        closes_on=closes_on,
        reason=reason,
        published_at=occasion.now,
        **found.people,
    )
    session.add(closing)
    try:
        session.flush()
    except IntegrityError as error:
        if constraint_name(error) != "uq_council_tax_closings_financial_year":
            raise
        raise ClosingPublished from error


def _checked_closing(session: Session, closes_on: date, reason: str, occasion: Occasion) -> dict[str, Any]:
    check_notice(closes_on, today=occasion.today)
    if closing_of_year(session, year=financial_year(closes_on)) is not None:
        raise ClosingPublished
    return closing_content(closes_on=closes_on, reason=reason)


def _approved(session: Session, kind: str, proposal_id: UUID, checker_id: UUID, occasion: Occasion) -> _ByTwo:
    """Approve a proposal of this kind and use the approval up, in the caller's unit of work."""
    proposed = proposals.proposal_of(session, proposal_id=proposal_id, kind=kind, called="proposal")
    proposals.approve(session, proposal_id=proposal_id, checker_id=checker_id, occasion=occasion)
    proposals.use_proposal(session, proposal_id=proposal_id, kind=kind, content=proposed.content, occasion=occasion)
    maker, checker = to_text(proposed.maker_id), to_text(checker_id)
    people = {"proposed_by": f"officer:{maker}", "approved_by": f"officer:{checker}"}
    return _ByTwo(content=proposed.content, people=people)
