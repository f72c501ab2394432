"""What was tried to deliver a file, the newest first."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.council_tax.delivery.models import DeliveryAttempt
from ledger.council_tax.delivery.rules import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptView:
    """One try: where to, when, how it ended, and why where it did not arrive."""

    target: str
    attempted_at: datetime
    outcome: Outcome
    problem: str


def attempts(session: Session, *, file_name: str) -> list[AttemptView]:
    """Every try to deliver the file of this name, the newest first."""
    query = select(DeliveryAttempt).where(DeliveryAttempt.file_name == file_name)
    rows = session.execute(query.order_by(DeliveryAttempt.attempted_at.desc(), DeliveryAttempt.id.desc())).scalars()
    return [
        AttemptView(
            target=row.target,
            attempted_at=row.attempted_at,
            outcome=Outcome(row.outcome),
            problem=row.problem,
        )
        for row in rows
    ]
