"""Violations of the book, each written straight into the tables: it says what a check must then find."""

from datetime import date, timedelta

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from ledger.book.models import Balance, Entry, HoldEnd, HoldLine, Rollup, Transaction, Transfer
from ledger.book.rules import Unit
from ledger.council_tax.models import CouncilTaxItem
from ledger.identifiers import to_text
from tests.book.town import NOON, new_id, open_rollup
from tests.check_books.books import Books, Violation, empty_transaction


def an_amount_of_nothing(session: Session, books: Books) -> tuple[str, str]:
    session.execute(update(Transfer).where(Transfer.seq == 1).values(amount=0))
    return "I-01", "transfer 1"


def a_transfer_to_another_unit(session: Session, books: Books) -> tuple[str, str]:
    pounds = open_rollup(session.connection(), unit=Unit.GBP)
    session.execute(update(Transfer).where(Transfer.seq == 1).values(debit_account=pounds))
    return "I-01", "transfer 1"


def a_transaction_without_transfers(session: Session, books: Books) -> tuple[str, str]:
    transaction_id = empty_transaction(session)
    return "I-02", f"transaction {to_text(transaction_id)}"


def a_gap_in_the_lines(session: Session, books: Books) -> tuple[str, str]:
    session.execute(update(Transfer).where(Transfer.transaction_id == books.transaction_id).values(line=2))
    return "I-02", f"transaction {to_text(books.transaction_id)}"


def a_unit_that_does_not_sum_to_nothing(session: Session, books: Books) -> tuple[str, str]:
    pounds = open_rollup(session.connection(), unit=Unit.GBP)
    session.execute(update(Transfer).where(Transfer.seq == 1).values(debit_account=pounds))
    return "I-03", "unit CR"


def a_balance_that_was_raised(session: Session, books: Books) -> tuple[str, str]:
    session.execute(update(Balance).where(Balance.account_id == books.purse).values(credited=Balance.credited + 1))
    return "I-04", f"account {books.purse}"


def a_strict_account_without_its_balance(session: Session, books: Books) -> tuple[str, str]:
    session.execute(delete(Balance).where(Balance.account_id == books.purse))
    return "I-04", f"account {books.purse}"


def an_entry_that_is_gone(session: Session, books: Books) -> tuple[str, str]:
    session.execute(delete(Entry).where(Entry.account_id == books.purse, Entry.version == 1))
    return "I-04", f"account {books.purse}"


def a_running_balance_that_is_wrong(session: Session, books: Books) -> tuple[str, str]:
    session.execute(
        update(Entry).where(Entry.account_id == books.purse, Entry.version == 1).values(balance=Entry.balance + 1)
    )
    return "I-04", f"account {books.purse}"


def an_entry_of_no_transfer(session: Session, books: Books) -> tuple[str, str]:
    first = (Entry.account_id == books.purse, Entry.version == 1)
    session.execute(update(Entry).where(*first).values(transaction_id=new_id()))
    return "I-04", f"account {books.purse}"


def more_held_than_open_holds_hold(session: Session, books: Books) -> tuple[str, str]:
    session.execute(update(Balance).where(Balance.account_id == books.purse).values(held=Balance.held + 1))
    return "I-04", f"account {books.purse}"


def a_subtotal_that_nothing_took(session: Session, books: Books) -> tuple[str, str]:
    account_id = session.execute(select(func.min(Rollup.account_id))).scalar_one()
    session.execute(update(Rollup).where(Rollup.account_id == account_id).values(credited=5))
    return "I-04", f"account {account_id}"


def a_purse_below_its_floor(session: Session, books: Books) -> tuple[str, str]:
    session.execute(update(Balance).where(Balance.account_id == books.purse).values(debited=10**6))
    return "I-05", f"account {books.purse}"


def a_capture_of_more_than_was_held(session: Session, books: Books) -> tuple[str, str]:
    hold = session.execute(select(CouncilTaxItem.hold_id).where(CouncilTaxItem.id == books.batched)).scalar_one()
    session.execute(update(HoldLine).where(HoldLine.hold_id == hold).values(amount=1))
    return "I-06", f"hold {to_text(hold)}"


def a_hold_of_nothing(session: Session, books: Books) -> tuple[str, str]:
    hold = session.execute(select(CouncilTaxItem.hold_id).where(CouncilTaxItem.id == books.held)).scalar_one()
    session.execute(delete(HoldLine).where(HoldLine.hold_id == hold))
    return "I-06", f"hold {to_text(hold)}"


def a_held_item_whose_hold_ended(session: Session, books: Books) -> tuple[str, str]:
    hold = session.execute(select(CouncilTaxItem.hold_id).where(CouncilTaxItem.id == books.held)).scalar_one()
    session.execute(insert(HoldEnd).values(hold_id=hold, ending="voided", at=NOON))
    return "I-07", f"council-tax item {to_text(books.held)}"


def a_hold_that_outlived_its_item(session: Session, books: Books) -> tuple[str, str]:
    item = CouncilTaxItem.id == books.held
    session.execute(update(CouncilTaxItem).where(item).values(state="cancelled", cancelled_at=NOON))
    hold = session.execute(select(CouncilTaxItem.hold_id).where(item)).scalar_one()
    return "I-07", f"hold {to_text(hold)}"


def more_on_accounts_than_was_issued(session: Session, books: Books) -> tuple[str, str]:
    session.execute(update(Balance).where(Balance.account_id == books.purse).values(credited=Balance.credited + 100))
    return "I-08", "unit CR"


def a_day_that_is_not_londons(session: Session, books: Books) -> tuple[str, str]:
    move = select(Transaction.id).where(Transaction.kind == "move").order_by(Transaction.id).limit(1)
    first = session.execute(move).scalar_one()
    session.execute(update(Transaction).where(Transaction.id == first).values(effective_on=date(2026, 11, 21)))
    return "I-23", f"transaction {to_text(first)}"


def a_night_that_counts_for_a_later_day(session: Session, books: Books) -> tuple[str, str]:
    night = Transaction.id == books.transaction_id
    session.execute(update(Transaction).where(night).values(effective_on=date(2026, 11, 25)))
    return "I-23", f"transaction {to_text(books.transaction_id)}"


def an_instant_that_falls(session: Session, books: Books) -> tuple[str, str]:
    day_before = NOON - timedelta(days=2)
    session.execute(update(Transaction).where(Transaction.id == books.transaction_id).values(posted_at=day_before))
    return "I-24", f"account {books.purse}"


def a_transfer_of_too_much(session: Session, books: Books) -> tuple[str, str]:
    session.execute(update(Transfer).where(Transfer.seq == 1).values(amount=10**12 + 1))
    return "I-31", "transfer 1"


VIOLATIONS: tuple[Violation, ...] = tuple(
    value for name, value in list(globals().items()) if name.startswith(("a_", "an_", "more_"))
)
