"""Checks of the exchange with the revenues system: what was answered is what was posted, and counts in the caps."""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Subquery, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from ledger.book.models import Account, Transfer
from ledger.check_books.findings import Finding, each, first, named
from ledger.check_books.sums import total
from ledger.council_tax.exchange_models import CouncilTaxAnswer, CouncilTaxAnswerLine, CouncilTaxRelease
from ledger.council_tax.models import CouncilTaxBatch, CouncilTaxItem, CouncilTaxLink
from ledger.council_tax.rules import BatchState, ItemCode, ItemState, Outcome
from ledger.identifiers import named_id
from ledger.money import format_amount
from ledger.wallets.models import CapUse

A_YEAR = "council_tax_a_year"
FINAL = (ItemState.APPLIED, ItemState.PARTLY_APPLIED, ItemState.REFUSED, ItemState.CLAWED_BACK)
OUT = (BatchState.RELEASED, BatchState.ANSWERED, BatchState.RECONCILED)


def reductions_count_in_their_caps(session: Session) -> Iterator[Finding]:
    """I-15: what an account's reductions of a year come to, less what went back, is what its cap counts; never below 0.

    The cap itself holds when it is counted; here it is shown that nothing reduces a bill uncounted.
    """
    counted = {
        (row.owner_id, row.period_starts_on): int(row.used)
        for row in each(
            session, select(CapUse.owner_id, CapUse.period_starts_on, CapUse.used).where(CapUse.cap == A_YEAR)
        )
    }
    stands: Counter[tuple[UUID, date]] = Counter()
    subjects: dict[tuple[UUID, date], str] = {}
    for row in each(session, _live_reductions()):
        year = date(row.leaves_on.year - (row.leaves_on < date(row.leaves_on.year, 4, 1)), 4, 1)
        for owner_id in (named_id("council-tax-account", row.account_ref), row.resident_id):
            stands[owner_id, year] += row.amount - row.returned
            subjects.setdefault((owner_id, year), named("council-tax item", row.id))
    for key in sorted(stands.keys() | counted.keys()):
        if stands[key] != counted.get(key, 0):
            said = f"reductions of {key[1].year} come to {format_amount(stands[key])}"
            message = f"{said}, the cap counts {format_amount(counted.get(key, 0))}"
            yield Finding(id="I-15", subject=subjects.get(key, named("owner", key[0])), message=message)
            return


def _live_reductions() -> Any:
    item = CouncilTaxItem
    return (
        select(item.id, item.amount, item.returned, item.leaves_on, item.resident_id, CouncilTaxLink.account_ref)
        .join(CouncilTaxLink, CouncilTaxLink.id == item.link_id)
        .where(item.code == ItemCode.REDUCTION, item.state != ItemState.CANCELLED)
        .order_by(item.id)
    )


def decided_items_are_accounted_for(session: Session) -> Iterator[Finding]:
    """I-16: what left of a reduction that was decided is what was applied and what went back, by its own postings."""
    line, item = CouncilTaxAnswerLine, CouncilTaxItem
    applied, returned = _posted("council_tax_in_transit", "council_tax_applied"), _posted("council_tax_in_transit", "")
    query = (
        select(item.id)
        .join(line, and_(line.item_id == item.id, line.outcome.in_(("A", "P", "R"))), isouter=True)
        .join(applied, applied.c.transaction_id == line.applied_id, isouter=True)
        .join(returned, returned.c.transaction_id == line.returned_id, isouter=True)
        .where(item.code == ItemCode.REDUCTION, item.state.in_(FINAL))
        .where(
            or_(
                line.item_id.is_(None),
                func.coalesce(applied.c.amount, 0) != line.amount,
                func.coalesce(applied.c.amount, 0) + func.coalesce(returned.c.amount, 0) != item.amount,
                and_(line.outcome == Outcome.REJECTED, line.returned_id.is_(None)),
            )
        )
        .order_by(item.id)
    )
    if row := first(session, query):
        message = "its answer and its postings do not account for all that left of it"
        yield Finding(id="I-16", subject=named("council-tax item", row.id), message=message)


def _posted(debited: str, credited: str) -> Subquery:
    """What each transaction moved from one kind of account to another; "" is a purse, or what ended."""
    source, target = aliased(Account), aliased(Account)
    into = target.kind == credited if credited else target.kind.in_(("purse", "expired"))
    return (
        select(Transfer.transaction_id, total(Transfer.amount).label("amount"))
        .join(source, source.id == Transfer.debit_account)
        .join(target, target.id == Transfer.credit_account)
        .where(source.kind == debited, into)
        .group_by(Transfer.transaction_id)
        .subquery()
    )


def answers_are_whole(session: Session) -> Iterator[Finding]:
    """I-16: an answer that took a batch in says something of every line of it, once."""
    lines = (
        select(CouncilTaxAnswerLine.answer_id, func.count().label("lines"))
        .group_by(CouncilTaxAnswerLine.answer_id)
        .subquery("lines")
    )
    query = (
        select(CouncilTaxBatch.sequence)
        .join(CouncilTaxAnswer, CouncilTaxAnswer.batch_id == CouncilTaxBatch.id)
        .join(lines, lines.c.answer_id == CouncilTaxAnswer.id, isouter=True)
        .where(CouncilTaxAnswer.code.in_(("F00", "F02")))
        .where(func.coalesce(lines.c.lines, 0) != CouncilTaxBatch.lines)
        .order_by(CouncilTaxBatch.sequence)
    )
    if row := first(session, query):
        message = "was answered for another number of lines than it has"
        yield Finding(id="I-16", subject=f"batch {row.sequence:06d}", message=message)


def files_left_by_release(session: Session) -> Iterator[Finding]:
    """I-14: a file left by a release, in sequence; and one with lines by what two officers agreed on."""
    query = (
        select(CouncilTaxBatch.sequence)
        .join(CouncilTaxRelease, CouncilTaxRelease.batch_id == CouncilTaxBatch.id, isouter=True)
        .where(
            or_(
                CouncilTaxBatch.state.in_(OUT) != CouncilTaxRelease.batch_id.is_not(None),
                and_(
                    CouncilTaxBatch.lines > 0, CouncilTaxBatch.state.in_(OUT), CouncilTaxRelease.proposal_id.is_(None)
                ),
            )
        )
        .order_by(CouncilTaxBatch.sequence)
    )
    if row := first(session, query):
        message = "left without the release that it needs, or was released and did not leave"
        yield Finding(id="I-14", subject=f"batch {row.sequence:06d}", message=message)
