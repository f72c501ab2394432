"""Violations of council tax, each written straight into the tables: it says what a check must then find."""

import hashlib
from datetime import date

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from ledger.book.models import Account, Transfer
from ledger.council_tax.models import CouncilTaxBatch, CouncilTaxItem
from ledger.identifiers import to_text
from tests.check_books.books import Books, Violation, empty_transaction


def an_item_of_another_amount_than_its_posting(session: Session, books: Books) -> tuple[str, str]:
    session.execute(update(CouncilTaxItem).where(CouncilTaxItem.id == books.batched).values(amount=1001))
    return "I-13", f"council-tax item {to_text(books.batched)}"


def an_item_that_left_without_posting(session: Session, books: Books) -> tuple[str, str]:
    session.execute(update(CouncilTaxItem).where(CouncilTaxItem.id == books.batched).values(transaction_id=None))
    return "I-13", f"council-tax item {to_text(books.batched)}"


def a_posting_of_no_item(session: Session, books: Books) -> tuple[str, str]:
    transaction_id = empty_transaction(session)
    in_transit = select(Account.id).where(Account.kind == "council_tax_in_transit").scalar_subquery()
    row = {"transaction_id": transaction_id, "line": 1, "debit_account": books.purse, "amount": 5}
    session.execute(insert(Transfer).values(**row, credit_account=in_transit))
    return "I-13", f"transaction {to_text(transaction_id)}"


def an_item_that_is_no_longer_on_the_way(session: Session, books: Books) -> tuple[str, str]:
    session.execute(update(CouncilTaxItem).where(CouncilTaxItem.id == books.batched).values(state="applied"))
    owner = session.execute(select(Account.owner_id).where(Account.kind == "council_tax_in_transit")).scalar_one()
    return "I-13", f"financial year {to_text(owner)}"


def a_file_with_other_bytes(session: Session, books: Books) -> tuple[str, str]:
    content = session.execute(select(CouncilTaxBatch.file_bytes)).scalar_one()
    assert content is not None
    session.execute(update(CouncilTaxBatch).values(file_bytes=content.replace(b",1000,", b",9000,")))
    return "I-14", "batch 000001"


def a_file_and_digest_that_say_otherwise(session: Session, books: Books) -> tuple[str, str]:
    content = session.execute(select(CouncilTaxBatch.file_bytes)).scalar_one()
    assert content is not None
    other = content.replace(b",1000,", b",9000,")
    session.execute(update(CouncilTaxBatch).values(file_bytes=other, digest=hashlib.sha256(other).digest()))
    return "I-14", "batch 000001"


def a_batch_of_another_total(session: Session, books: Books) -> tuple[str, str]:
    session.execute(update(CouncilTaxBatch).values(reductions=9000))
    return "I-14", "batch 000001"


def a_gap_in_the_sequence(session: Session, books: Books) -> tuple[str, str]:
    session.execute(update(CouncilTaxBatch).values(sequence=3))
    return "I-14", "batch 000003"


def an_item_of_two_financial_years(session: Session, books: Books) -> tuple[str, str]:
    item = CouncilTaxItem.id == books.batched
    session.execute(update(CouncilTaxItem).where(item).values(effective_to=date(2027, 4, 1)))
    reference = session.execute(select(CouncilTaxItem.reference).where(item)).scalar_one()
    return "I-23", f"council-tax item {reference}"


VIOLATIONS: tuple[Violation, ...] = tuple(
    value for name, value in list(globals().items()) if name.startswith(("a_", "an_", "more_"))
)
