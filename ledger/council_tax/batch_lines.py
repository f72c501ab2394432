"""The lines of a night's file as officers read them: the largest, or all of them in the file's order."""

from typing import Any

from sqlalchemy import Select, case, exists, func, select
from sqlalchemy.orm import Session, aliased

from ledger.council_tax.models import CouncilTaxBatch, CouncilTaxItem, CouncilTaxLine, CouncilTaxLink
from ledger.council_tax.rules import ItemCode, ItemState, Reason
from ledger.council_tax.views import BatchLine


def largest_lines(session: Session, *, sequence: int, most: int) -> list[BatchLine]:
    """The lines of a batch that move most, the largest first."""
    query = _lines(sequence).order_by(CouncilTaxItem.amount.desc(), CouncilTaxLine.line).limit(most)
    return [_line(*row) for row in session.execute(query)]


def lines_after(session: Session, *, sequence: int, after: int, most: int) -> list[BatchLine]:
    """The lines of a batch that come after that one, in the file's order, `most` of them."""
    query = _lines(sequence).where(CouncilTaxLine.line > after).order_by(CouncilTaxLine.line).limit(most)
    return [_line(*row) for row in session.execute(query)]


def new_accounts(session: Session, *, sequence: int) -> int:
    """How many council-tax accounts of a batch no earlier batch held."""
    seen_first = select(CouncilTaxLink.account_ref, func.min(CouncilTaxBatch.sequence).label("sequence"))
    query = (
        seen_first.join(CouncilTaxItem, CouncilTaxItem.link_id == CouncilTaxLink.id)
        .join(CouncilTaxLine, (CouncilTaxLine.item_id == CouncilTaxItem.id) & CouncilTaxLine.taken_out_at.is_(None))
        .join(CouncilTaxBatch, CouncilTaxBatch.id == CouncilTaxLine.batch_id)
        .group_by(CouncilTaxLink.account_ref)
        .having(func.min(CouncilTaxBatch.sequence) == sequence)
        .subquery()
    )
    return session.execute(select(func.count()).select_from(query)).scalar_one()


def _lines(sequence: int) -> Select[*tuple[Any, ...]]:
    earlier, earlier_item, earlier_link = aliased(CouncilTaxLine), aliased(CouncilTaxItem), aliased(CouncilTaxLink)
    earlier_batch = aliased(CouncilTaxBatch)
    seen = exists().where(
        earlier_link.account_ref == CouncilTaxLink.account_ref,
        earlier_item.link_id == earlier_link.id,
        earlier.item_id == earlier_item.id,
        earlier.taken_out_at.is_(None),
        earlier.batch_id == earlier_batch.id,
        earlier_batch.sequence < sequence,
    )
    return (
        select(CouncilTaxLine.line, CouncilTaxItem, CouncilTaxLink, case((seen, 0), else_=1).label("new_account"))
        .join(CouncilTaxItem, CouncilTaxItem.id == CouncilTaxLine.item_id)
        .join(CouncilTaxLink, CouncilTaxLink.id == CouncilTaxItem.link_id)
        .join(CouncilTaxBatch, CouncilTaxBatch.id == CouncilTaxLine.batch_id)
        .where(CouncilTaxBatch.sequence == sequence, CouncilTaxLine.taken_out_at.is_(None))
    )


def _line(line: int, row: CouncilTaxItem, link: CouncilTaxLink, new_account: int) -> BatchLine:
    return BatchLine(
        line=line,
        reference=row.reference,
        state=ItemState(row.state),
        code=ItemCode(row.code),
        reason=Reason(row.reason),
        amount=row.amount,
        account_ref=link.account_ref,
        check_character=link.check_character,
        new_account=bool(new_account),
    )
