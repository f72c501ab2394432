"""Checks of what the council decided on council tax and of settings: each as approved, nothing left without one."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from ledger.check_books.findings import Finding, each, first, named
from ledger.clock import london_date
from ledger.council_tax.decision_rules import DECIDE, Decision, decision_content
from ledger.council_tax.models import CouncilTaxBatch, CouncilTaxItem, CouncilTaxLine, CouncilTaxLink
from ledger.council_tax.reduction_scheme_models import ReductionScheme, ReductionSchemeEnding
from ledger.council_tax.rules import ItemCode, ItemState
from ledger.money import Amount, format_amount
from ledger.people.models import Proposal
from ledger.people.rules import ProposalState
from ledger.scheme.models import SchemeSetting
from ledger.scheme.rules import SCHEME_SETTING

ANY: Amount = 10**18


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


def settings_stand_as_approved(session: Session) -> Iterator[Finding]:
    """I-25: every setting of the scheme is what its proposal says, and that was approved by another, and used."""
    names = ("name", "value", "starts_on", "decision_reference")
    query = select(
        SchemeSetting.number,
        SchemeSetting.set_at,
        *(getattr(SchemeSetting, name) for name in names),
        *(Proposal.kind, Proposal.state, Proposal.content, Proposal.maker_id, Proposal.checker_id),
    ).outerjoin(Proposal, Proposal.id == SchemeSetting.proposal_id)
    for row in each(session, query.order_by(SchemeSetting.name, SchemeSetting.number)):
        said = {name: getattr(row, name) for name in names} | {"starts_on": row.starts_on.isoformat()}
        approved = (row.kind, row.state, row.content) == (SCHEME_SETTING, ProposalState.USED, said)
        by_two = row.maker_id is not None and row.checker_id not in (None, row.maker_id)
        if not (approved and by_two and row.starts_on > london_date(row.set_at)):
            message = "is not what two people approved for a day to come"
            yield Finding(id="I-25", subject=f"setting {row.name} {row.number}", message=message)
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


def nothing_left_past_a_cap(session: Session) -> Iterator[Finding]:
    """I-15: what left for an account or a resident in a year, less what went back, is within the caps decided then.

    The largest of those in force when one of their lines was built: what left before a smaller cap was decided stays.
    """
    schemes = _schemes(session)
    caps = cache(lambda built_at, year: _caps_at(schemes, built_at, year))
    stands: Counter[tuple[str, Any, int]] = Counter()
    most: dict[tuple[str, Any, int], Amount] = {}
    subjects: dict[tuple[str, Any, int], UUID] = {}
    before: UUID | None = None
    for row in each(session, _lines_that_left()):
        found = caps(row.built_at, row.financial_year)
        for place, owner in enumerate((("account", row.account_ref), ("resident", row.resident_id))):
            key = (*owner, row.financial_year)
            stands[key] += 0 if row.id == before else row.amount - row.returned
            most[key] = max(most.get(key, 0), found[place])
            subjects[key] = row.id
        before = row.id
    over = [key for key, amount in stands.items() if amount > most[key]]
    for key in sorted(over, key=lambda key: subjects[key])[:1]:
        said = f"{format_amount(stands[key])} left for its {key[0]} in {key[2]}"
        message = f"{said}, and at most {format_amount(most[key])} was decided"
        yield Finding(id="I-15", subject=named("council-tax item", subjects[key]), message=message)


def _schemes(session: Session) -> Sequence[Any]:
    same = ReductionSchemeEnding.scheme_id == ReductionScheme.id
    query = select(ReductionScheme, ReductionSchemeEnding.ended_at).join(ReductionSchemeEnding, same, isouter=True)
    return session.execute(query).all()


def _lines_that_left() -> Any:
    item = CouncilTaxItem
    return (
        select(
            *(item.id, item.amount, item.returned, item.resident_id, item.financial_year),
            *(CouncilTaxLink.account_ref, CouncilTaxBatch.built_at),
        )
        .join(CouncilTaxLine, CouncilTaxLine.item_id == item.id)
        .join(CouncilTaxBatch, CouncilTaxBatch.id == CouncilTaxLine.batch_id)
        .join(CouncilTaxLink, CouncilTaxLink.id == item.link_id)
        .where(item.code == ItemCode.REDUCTION, item.state.not_in((ItemState.HELD, ItemState.CANCELLED)))
        .where(CouncilTaxLine.taken_out_at.is_(None))
        .order_by(item.id, CouncilTaxBatch.sequence)
    )


def _caps_at(schemes: Sequence[Any], built_at: datetime, year: int) -> tuple[Amount, Amount]:
    """The caps on account and resident by the newest decision in force then; where none was, I-13 says so."""
    in_force = [
        scheme
        for scheme, ended_at in schemes
        if scheme.recorded_at <= built_at and (ended_at is None or ended_at > built_at)
        if year is not None and scheme.first_year <= year <= scheme.last_year
    ]
    newest = max(in_force, key=lambda scheme: (scheme.recorded_at, scheme.id), default=None)
    return (newest.account_cap, newest.resident_cap) if newest else (ANY, ANY)
