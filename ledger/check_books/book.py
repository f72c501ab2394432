"""Checks of double entry itself: transfers, balances, entries, holds on balances, days and instants."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from ledger.book.models import Account, Balance, Entry, HoldEnd, HoldLine, Rollup, Transaction, Transfer
from ledger.book.rollups import is_in_subtotal, transfers_total
from ledger.check_books.findings import Finding, each, first, named
from ledger.check_books.sums import account_sums, sides, total
from ledger.clock import london_date
from ledger.money import MOST_IN_ONE_TRANSFER, format_amount

STRICT, ROLLUP = "strict", "rollup"
OF_THE_NIGHT = frozenset({"expire", "council_tax"})
"""Kinds of transaction that count for the business date of the night that posted them."""


def transfers_are_whole(session: Session) -> Iterator[Finding]:
    """I-01: every amount is at least 1, its two accounts differ, and count one unit."""
    debit, credit = aliased(Account), aliased(Account)
    query = (
        select(Transfer.seq, Transfer.amount, debit.unit.label("debit_unit"), credit.unit.label("credit_unit"))
        .join(debit, debit.id == Transfer.debit_account)
        .join(credit, credit.id == Transfer.credit_account)
        .where(or_(Transfer.amount < 1, Transfer.debit_account == Transfer.credit_account, debit.unit != credit.unit))
        .order_by(Transfer.seq)
    )
    if row := first(session, query):
        message = f"moves {row.amount} from an account of {row.debit_unit} to one of {row.credit_unit}, or to itself"
        yield Finding(id="I-01", subject=named("transfer", row.seq), message=message)


def transactions_have_lines(session: Session) -> Iterator[Finding]:
    """I-02: every transaction has a transfer at least, its lines numbered from 1 without a gap."""
    lines = (
        select(
            Transfer.transaction_id,
            func.min(Transfer.line).label("least"),
            func.max(Transfer.line).label("most"),
            func.count().label("lines"),
        )
        .group_by(Transfer.transaction_id)
        .subquery("lines")
    )
    broken = or_(lines.c.lines.is_(None), lines.c.least != 1, lines.c.most != lines.c.lines)
    query = (
        select(Transaction.id, func.coalesce(lines.c.lines, 0).label("lines"))
        .join(lines, lines.c.transaction_id == Transaction.id, isouter=True)
        .where(broken)
        .order_by(Transaction.id)
    )
    if row := first(session, query):
        message = f"has {row.lines} transfers, not numbered from 1 without a gap"
        yield Finding(id="I-02", subject=named("transaction", row.id), message=message)


def units_sum_to_nothing(session: Session) -> Iterator[Finding]:
    """I-03: over all accounts of a unit, what was credited equals what was debited."""
    sums = account_sums()
    balance = total(sums.c.credited - sums.c.debited)
    query = (
        select(Account.unit, balance.label("balance"))
        .join(sums, sums.c.account_id == Account.id)
        .group_by(Account.unit)
        .having(balance != 0)
        .order_by(Account.unit)
    )
    if row := first(session, query):
        message = f"its accounts come to {format_amount(int(row.balance))}, not to nothing"
        yield Finding(id="I-03", subject=f"unit {row.unit}", message=message)


def balances_equal_transfers(session: Session) -> Iterator[Finding]:
    """I-04: a strict account's balance row says what its transfers come to."""
    sums = account_sums()
    credited, debited = func.coalesce(sums.c.credited, 0), func.coalesce(sums.c.debited, 0)
    query = (
        select(Account.id, Balance.credited, Balance.debited, credited.label("in"), debited.label("out"))
        .join(Balance, Balance.account_id == Account.id, isouter=True)
        .join(sums, sums.c.account_id == Account.id, isouter=True)
        .where(Account.mode == STRICT)
        .where(or_(Balance.account_id.is_(None), Balance.credited != credited, Balance.debited != debited))
        .order_by(Account.id)
    )
    if row := first(session, query):
        said = "has no balance row" if row.credited is None else f"says {_sum(row.credited, row.debited)}"
        message = f"{said}, its transfers say {_sum(row[3], row[4])}"
        yield Finding(id="I-04", subject=named("account", row.id), message=message)


def _sum(credited: int, debited: int) -> str:
    return f"{format_amount(int(credited))} in and {format_amount(int(debited))} out"


def entries_number_every_side(session: Session) -> Iterator[Finding]:
    """I-04: a strict account has one entry for each side of a transfer, versions 1…n without a gap."""
    numbered = (
        select(
            Entry.account_id,
            func.count().label("entries"),
            func.min(Entry.version).label("least"),
            func.max(Entry.version).label("most"),
        )
        .group_by(Entry.account_id)
        .subquery("numbered")
    )
    sums = account_sums()
    entries, touched = func.coalesce(numbered.c.entries, 0), func.coalesce(sums.c.sides, 0)
    gap = and_(numbered.c.entries.is_not(None), or_(numbered.c.least != 1, numbered.c.most != numbered.c.entries))
    query = (
        select(Balance.account_id, Balance.version, entries.label("entries"), touched.label("sides"))
        .join(numbered, numbered.c.account_id == Balance.account_id, isouter=True)
        .join(sums, sums.c.account_id == Balance.account_id, isouter=True)
        .where(or_(gap, entries != touched, Balance.version != entries))
        .order_by(Balance.account_id)
    )
    if row := first(session, query):
        message = f"stands at version {row.version} with {row.entries} entries for {row.sides} sides of transfers"
        yield Finding(id="I-04", subject=named("account", row.account_id), message=message)


def running_balances_agree(session: Session) -> Iterator[Finding]:
    """I-04: every entry is its transfer's change, and its balance the sum of all changes so far."""
    running = func.sum(Entry.change).over(partition_by=Entry.account_id, order_by=Entry.version)
    entries = select(
        Entry.account_id, Entry.version, Entry.transaction_id, Entry.line, Entry.change, Entry.balance,
        running.label("running"),
    ).subquery("running_entries")  # fmt: skip
    debited = and_(Transfer.debit_account == entries.c.account_id, Transfer.amount == -entries.c.change)
    credited = and_(Transfer.credit_account == entries.c.account_id, Transfer.amount == entries.c.change)
    same_line = and_(Transfer.transaction_id == entries.c.transaction_id, Transfer.line == entries.c.line)
    query = (
        select(entries.c.account_id, entries.c.version, entries.c.balance, entries.c.running)
        .join(Transfer, and_(same_line, or_(debited, credited)), isouter=True)
        .where(or_(entries.c.running != entries.c.balance, Transfer.seq.is_(None)))
        .order_by(entries.c.account_id, entries.c.version)
    )
    if row := first(session, query):
        said = f"says {format_amount(row.balance)}, its changes come to {format_amount(int(row.running))}"
        message = f"version {row.version} {said}; or no transfer stands behind it"
        yield Finding(id="I-04", subject=named("account", row.account_id), message=message)


def held_equals_open_holds(session: Session) -> Iterator[Finding]:
    """I-04: what a balance row says is held is what open holds hold on the account."""
    open_lines = (
        select(HoldLine.account_id, total(HoldLine.amount).label("held"))
        .join(HoldEnd, HoldEnd.hold_id == HoldLine.hold_id, isouter=True)
        .where(HoldEnd.hold_id.is_(None))
        .group_by(HoldLine.account_id)
        .subquery("open_lines")
    )
    held = func.coalesce(open_lines.c.held, 0)
    query = (
        select(Balance.account_id, Balance.held, held.label("open"))
        .join(open_lines, open_lines.c.account_id == Balance.account_id, isouter=True)
        .where(Balance.held != held)
        .order_by(Balance.account_id)
    )
    if row := first(session, query):
        message = f"says {format_amount(row.held)} is held, its open holds come to {format_amount(int(row.open))}"
        yield Finding(id="I-04", subject=named("account", row.account_id), message=message)


def rollups_are_at_their_horizon(session: Session) -> Iterator[Finding]:
    """I-04: every rollup account has its row, which is the sum of its transfers through its horizon."""
    credited = transfers_total(Transfer.credit_account == Rollup.account_id, is_in_subtotal())
    debited = transfers_total(Transfer.debit_account == Rollup.account_id, is_in_subtotal())
    query = (
        select(Account.id)
        .join(Rollup, Rollup.account_id == Account.id, isouter=True)
        .where(Account.mode == ROLLUP)
        .where(or_(Rollup.account_id.is_(None), Rollup.credited != credited, Rollup.debited != debited))
        .order_by(Account.id)
    )
    if row := first(session, query):
        message = "has no rollup row, or one that is not the sum of its transfers through its horizon"
        yield Finding(id="I-04", subject=named("account", row.id), message=message)


def nothing_below_its_floor(session: Session) -> Iterator[Finding]:
    """I-05: a strict account never holds less than what is set aside on it."""
    headroom = Balance.credited - Balance.debited - Balance.held
    query = select(Balance.account_id, headroom.label("headroom")).where(headroom < 0).order_by(Balance.account_id)
    if row := first(session, query):
        message = f"is {format_amount(-row.headroom)} below its floor"
        yield Finding(id="I-05", subject=named("account", row.account_id), message=message)


def days_are_those_of_london(session: Session) -> Iterator[Finding]:
    """I-23: a transaction counts for the London day it was posted on; the night's own for that day or one before."""
    query = select(Transaction.id, Transaction.kind, Transaction.effective_on, Transaction.posted_at)
    for row in each(session, query.order_by(Transaction.id)):
        if not _day_is_right(row, london_date(row.posted_at)):
            message = f"was posted at {row.posted_at.isoformat()} and counts for {row.effective_on.isoformat()}"
            yield Finding(id="I-23", subject=named("transaction", row.id), message=message)
            return


def _day_is_right(row: Any, posted_on: date) -> bool:
    if row.kind in OF_THE_NIGHT:
        return bool(row.effective_on <= posted_on)
    return bool(row.effective_on == posted_on)


def instants_never_fall(session: Session) -> Iterator[Finding]:
    """I-24: along an account's versions, the instants of its transactions never go back."""
    before = func.lag(Transaction.posted_at).over(partition_by=Entry.account_id, order_by=Entry.version)
    entries = (
        select(Entry.account_id, Entry.version, Transaction.posted_at, before.label("before"))
        .join(Transaction, Transaction.id == Entry.transaction_id)
        .subquery("dated_entries")
    )
    query = (
        select(entries.c.account_id, entries.c.version)
        .where(entries.c.posted_at < entries.c.before)
        .order_by(entries.c.account_id, entries.c.version)
    )
    if row := first(session, query):
        message = f"version {row.version} was posted before the version ahead of it"
        yield Finding(id="I-24", subject=named("account", row.account_id), message=message)


def amounts_are_within_bounds(session: Session) -> Iterator[Finding]:
    """I-31: no transfer moves more than 10¹² minor units, and no account holds or owes more."""
    transfer = select(Transfer.seq).where(Transfer.amount > MOST_IN_ONE_TRANSFER).order_by(Transfer.seq)
    if row := first(session, transfer):
        yield Finding(id="I-31", subject=named("transfer", row.seq), message="moves more than one transfer may")
    both = sides()
    balance = total(both.c.credited) - total(both.c.debited)
    account = select(both.c.account_id).group_by(both.c.account_id).having(func.abs(balance) > MOST_IN_ONE_TRANSFER)
    if row := first(session, account.order_by(both.c.account_id)):
        yield Finding(id="I-31", subject=named("account", row.account_id), message="holds more than an account may")
