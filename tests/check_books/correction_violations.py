"""Violations of answers, corrections and endings, each written straight into the tables, with what must be found."""

import hashlib
import json
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from ledger.book.models import Account, AccountEvent, Balance, Request, Transaction, Transfer
from ledger.book.packs import SUMS, sums_of
from ledger.book.period_models import PeriodClosing, PeriodPackFile, PeriodTotal
from ledger.corrections.models import Correction, Dispute
from ledger.council_tax.models import CouncilTaxItem
from ledger.identifiers import to_text
from ledger.people.models import Proposal
from tests.book.town import NOON, new_id, open_rollup
from tests.check_books.books import Books, Violation


def a_key_without_the_hash_of_what_was_asked(session: Session, books: Books) -> tuple[str, str]:
    return "I-11", _request(session, digest=b"", body=b"{}")


def an_answer_that_was_not_final(session: Session, books: Books) -> tuple[str, str]:
    return "I-11", _request(session, status=429, body=b"{}")


def an_answer_of_a_redemption_that_never_was(session: Session, books: Books) -> tuple[str, str]:
    return "I-11", _request(session, body=json.dumps({"reference": "7K2M-9QF", "amount": 500}).encode())


def a_reversal_of_another_amount(session: Session, books: Books) -> tuple[str, str]:
    return "I-27", f"transaction {to_text(_transaction(session, books, amount=7, reverses=books.transaction_id))}"


def a_reversal_of_a_reversal(session: Session, books: Books) -> tuple[str, str]:
    reversal = _transaction(session, books, amount=7, reverses=books.transaction_id)
    _transaction(session, books, amount=7, reverses=reversal)
    return "I-27", f"transaction {to_text(reversal)}"


def a_return_that_nothing_posted(session: Session, books: Books) -> tuple[str, str]:
    session.execute(update(CouncilTaxItem).where(CouncilTaxItem.id == books.batched).values(returned=5))
    return "I-27", f"council-tax item {to_text(books.batched)}"


def more_given_back_than_was_taken(session: Session, books: Books) -> tuple[str, str]:
    _transaction(session, books, amount=10**6, corrects=books.transaction_id)
    return "I-27", f"transaction {to_text(books.transaction_id)}"


def an_adjustment_that_nobody_agreed_to(session: Session, books: Books) -> tuple[str, str]:
    return "I-25", f"transaction {to_text(_transaction(session, books, amount=5, kind='adjustment'))}"


def an_adjustment_reversed_by_one_alone(session: Session, books: Books) -> tuple[str, str]:
    adjusted = _transaction(session, books, amount=5, kind="adjustment")
    proposal_id = new_id()
    row = {"id": proposal_id, "reference": "7K2M-9QF", "kind": "adjustment", "content": {}, "digest": bytes(32)}
    used = {"state": "used", "maker_id": new_id(), "made_at": NOON, "checker_id": new_id(), "decided_at": NOON}
    session.execute(insert(Proposal).values(**row, **used))
    _correction(session, adjusted, kind="adjustment", proposal_id=proposal_id)
    reversal = _transaction(session, books, amount=5, kind="reversal", reverses=adjusted)
    _correction(session, reversal, kind="reversal", about=adjusted)
    return "I-25", f"transaction {to_text(reversal)}"


def a_dispute_upheld_by_a_correction_of_something_else(session: Session, books: Books) -> tuple[str, str]:
    other = _transaction(session, books, amount=5)
    correction_id = _correction(session, other, kind="reversal", about=other)
    dispute_id = new_id()
    said = {"id": dispute_id, "reference": "7K2M-9QF", "transaction_id": books.transaction_id, "reason": "Twice"}
    whose = {"resident_id": books.resident_id, "made_at": NOON, "due_on": NOON.date(), "state": "upheld"}
    answered = {"answered_at": NOON, "officer_id": new_id(), "answer": "Yes", "correction_id": correction_id}
    session.execute(insert(Dispute).values(**said, **whose, **answered))
    return "I-27", f"dispute {to_text(dispute_id)}"


def a_closed_month_that_never_was_so(session: Session, _books: Books) -> tuple[str, str]:
    row = {"id": new_id(), "month": date(2026, 10, 1), "number": 1, "closed_at": NOON, "closed_by": "test"}
    session.execute(insert(PeriodClosing).values(**row))
    total = {"closing_id": row["id"], "unit": "CR", "kind": "purse", "debited": 0, "credited": 5}
    session.execute(insert(PeriodTotal).values(**total))
    return "I-39", "month 2026-10"


def a_pack_that_is_not_what_its_digest_says(session: Session, _books: Books) -> tuple[str, str]:
    closing_id = new_id()
    row = {"id": closing_id, "month": date(2026, 9, 1), "number": 1, "closed_at": NOON, "closed_by": "test"}
    session.execute(insert(PeriodClosing).values(**row))
    kept = {"closing_id": closing_id, "name": "accounts.csv", "content": b"0.00", "digest": bytes(32), "kept_at": NOON}
    session.execute(insert(PeriodPackFile).values(**kept))
    return "I-40", f"closing {to_text(closing_id)}"


def a_pack_that_lost_a_file(session: Session, _books: Books) -> tuple[str, str]:
    closing_id = new_id()
    row = {"id": closing_id, "month": date(2026, 9, 1), "number": 1, "closed_at": NOON, "closed_by": "test"}
    session.execute(insert(PeriodClosing).values(**row))
    content = sums_of({"accounts.csv": b"0.00"})
    digest = hashlib.sha256(content).digest()
    kept = {"closing_id": closing_id, "name": SUMS, "content": content, "digest": digest, "kept_at": NOON}
    session.execute(insert(PeriodPackFile).values(**kept))
    return "I-40", f"closing {to_text(closing_id)}"


def a_closed_account_that_is_not_empty(session: Session, books: Books) -> tuple[str, str]:
    session.execute(update(Balance).where(Balance.account_id == books.purse).values(status="closed"))
    _close(session, books)
    return "I-32", f"account {books.purse}"


def an_account_closed_by_nobody(session: Session, books: Books) -> tuple[str, str]:
    emptied = {"status": "closed", "credited": Balance.debited, "held": 0}
    session.execute(update(Balance).where(Balance.account_id == books.purse).values(**emptied))
    return "I-32", f"account {books.purse}"


def an_entry_after_the_close(session: Session, books: Books) -> tuple[str, str]:
    emptied = {"status": "closed", "credited": Balance.debited, "held": 0}
    session.execute(update(Balance).where(Balance.account_id == books.purse).values(**emptied))
    _close(session, books)
    return "I-32", f"account {books.purse}"


def an_expiry_before_the_last_day(session: Session, books: Books) -> tuple[str, str]:
    expired = open_rollup(session.connection(), kind="expired")
    return "I-33", f"transaction {to_text(_transaction(session, books, amount=5, kind='expire', credit=expired))}"


def a_purchase_that_retires_credits(session: Session, books: Books) -> tuple[str, str]:
    expired = open_rollup(session.connection(), kind="expired")
    return "I-33", f"transaction {to_text(_transaction(session, books, amount=5, kind='redeem', credit=expired))}"


VIOLATIONS: tuple[Violation, ...] = tuple(
    value for name, value in list(globals().items()) if name.startswith(("a_", "an_", "more_"))
)


def _request(session: Session, *, body: bytes, status: int = 201, digest: bytes = bytes(32)) -> str:
    key = to_text(new_id())
    asked = {"principal": "test", "key": key, "route": "POST /v1/redemptions", "digest": digest, "at": NOON}
    session.execute(insert(Request).values(**asked, status=status, content_type="application/json", body=body))
    return f"request {key}"


def _transaction(
    session: Session,
    books: Books,
    *,
    amount: int,
    kind: str = "move",
    credit: int | None = None,
    reverses: UUID | None = None,
    corrects: UUID | None = None,
) -> UUID:
    """A transaction of one transfer from the purse, without its entry."""
    issuance = select(Account.id).where(Account.kind == "issuance").scalar_subquery()
    row = {"id": new_id(), "kind": kind, "effective_on": NOON.date(), "posted_at": NOON, "actor": "test"}
    cites = {"reverses": reverses, "corrects": corrects}
    session.execute(insert(Transaction).values(**row, **cites, narrative="", details={}))
    sides = {"debit_account": books.purse, "credit_account": credit or issuance}
    session.execute(insert(Transfer).values(transaction_id=row["id"], line=1, amount=amount, **sides))
    return row["id"]  # type: ignore[return-value]  # the row is of several types


def _correction(
    session: Session, transaction_id: UUID, *, kind: str, about: UUID | None = None, proposal_id: UUID | None = None
) -> UUID:
    row = {"id": new_id(), "kind": kind, "transaction_id": transaction_id, "about": about, "proposal_id": proposal_id}
    session.execute(insert(Correction).values(**row, reason="-", evidence="-", officer_id=new_id(), at=NOON))
    return row["id"]  # type: ignore[return-value]  # the row is of several types


def _close(session: Session, books: Books) -> None:
    event = {"account_id": books.purse, "event": "close", "at": NOON - timedelta(days=5)}
    session.execute(insert(AccountEvent).values(**event))
