"""Checks of endings: a closed account is empty and stays so, expiry retires what is past its last day and no more."""

from collections.abc import Iterator

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from ledger.book.models import Account, AccountEvent, Balance, Entry, Transaction, Transfer
from ledger.book.rules import AccountEventKind, Status
from ledger.check_books.findings import Finding, each, first, named
from ledger.clock import london_date

EXPIRE, EXPIRED = "expire", "expired"


def closed_accounts_are_empty(session: Session) -> Iterator[Finding]:
    """I-32: an account is closed just where it was once closed, and then has no balance and no hold."""
    was_closed = Balance.account_id.in_(
        select(AccountEvent.account_id).where(AccountEvent.event == AccountEventKind.CLOSE)
    )
    closed = Balance.status == Status.CLOSED
    holds_something = or_(Balance.credited != Balance.debited, Balance.held != 0)
    broken = or_(and_(closed, or_(~was_closed, holds_something)), and_(~closed, was_closed))
    if row := first(session, select(Balance.account_id).where(broken).order_by(Balance.account_id)):
        message = "is closed and not empty, or its status is not that of its events"
        yield Finding(id="I-32", subject=named("account", row.account_id), message=message)


def nothing_follows_a_close(session: Session) -> Iterator[Finding]:
    """I-32: no entry of an account was posted after it was closed."""
    closed = (
        select(AccountEvent.account_id, func.min(AccountEvent.at).label("at"))
        .where(AccountEvent.event == AccountEventKind.CLOSE)
        .group_by(AccountEvent.account_id)
        .subquery("closed")
    )
    query = (
        select(Entry.account_id, Entry.version)
        .join(Transaction, Transaction.id == Entry.transaction_id)
        .join(closed, closed.c.account_id == Entry.account_id)
        .where(Transaction.posted_at > closed.c.at)
        .order_by(Entry.account_id, Entry.version)
    )
    if row := first(session, query):
        message = f"version {row.version} was posted after it was closed"
        yield Finding(id="I-32", subject=named("account", row.account_id), message=message)


def expiry_retires_what_is_due(session: Session) -> Iterator[Finding]:
    """I-33: expiry takes all that is free on purses past their last day in London, and nothing else retires credits."""
    purse, retired = aliased(Account), aliased(Account)
    side = (Entry.account_id == purse.id, Entry.transaction_id == Transaction.id, Entry.line == Transfer.line)
    query = (
        select(
            Transaction.id, Transaction.kind, Transaction.effective_on, Transaction.posted_at, purse.expires_on,
            retired.kind.label("retired_as"), Entry.headroom,
        )
        .join(Transfer, Transfer.transaction_id == Transaction.id)
        .join(purse, purse.id == Transfer.debit_account)
        .join(retired, retired.id == Transfer.credit_account)
        .join(Entry, and_(*side), isouter=True)
        .where(or_(Transaction.kind == EXPIRE, and_(retired.kind == EXPIRED, Transaction.reverses.is_(None))))
        .order_by(Transaction.id)
    )  # fmt: skip
    for row in each(session, query):
        past = row.expires_on is not None and row.expires_on <= row.effective_on
        past = past and row.expires_on < london_date(row.posted_at)
        if not past or row.headroom != 0 or (row.kind, row.retired_as) != (EXPIRE, EXPIRED):
            message = "retires credits that are not past their last day, or not all that were free"
            yield Finding(id="I-33", subject=named("transaction", row.id), message=message)
            return
