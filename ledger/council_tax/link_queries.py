"""How a link to a council-tax account stands by what the council answered: the first that leaves is its check."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.clock import london_date
from ledger.council_tax.exchange_models import CouncilTaxAnswer, CouncilTaxAnswerLine
from ledger.council_tax.models import CouncilTaxItem, CouncilTaxLink
from ledger.council_tax.rules import ItemCode, Outcome
from ledger.staging import among


class Standing(StrEnum):
    """Whether the council took the number of a link."""

    UNCHECKED = "unchecked"
    MATCHED = "matched"
    NOT_ACCEPTED = "not_accepted"


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkStatus:
    """How a link stands, and since which London day; None while nothing was answered."""

    standing: Standing
    since: date | None


NOT_CHECKED = LinkStatus(standing=Standing.UNCHECKED, since=None)
STANDINGS = {
    Outcome.APPLIED: Standing.MATCHED,
    Outcome.PARTLY: Standing.MATCHED,
    Outcome.REJECTED: Standing.NOT_ACCEPTED,
}


def link_status(session: Session, *, resident_id: UUID) -> LinkStatus:
    """How a resident's live link stands by the newest answer to what was applied through it.

    Why something was rejected is not told apart: it would tell of debt, or of whose the home is.
    """
    return link_statuses(session, resident_ids=[resident_id]).get(resident_id, NOT_CHECKED)


def link_statuses(session: Session, *, resident_ids: Collection[UUID]) -> dict[UUID, LinkStatus]:
    """How the live links of these residents stand; nothing of those who have none."""
    linked = select(CouncilTaxLink.resident_id).where(
        among(CouncilTaxLink.resident_id, resident_ids), CouncilTaxLink.ended_at.is_(None)
    )
    found = dict.fromkeys(session.execute(linked).scalars(), NOT_CHECKED)
    answered = (
        select(CouncilTaxLink.resident_id, CouncilTaxAnswerLine.outcome, CouncilTaxAnswer.taken_at)
        .join(CouncilTaxItem, CouncilTaxItem.link_id == CouncilTaxLink.id)
        .join(CouncilTaxAnswerLine, CouncilTaxAnswerLine.item_id == CouncilTaxItem.id)
        .join(CouncilTaxAnswer, CouncilTaxAnswer.id == CouncilTaxAnswerLine.answer_id)
        .where(among(CouncilTaxLink.resident_id, resident_ids), CouncilTaxLink.ended_at.is_(None))
        .where(CouncilTaxItem.code == ItemCode.REDUCTION, CouncilTaxAnswerLine.outcome.in_(list(STANDINGS)))
        .order_by(CouncilTaxAnswer.taken_at, CouncilTaxItem.id)
    )
    for row in session.execute(answered):
        found[row.resident_id] = LinkStatus(standing=STANDINGS[row.outcome], since=london_date(row.taken_at))
    return found
