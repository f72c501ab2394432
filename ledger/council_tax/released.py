"""Mark batches released, strictly in sequence; a file with nothing in it is released without a person."""

from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from ledger.council_tax.exchange_models import CouncilTaxRelease
from ledger.council_tax.models import CouncilTaxBatch, CouncilTaxItem
from ledger.council_tax.rules import UNRELEASED, BatchState, ItemState
from ledger.errors import MoveRefused
from ledger.occasion import Occasion


def first_unreleased(session: Session) -> int | None:
    """The batch that is to be released next, by its sequence; None where all are."""
    query = select(CouncilTaxBatch.sequence).where(CouncilTaxBatch.state.in_(UNRELEASED))
    return session.execute(query.order_by(CouncilTaxBatch.sequence).limit(1)).scalar_one_or_none()


def mark_released(session: Session, *, sequence: int, proposal_id: UUID | None, occasion: Occasion) -> None:
    """Move a batch to `released` and its items `batched → sent`. Raises MoveRefused where somebody was first."""
    connection = session.connection()
    waiting = (CouncilTaxBatch.sequence == sequence, CouncilTaxBatch.state.in_(UNRELEASED))
    moved = connection.execute(update(CouncilTaxBatch).where(*waiting).values(state=BatchState.RELEASED.value))
    if not moved.rowcount:
        raise MoveRefused(kind="batch", now=BatchState.RELEASED, wanted=BatchState.RELEASED)
    columns = (CouncilTaxBatch.id, CouncilTaxBatch.lines)
    found = connection.execute(select(*columns).where(CouncilTaxBatch.sequence == sequence)).one()
    row = {"batch_id": found.id, "proposal_id": proposal_id, "released_at": occasion.now}
    connection.execute(insert(CouncilTaxRelease), row)
    batched = (CouncilTaxItem.batch_id == found.id, CouncilTaxItem.state == ItemState.BATCHED)
    sent = connection.execute(update(CouncilTaxItem).where(*batched).values(state=ItemState.SENT.value))
    assert sent.rowcount == found.lines, "every line of a batch that waits is an item that is batched"


def release_empty(session: Session, *, occasion: Occasion) -> None:
    """Release the files without lines that no earlier file keeps waiting."""
    while (sequence := first_unreleased(session)) is not None:
        lines = select(CouncilTaxBatch.lines).where(CouncilTaxBatch.sequence == sequence)
        if session.execute(lines).scalar_one():
            return
        mark_released(session, sequence=sequence, proposal_id=None, occasion=occasion)
