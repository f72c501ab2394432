"""Checks of what the council decided on council tax: each stands as it was approved, nothing left without one."""

from collections.abc import Iterator

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from ledger.check_books.findings import Finding, each, first, named
from ledger.council_tax.decision_rules import DECIDE, Decision, decision_content
from ledger.council_tax.models import CouncilTaxBatch, CouncilTaxItem
from ledger.council_tax.reduction_scheme_models import ReductionScheme, ReductionSchemeEnding
from ledger.council_tax.rules import ItemCode
from ledger.people.models import Proposal
from ledger.people.rules import ProposalState


def decisions_stand_as_approved(session: Session) -> Iterator[Finding]:
    """I-25: every decision is what its proposal says, and that was approved and used."""
    names = list(Decision.__dataclass_fields__)
    query = select(
        ReductionScheme.id,
        *(getattr(ReductionScheme, name) for name in names),
        Proposal.kind,
        Proposal.state,
        Proposal.content,
    ).join(Proposal, Proposal.id == ReductionScheme.proposal_id)
    for row in each(session, query.order_by(ReductionScheme.id)):
        said = decision_content(Decision(**{name: getattr(row, name) for name in names}))
        if (row.kind, row.state, row.content) != (DECIDE, ProposalState.USED, said):
            message = "is not what two people approved"
            yield Finding(id="I-25", subject=named("reduction scheme", row.id), message=message)
            return


def nothing_left_without_a_decision(session: Session) -> Iterator[Finding]:
    """I-13: for every reduction in a file, a decision was in force for its financial year when the file was built."""
    ended = (
        exists()
        .where(
            ReductionSchemeEnding.scheme_id == ReductionScheme.id,
            ReductionSchemeEnding.ended_at <= CouncilTaxBatch.built_at,
        )
        .correlate(ReductionScheme, CouncilTaxBatch)  # of the item's batch, which is two selects out
    )
    in_force = exists().where(
        ReductionScheme.first_year <= CouncilTaxItem.financial_year,
        ReductionScheme.last_year >= CouncilTaxItem.financial_year,
        ReductionScheme.recorded_at <= CouncilTaxBatch.built_at,
        ~ended,
    )
    query = (
        select(CouncilTaxItem.id)
        .join(CouncilTaxBatch, CouncilTaxBatch.id == CouncilTaxItem.batch_id)
        .where(CouncilTaxItem.code == ItemCode.REDUCTION, or_(CouncilTaxItem.financial_year.is_(None), ~in_force))
        .order_by(CouncilTaxItem.id)
    )
    if row := first(session, query):
        message = "left in a file although no decision of the council was in force for its year"
        yield Finding(id="I-13", subject=named("council-tax item", row.id), message=message)
