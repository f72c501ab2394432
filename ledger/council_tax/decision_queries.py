"""Which decision on council tax is in force, what was decided before, and whether applications are closed."""

from collections.abc import Collection
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from ledger.clock import financial_year
from ledger.council_tax.decision_rules import ClosingView, Decision, SchemeView
from ledger.council_tax.errors import NoDecisionInForce
from ledger.council_tax.reduction_scheme_models import CouncilTaxClosing, ReductionScheme, ReductionSchemeEnding
from ledger.errors import NotFound

_SAID = (
    ReductionScheme.decision_reference,
    ReductionScheme.decided_on,
    ReductionScheme.class_wording,
    ReductionScheme.account_cap,
    ReductionScheme.resident_cap,
    ReductionScheme.first_year,
    ReductionScheme.last_year,
    ReductionScheme.signed_by,
)


def decisions(session: Session) -> list[SchemeView]:
    """Every decision that was recorded, the newest first."""
    return [_view(row) for row in session.execute(_schemes())]


def decision(session: Session, *, scheme_id: UUID) -> SchemeView:
    """One decision. Raises NotFound."""
    row = session.execute(_schemes().where(ReductionScheme.id == scheme_id)).one_or_none()
    if row is None:
        raise NotFound("decision")
    return _view(row)


def decision_of_year(session: Session, *, year: int) -> SchemeView | None:
    """The decision in force for the financial year that begins in `year`: the newest that has not ended, or None."""
    row = session.execute(_in_force(year).limit(1)).one_or_none()
    return None if row is None else _view(row)


def decision_for(session: Session, *, day: date) -> SchemeView:
    """The decision in force for the financial year that holds `day`. Raises NoDecisionInForce."""
    found = decision_of_year(session, year=financial_year(day))
    if found is None:
        raise NoDecisionInForce(year=financial_year(day))
    return found


def decided_years(session: Session, *, years: Collection[int]) -> set[int]:
    """Those of these financial years for which a decision is in force."""
    return {year for year in years if decision_of_year(session, year=year) is not None}


def closing_of_year(session: Session, *, year: int) -> ClosingView | None:
    """The published closing of a financial year, begun or not, or None."""
    query = select(CouncilTaxClosing).where(CouncilTaxClosing.financial_year == year)
    row = session.execute(query).scalar_one_or_none()
    if row is None:
        return None
    return ClosingView(
        financial_year=row.financial_year,
        closes_on=row.closes_on,
        reason=row.reason,
        published_at=row.published_at,
    )


def _schemes() -> Select[*tuple[Any, ...]]:
    return (
        select(
            ReductionScheme.id,
            *_SAID,
            ReductionScheme.recorded_at,
            ReductionScheme.proposed_by,
            ReductionScheme.approved_by,
            ReductionSchemeEnding.ended_at,
            ReductionSchemeEnding.reason.label("ended_because"),
        )
        .join(ReductionSchemeEnding, ReductionSchemeEnding.scheme_id == ReductionScheme.id, isouter=True)
        .order_by(ReductionScheme.recorded_at.desc(), ReductionScheme.id.desc())
    )


def _in_force(year: int) -> Select[*tuple[Any, ...]]:
    return _schemes().where(
        ReductionScheme.first_year <= year,
        ReductionScheme.last_year >= year,
        ReductionSchemeEnding.scheme_id.is_(None),
    )


def _view(row: Any) -> SchemeView:
    known = dict(row._mapping)
    said = Decision(**{column.key: known.pop(column.key) for column in _SAID})
    return SchemeView(decision=said, **known)
