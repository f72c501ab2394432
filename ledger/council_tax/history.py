"""What happened to a batch and when: who approved and released it, how it was answered, whether it was sent back."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from ledger.council_tax.answer_codes import refuses_all
from ledger.council_tax.exchange_models import CouncilTaxAnswer, CouncilTaxRebuild, CouncilTaxRelease
from ledger.council_tax.models import CouncilTaxBatch
from ledger.council_tax.queries import batch
from ledger.council_tax.release import approval_of
from ledger.council_tax.rules import BatchState
from ledger.people.models import Officer, Proposal


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchHistory:
    """Instants are None, and names empty, of what has not been; `refused_with` is the code of a refusal."""

    approved_by: str = ""
    approved_at: datetime | None = None
    released_by: str = ""
    released_at: datetime | None = None
    answered_at: datetime | None = None
    refused_with: str = ""
    sent_back_at: datetime | None = None


NO_HISTORY = BatchHistory()


def history_of(session: Session, *, sequence: int) -> BatchHistory:
    """What happened to a batch so far. Raises NotFound."""
    approval = approval_of(session, batch(session, sequence=sequence))
    checker = aliased(Officer)
    query = (
        select(
            CouncilTaxRelease.released_at,
            checker.name.label("released_by"),
            CouncilTaxAnswer.taken_at,
            CouncilTaxAnswer.code,
            CouncilTaxRebuild.rebuilt_at,
        )
        .select_from(CouncilTaxBatch)
        .join(CouncilTaxRelease, CouncilTaxRelease.batch_id == CouncilTaxBatch.id, isouter=True)
        .join(Proposal, Proposal.id == CouncilTaxRelease.proposal_id, isouter=True)
        .join(checker, checker.id == Proposal.checker_id, isouter=True)
        .join(CouncilTaxAnswer, CouncilTaxAnswer.batch_id == CouncilTaxBatch.id, isouter=True)
        .join(CouncilTaxRebuild, CouncilTaxRebuild.batch_id == CouncilTaxBatch.id, isouter=True)
        .where(CouncilTaxBatch.sequence == sequence)
    )
    row = session.execute(query).one()
    return BatchHistory(
        approved_by=approval.maker_name if approval else "",
        approved_at=approval.made_at if approval else None,
        released_by=row.released_by or "",
        released_at=row.released_at,
        answered_at=row.taken_at,
        refused_with=row.code if row.code is not None and refuses_all(row.code) else "",
        sent_back_at=row.rebuilt_at,
    )


def awaited(session: Session) -> dict[int, datetime]:
    """When each file was released that is not accounted for by an answer yet, by its sequence."""
    query = (
        select(CouncilTaxBatch.sequence, CouncilTaxRelease.released_at)
        .join(CouncilTaxRelease, CouncilTaxRelease.batch_id == CouncilTaxBatch.id)
        .where(CouncilTaxBatch.state.in_((BatchState.RELEASED, BatchState.ANSWERED)))
    )
    return {row.sequence: row.released_at for row in session.execute(query)}
