"""Checks of nights: one that is done was done whole, and each follows the one before it."""

from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger.check_books.findings import Finding, first
from ledger.council_tax.models import CouncilTaxBatch
from ledger.nights.models import Night, NightStep
from ledger.nights.rules import NightState


def nights_that_are_done_are_whole(session: Session) -> Iterator[Finding]:
    """I-42: a night that is done has its steps written down, and its business date has its batch."""
    steps = select(NightStep.night_id).where(NightStep.night_id == Night.id).exists()
    built = select(CouncilTaxBatch.id).where(CouncilTaxBatch.business_date == Night.business_date).exists()
    query = select(Night.business_date).where(Night.state == NightState.DONE, ~(steps & built))
    if row := first(session, query.order_by(Night.business_date)):
        message = "is done, and has no step or no batch"
        yield Finding(id="I-42", subject=f"night {row.business_date.isoformat()}", message=message)


def no_night_is_done_before_an_earlier_one(session: Session) -> Iterator[Finding]:
    """I-42: no night is done while an earlier one was left unfinished."""
    left = select(func.min(Night.business_date)).where(Night.state.not_in((NightState.DONE, NightState.EARLY)))
    query = select(Night.business_date).where(
        Night.state == NightState.DONE, Night.business_date > left.scalar_subquery()
    )
    if row := first(session, query.order_by(Night.business_date)):
        message = "is done before an earlier night"
        yield Finding(id="I-42", subject=f"night {row.business_date.isoformat()}", message=message)
