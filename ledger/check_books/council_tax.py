"""Checks of council tax: every penny exported has its posting, every file equals its batch, its days its year."""

import hashlib
from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Subquery, and_, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from ledger.book.models import Account, Transaction, Transfer
from ledger.check_books.findings import Finding, each, first, named
from ledger.check_books.sums import account_sums, total
from ledger.council_tax.models import CouncilTaxBatch, CouncilTaxItem, CouncilTaxLine
from ledger.council_tax.rules import BatchState, ItemCode, ItemState
from ledger.identifiers import named_id
from ledger.money import format_amount

IN_TRANSIT = "council_tax_in_transit"
NOT_EXPORTED = (ItemState.HELD, ItemState.CANCELLED)
ON_THE_WAY = (ItemState.BATCHED, ItemState.SENT, ItemState.DEFERRED)


def items_have_their_postings(session: Session) -> Iterator[Finding]:
    """I-13: every reduction that left has one posting of its amount in transit and one batch; nothing else has.

    Of what was undone, since its file was refused, nothing stands.
    """
    posted = _posted()
    left = CouncilTaxItem.state.not_in(NOT_EXPORTED)
    whole = and_(CouncilTaxItem.batch_id.is_not(None), posted.c.amount == CouncilTaxItem.amount)
    item = (
        select(CouncilTaxItem.id, CouncilTaxItem.amount, func.coalesce(posted.c.amount, 0).label("posted"))
        .join(posted, posted.c.transaction_id == CouncilTaxItem.transaction_id, isouter=True)
        .where(CouncilTaxItem.code == ItemCode.REDUCTION)
        .where(or_(left & ~func.coalesce(whole, False), ~left & posted.c.amount.is_not(None)))
        .order_by(CouncilTaxItem.id)
    )
    if row := first(session, item):
        message = f"is for {format_amount(row.amount)}, its posting is of {format_amount(int(row.posted))}"
        yield Finding(id="I-13", subject=named("council-tax item", row.id), message=message)
    undone = aliased(Transaction)
    stray = (
        select(posted.c.transaction_id)
        .join(CouncilTaxItem, CouncilTaxItem.transaction_id == posted.c.transaction_id, isouter=True)
        .join(undone, undone.reverses == posted.c.transaction_id, isouter=True)
        .where(CouncilTaxItem.id.is_(None), undone.id.is_(None))
        .order_by(posted.c.transaction_id)
    )
    if row := first(session, stray):
        message = "puts credits in transit for no council-tax item"
        yield Finding(id="I-13", subject=named("transaction", row.transaction_id), message=message)


def _posted() -> Subquery:
    """What each transaction put in transit."""
    return (
        select(Transfer.transaction_id, total(Transfer.amount).label("amount"))
        .join(Account, Account.id == Transfer.credit_account)
        .where(Account.kind == IN_TRANSIT)
        .group_by(Transfer.transaction_id)
        .subquery("posted")
    )


def in_transit_equals_items(session: Session) -> Iterator[Finding]:
    """I-13: what is in transit for a financial year is the sum of its reductions batched, sent or deferred."""
    expected = select(CouncilTaxItem.financial_year, total(CouncilTaxItem.amount).label("amount"))
    on_the_way = expected.where(CouncilTaxItem.code == ItemCode.REDUCTION, CouncilTaxItem.state.in_(ON_THE_WAY))
    rows = session.connection().execute(on_the_way.group_by(CouncilTaxItem.financial_year))
    items = {named_id("financial-year", str(row.financial_year)): int(row.amount) for row in rows}
    sums = account_sums()
    query = select(Account.owner_id, (sums.c.credited - sums.c.debited).label("balance"))
    accounts = query.join(sums, sums.c.account_id == Account.id).where(Account.kind == IN_TRANSIT)
    stands = {row.owner_id: int(row.balance) for row in session.connection().execute(accounts)}
    for year in sorted(items.keys() | stands.keys()):
        if items.get(year, 0) != stands.get(year, 0):
            difference = format_amount(stands.get(year, 0) - items.get(year, 0))
            message = f"what is in transit differs from its items by {difference}"
            yield Finding(id="I-13", subject=named("financial year", year), message=message)
            return


def batches_equal_their_lines(session: Session) -> Iterator[Finding]:
    """I-14: a batch's count and totals are those of its lines, which are 1…n without a gap."""
    reduces = CouncilTaxItem.code == ItemCode.REDUCTION
    lines = (
        select(
            CouncilTaxLine.batch_id,
            func.count().label("lines"),
            func.max(CouncilTaxLine.line).label("most"),
            _amount_where(reduces).label("reductions"),
            _amount_where(~reduces).label("reversals"),
        )
        .join(CouncilTaxItem, CouncilTaxItem.id == CouncilTaxLine.item_id)
        .where(CouncilTaxLine.taken_out_at.is_(None))
        .group_by(CouncilTaxLine.batch_id)
        .subquery("lines")
    )
    pairs = (
        (CouncilTaxBatch.lines, lines.c.lines),
        (CouncilTaxBatch.lines, lines.c.most),
        (CouncilTaxBatch.reductions, lines.c.reductions),
        (CouncilTaxBatch.reversals, lines.c.reversals),
    )
    query = (
        select(CouncilTaxBatch.sequence)
        .join(lines, lines.c.batch_id == CouncilTaxBatch.id, isouter=True)
        .where(or_(*(said != func.coalesce(counted, 0) for said, counted in pairs)))
        .order_by(CouncilTaxBatch.sequence)
    )
    if row := first(session, query):
        message = "its count or totals are not those of its items"
        yield Finding(id="I-14", subject=f"batch {row.sequence:06d}", message=message)


def items_stand_on_their_lines(session: Session) -> Iterator[Finding]:
    """I-14: an item that is on its way stands on a line of the batch that it says it is in."""
    same = (CouncilTaxLine.batch_id == CouncilTaxItem.batch_id) & (CouncilTaxLine.line == CouncilTaxItem.line)
    query = (
        select(CouncilTaxItem.id)
        .join(CouncilTaxLine, same & (CouncilTaxLine.item_id == CouncilTaxItem.id), isouter=True)
        .where(CouncilTaxItem.batch_id.is_not(None), CouncilTaxLine.item_id.is_(None))
        .order_by(CouncilTaxItem.id)
    )
    if row := first(session, query):
        message = "is in a batch that has no such line"
        yield Finding(id="I-14", subject=named("council-tax item", row.id), message=message)


def _amount_where(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return total(case((condition, CouncilTaxItem.amount), else_=0))


def files_equal_their_batches(session: Session) -> Iterator[Finding]:
    """I-14: a batch's stored file has the digest, the count and the totals that the batch says."""
    query = select(CouncilTaxBatch.__table__).order_by(CouncilTaxBatch.sequence)
    for row in each(session, query, at_a_time=20):
        if row.state == BatchState.OPEN or not _file_is_right(row):
            message = "its file has another digest, count or total than the batch"
            yield Finding(id="I-14", subject=f"batch {row.sequence:06d}", message=message)
            return


def _file_is_right(row: Any) -> bool:
    content = bytes(row.file_bytes)
    if hashlib.sha256(content).digest() != bytes(row.digest):
        return False
    try:
        return _counted(content) == (row.lines, row.reductions, row.reversals, row.hash_total)
    except (ValueError, IndexError):
        return False


def _counted(content: bytes) -> tuple[int, int, int, str]:
    """Count, pence off, pence put back and hash total of a CTX 1 file, counted anew and as its trailer says.

    Raises ValueError or IndexError where it is no such file, or the two differ.
    """
    body, _, end = content[:-2].rpartition(b"\r\n")
    body += b"\r\n"
    details = [line.split(",") for line in body.decode("ascii").split("\r\n") if line.startswith("D,")]
    reductions = sum(int(fields[11]) for fields in details if fields[2] == "RED")
    reversals = sum(int(fields[11]) for fields in details if fields[2] != "RED")
    hashed = sum(int(fields[5] + (fields[6] if fields[6].isdigit() else "")) for fields in details) % 10**12
    pence = f"{reductions},{reversals},{reductions - reversals}"
    trailer = f"T,{len(details):06d},{pence},{hashed:012d},{hashlib.sha256(body).hexdigest()}"
    if trailer.encode("ascii") != end:
        raise ValueError("the trailer says otherwise")
    return len(details), reductions, reversals, f"{hashed:012d}"


def batches_are_in_sequence(session: Session) -> Iterator[Finding]:
    """I-14: batches are numbered from 1 without a gap, a later number for a later business date."""
    before = func.lag(CouncilTaxBatch.business_date).over(order_by=CouncilTaxBatch.sequence)
    place = func.row_number().over(order_by=CouncilTaxBatch.sequence)
    dated = select(
        CouncilTaxBatch.sequence, CouncilTaxBatch.business_date, place.label("place"), before.label("before")
    ).subquery("dated")
    broken = or_(dated.c.sequence != dated.c.place, dated.c.business_date <= dated.c.before)
    if row := first(session, select(dated.c.sequence).where(broken).order_by(dated.c.sequence)):
        message = "does not follow the batch before it in number and business date"
        yield Finding(id="I-14", subject=f"batch {row.sequence:06d}", message=message)


def items_stay_in_their_year(session: Session) -> Iterator[Finding]:
    """I-23: an item that left reduces days of one financial year, from 1 April to 31 March."""
    days = (CouncilTaxItem.financial_year, CouncilTaxItem.effective_from, CouncilTaxItem.effective_to)
    query = select(func.min(CouncilTaxItem.reference).label("reference"), *days)
    left = query.where(CouncilTaxItem.state.not_in(NOT_EXPORTED)).group_by(*days).order_by(*days)
    for row in session.connection().execute(left):
        if row.financial_year is None or not _in_year(row.financial_year, row.effective_from, row.effective_to):
            message = f"reduces days outside the financial year {row.financial_year}"
            yield Finding(id="I-23", subject=f"council-tax item {row.reference}", message=message)
            return


def _in_year(year: int, first_day: date, last_day: date) -> bool:
    return date(year, 4, 1) <= first_day <= last_day <= date(year + 1, 3, 31)
