"""Open a closed month again: one officer asks and says why, another agrees, and both are kept with it."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from ledger.book.errors import MonthNotClosed
from ledger.book.periods import Closing, Reopening, closings, first_of_month, reopen_period
from ledger.identifiers import to_text
from ledger.occasion import Occasion
from ledger.people import proposals
from ledger.people.checkers import named_actor
from ledger.people.rules import tidy

REOPEN_MONTH = "reopen_month"


def ask_reopening(session: Session, *, month: date, reason: str, maker_id: UUID, occasion: Occasion) -> str:
    """Propose that the latest closed month is opened again; the proposal's reference.

    Raises InvalidField, MonthNotClosed.
    """
    why = tidy("reason", reason, longest=300)
    content = reopening_content(_latest(session, month), reason=why)
    return proposals.propose(
        session, kind=REOPEN_MONTH, content=content, maker_id=maker_id, occasion=occasion
    ).reference


def reopening_content(closing: Closing, *, reason: str) -> dict[str, Any]:
    """What a proposed reopening says: of this closing, and of no later one of the same month."""
    return {"month": f"{closing.month:%Y-%m}", "closing_id": to_text(closing.id), "reason": reason}


def month_in(content: Mapping[str, Any]) -> date:
    """The first day of the month that a proposed reopening is of."""
    return date.fromisoformat(f"{content['month']}-01")


def approve_reopening(session: Session, *, proposal_id: UUID, checker_id: UUID, occasion: Occasion) -> None:
    """Agree to a reopening and do it, both or neither.

    Raises NotFound, MonthNotClosed, what `proposals.approve` raises, and ProposalDiffers where the month was opened and
    closed again since.
    """
    proposed = proposals.proposal_of(session, proposal_id=proposal_id, kind=REOPEN_MONTH, called="reopening")
    proposals.approve(session, proposal_id=proposal_id, checker_id=checker_id, occasion=occasion)
    month, reason = month_in(proposed.content), proposed.content["reason"]
    content = reopening_content(_latest(session, month), reason=reason)
    proposals.use_proposal(session, proposal_id=proposal_id, kind=REOPEN_MONTH, content=content, occasion=occasion)
    reopening = Reopening(
        reason=reason,
        proposed_by=named_actor(proposed.maker_id),
        approved_by=named_actor(checker_id),
        at=occasion.now,
    )
    reopen_period(session.connection(), month=month, reopening=reopening)


def _latest(session: Session, month: date) -> Closing:
    closed = closings(session.connection())
    if not closed or closed[0].month != first_of_month(month):
        raise MonthNotClosed(f"{month:%B %Y} is not the latest closed month")
    return closed[0]
