"""Violations of council tax, each written straight into the tables: it says what a check must then find."""

import hashlib
from datetime import date
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from ledger.book.models import Account, Transfer
from ledger.council_tax.exchange_models import CouncilTaxAnswer, CouncilTaxAnswerLine, CouncilTaxRelease
from ledger.council_tax.models import CouncilTaxBatch, CouncilTaxItem
from ledger.identifiers import to_text
from ledger.wallets.models import CapUse
from tests.book.town import NOON, new_id
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


def an_item_on_no_line_of_its_batch(session: Session, books: Books) -> tuple[str, str]:
    session.execute(update(CouncilTaxItem).where(CouncilTaxItem.id == books.batched).values(line=7))
    return "I-14", f"council-tax item {to_text(books.batched)}"


def a_file_that_left_without_a_release(session: Session, books: Books) -> tuple[str, str]:
    session.execute(update(CouncilTaxBatch).values(state="released"))
    return "I-14", "batch 000001"


def a_file_that_left_without_two_officers(session: Session, books: Books) -> tuple[str, str]:
    session.execute(update(CouncilTaxBatch).values(state="released"))
    batch_id = session.execute(select(CouncilTaxBatch.id)).scalar_one()
    session.execute(insert(CouncilTaxRelease).values(batch_id=batch_id, released_at=NOON))
    return "I-14", "batch 000001"


def a_reduction_that_no_cap_counts(session: Session, books: Books) -> tuple[str, str]:
    counted = (CapUse.owner_id == books.resident_id, CapUse.cap == "council_tax_a_year")
    session.execute(update(CapUse).where(*counted).values(used=999))
    return "I-15", f"council-tax item {to_text(books.batched)}"


def a_reduction_decided_without_its_postings(session: Session, books: Books) -> tuple[str, str]:
    answer_id = _answer(session)
    row = {"answer_id": answer_id, "line": 1, "item_id": books.batched, "outcome": "R", "code": "D01", "amount": 0}
    session.execute(insert(CouncilTaxAnswerLine).values(**row))
    session.execute(update(CouncilTaxItem).where(CouncilTaxItem.id == books.batched).values(state="refused"))
    return "I-16", f"council-tax item {to_text(books.batched)}"


def an_answer_of_too_few_lines(session: Session, books: Books) -> tuple[str, str]:
    _answer(session)
    return "I-16", "batch 000001"


def _answer(session: Session) -> UUID:
    answer_id = new_id()
    batch_id = session.execute(select(CouncilTaxBatch.id)).scalar_one()
    row = {"id": answer_id, "kind": "CTR", "sequence": 1, "batch_id": batch_id, "code": "F00", "digest": b"1"}
    kept = {"file_bytes": b"H", "taken_at": NOON, "taken_by": "test"}
    session.execute(insert(CouncilTaxAnswer).values(**row, **kept))
    return answer_id


VIOLATIONS: tuple[Violation, ...] = tuple(
    value for name, value in list(globals().items()) if name.startswith(("a_", "an_", "more_"))
)
