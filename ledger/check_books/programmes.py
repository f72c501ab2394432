"""Checks of programmes: none was funded past its ceiling."""

from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from ledger.check_books.findings import Finding, each, named
from ledger.earning.ceilings import funded
from ledger.earning.models import ProgrammeCeiling
from ledger.money import format_amount


def ceilings_hold(session: Session) -> Iterator[Finding]:
    """I-41: what came into being on a programme's budget, less what was withdrawn, is within its ceiling in force."""
    later = aliased(ProgrammeCeiling)
    newest = select(func.max(later.number)).where(later.programme_id == ProgrammeCeiling.programme_id).scalar_subquery()
    query = select(ProgrammeCeiling.programme_id, ProgrammeCeiling.amount).where(ProgrammeCeiling.number == newest)
    for row in each(session, query.order_by(ProgrammeCeiling.programme_id)):
        has = funded(session, programme_id=row.programme_id)
        if has > row.amount:
            message = f"was funded with {format_amount(has)}, over its ceiling of {format_amount(row.amount)}"
            yield Finding(id="I-41", subject=named("programme", row.programme_id), message=message)
            return
