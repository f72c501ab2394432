"""Reconcile an answered batch: what was sent equals what was applied, what went back and what was deferred."""

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, select, update
from sqlalchemy.orm import Session

from ledger.book.models import Transaction, Transfer
from ledger.council_tax.exchange_models import CouncilTaxAnswer, CouncilTaxAnswerLine
from ledger.council_tax.models import CouncilTaxBatch, CouncilTaxItem, CouncilTaxLine
from ledger.council_tax.queries import batch
from ledger.council_tax.rules import BatchState, ItemCode, Outcome
from ledger.money import Amount


def reconcile(session: Session, *, sequence: int) -> bool:
    """Move an answered batch to `reconciled` where the books agree, pennies equal; whether it is now. Raises NotFound.

    What was applied and what went back is summed from the transfers themselves, not from what the answer said.
    """
    found = batch(session, sequence=sequence)
    if found.state != BatchState.ANSWERED:
        return found.state == BatchState.RECONCILED
    if accounted_for(session, sequence=sequence) != (found.lines, found.reductions):
        return False
    this = update(CouncilTaxBatch).where(
        CouncilTaxBatch.sequence == sequence, CouncilTaxBatch.state == BatchState.ANSWERED
    )
    session.connection().execute(this.values(state=BatchState.RECONCILED.value))
    return True


def accounted_for(session: Session, *, sequence: int) -> tuple[int, Amount]:
    """How many lines of an answered batch are accounted for, and what their reductions come to in pence.

    A line is by what its answer said; or by its file being refused whole, and the books having undone it.
    """
    row = session.execute(_answered(sequence)).one()
    if row.lines:
        return row.lines, int(row.moved) + int(row.deferred)
    undone = session.execute(_undone(sequence)).one()
    return undone.lines, int(undone.moved)


def _answered(sequence: int) -> Select[*tuple[object, ...]]:
    line = CouncilTaxAnswerLine
    reduces = CouncilTaxItem.code == ItemCode.REDUCTION
    moved = (
        select(func.coalesce(func.sum(Transfer.amount), 0))
        .where(Transfer.transaction_id.in_([line.applied_id, line.returned_id]))
        .correlate(line)
        .scalar_subquery()
    )
    return (
        select(
            func.count().label("lines"),
            _sum(reduces, moved).label("moved"),
            _sum(and_(reduces, line.outcome == Outcome.DEFERRED), CouncilTaxItem.amount).label("deferred"),
        )
        .select_from(line)
        .join(CouncilTaxAnswer, CouncilTaxAnswer.id == line.answer_id)
        .join(CouncilTaxItem, CouncilTaxItem.id == line.item_id)
        .join(CouncilTaxBatch, CouncilTaxBatch.id == CouncilTaxAnswer.batch_id)
        .where(CouncilTaxBatch.sequence == sequence)
    )


def _undone(sequence: int) -> Select[*tuple[object, ...]]:
    """Lines whose capture was reversed, and those that captured nothing; in a file that was refused, all of them."""
    undone = (
        select(func.coalesce(func.sum(Transfer.amount), 0))
        .join(Transaction, Transaction.id == Transfer.transaction_id)
        .where(Transaction.reverses == CouncilTaxLine.transaction_id)
        .correlate(CouncilTaxLine)
        .scalar_subquery()
    )
    return (
        select(func.count().label("lines"), func.coalesce(func.sum(undone), 0).label("moved"))
        .select_from(CouncilTaxLine)
        .join(CouncilTaxBatch, CouncilTaxBatch.id == CouncilTaxLine.batch_id)
        .where(CouncilTaxBatch.sequence == sequence, CouncilTaxLine.taken_out_at.is_(None))
    )


def _sum(condition: ColumnElement[bool], amount: Any) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, amount), else_=0)), 0)
