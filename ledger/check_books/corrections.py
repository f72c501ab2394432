"""Checks of corrections: a reversal mirrors its original once, and what was returned is what cites the original."""

from collections.abc import Iterator

from sqlalchemy import Subquery, func, literal, or_, select, union_all
from sqlalchemy.orm import Session, aliased

from ledger.book.models import Transaction, Transfer
from ledger.check_books.findings import Finding, first, named
from ledger.check_books.sums import total
from ledger.council_tax.models import CouncilTaxItem
from ledger.earning.models import Award
from ledger.money import format_amount
from ledger.redemption.models import Redemption


def reversals_mirror_their_originals(session: Session) -> Iterator[Finding]:
    """I-27: a reversal has each transfer of its original turned round, and no other."""
    done = select(
        Transaction.id, Transfer.debit_account, Transfer.credit_account, Transfer.amount, literal(1).label("count")
    ).join(Transfer, Transfer.transaction_id == Transaction.id)
    due = select(Transaction.id, Transfer.credit_account, Transfer.debit_account, Transfer.amount, literal(-1)).join(
        Transfer, Transfer.transaction_id == Transaction.reverses
    )
    both = union_all(done.where(Transaction.reverses.is_not(None)), due).subquery("both")
    query = (
        select(both.c.id)
        .group_by(both.c.id, both.c.debit_account, both.c.credit_account, both.c.amount)
        .having(total(both.c.count) != 0)
        .order_by(both.c.id)
    )
    if row := first(session, query):
        message = "is not the mirror of the transaction it reverses"
        yield Finding(id="I-27", subject=named("transaction", row.id), message=message)


def nothing_is_reversed_twice(session: Session) -> Iterator[Finding]:
    """I-27: a transaction is reversed once at most, and a reversal is not reversed itself."""
    original = aliased(Transaction)
    query = (
        select(original.id)
        .join(Transaction, Transaction.reverses == original.id)
        .group_by(original.id, original.reverses)
        .having(or_(func.count() > 1, original.reverses.is_not(None)))
        .order_by(original.id)
    )
    if row := first(session, query):
        message = "was reversed more than once, or is a reversal itself"
        yield Finding(id="I-27", subject=named("transaction", row.id), message=message)


def returned_equals_what_cites_it(session: Session) -> Iterator[Finding]:
    """I-27: what was returned of a redemption, an award or an item is what cites its transaction, within its amount."""
    cited = _cited()
    returned = func.coalesce(cited.c.amount, 0)
    kinds = (("redemption", Redemption), ("council-tax item", CouncilTaxItem), ("award", Award))
    for kind, model in kinds:
        query = (
            select(model.id, model.amount, model.returned, returned.label("cited"))
            .join(cited, cited.c.corrects == model.transaction_id, isouter=True)
            .where(or_(model.returned > model.amount, model.returned != returned))
            .order_by(model.id)
        )
        if row := first(session, query):
            said = f"says {format_amount(row.returned)} of {format_amount(row.amount)} was returned"
            message = f"{said}, what cites it comes to {format_amount(int(row.cited))}"
            yield Finding(id="I-27", subject=named(kind, row.id), message=message)


def nothing_gives_back_more_than_it_took(session: Session) -> Iterator[Finding]:
    """I-27: what cites a transaction comes to no more than that moved."""
    cited = _cited()
    query = (
        select(cited.c.corrects, cited.c.amount, total(Transfer.amount).label("moved"))
        .join(Transfer, Transfer.transaction_id == cited.c.corrects, isouter=True)
        .group_by(cited.c.corrects, cited.c.amount)
        .having(cited.c.amount > total(Transfer.amount))
        .order_by(cited.c.corrects)
    )
    if row := first(session, query):
        message = f"moved {format_amount(int(row.moved))}, what cites it comes to {format_amount(int(row.amount))}"
        yield Finding(id="I-27", subject=named("transaction", row.corrects), message=message)


def _cited() -> Subquery:
    """What the transactions that cite another in `corrects` come to, for each cited."""
    return (
        select(Transaction.corrects, total(Transfer.amount).label("amount"))
        .join(Transfer, Transfer.transaction_id == Transaction.id)
        .where(Transaction.corrects.is_not(None))
        .group_by(Transaction.corrects)
        .subquery("cited")
    )
