"""What an account held: at an instant by when things were recorded, on a day by when they count."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, select
from sqlalchemy.engine import Connection

from ledger.book.errors import UnknownAccount
from ledger.book.models import Account, Balance, Entry, Transaction, Transfer
from ledger.book.rules import AccountId, Mode
from ledger.money import Amount


def balance_at(connection: Connection, account_id: AccountId, *, recorded: datetime) -> Amount:
    """What an account held, credited less debited, once all that was recorded up to and at an instant was, minor units.

    A strict account's entry is found by halving its versions, a few look-ups by key however many there are; a rollup
    account is summed. Raises UnknownAccount.
    """
    if _mode(connection, account_id) == Mode.STRICT:
        row = connection.execute(_strict(account_id, recorded)).one_or_none()
        return row.balance if row else 0
    return _sum(connection, account_id, Transaction.posted_at <= recorded)


def balance_on(connection: Connection, account_id: AccountId, *, effective: date) -> Amount:
    """What an account held at the end of a London day, of all that counts for that day or before, minor units.

    The nightly run's transactions count for the day it was run for, though recorded later. Raises UnknownAccount.
    """
    _mode(connection, account_id)
    return _sum(connection, account_id, Transaction.effective_on <= effective)


def _mode(connection: Connection, account_id: AccountId) -> str:
    mode = connection.execute(select(Account.mode).where(Account.id == account_id)).scalar_one_or_none()
    if mode is None:
        raise UnknownAccount("no account has this number")
    return mode


def _strict(account_id: AccountId, recorded: datetime) -> Select[Any]:
    """The balance of the last version recorded by then: `posted_at` never falls as an account's version rises."""
    none = literal(0, Balance.version.type).label("low")
    first = select(none, Balance.version.label("high")).where(Balance.account_id == account_id)
    search = first.cte("search", recursive=True)
    middle = (search.c.low + search.c.high + 1) // 2
    by_then = Transaction.posted_at <= recorded
    halved = (
        select(case((by_then, Entry.version), else_=search.c.low), case((by_then, search.c.high), else_=middle - 1))
        .select_from(search)
        .join(Entry, and_(Entry.account_id == account_id, Entry.version == middle))
        .join(Transaction, Transaction.id == Entry.transaction_id)
        .where(search.c.low < search.c.high)
    )
    search = search.union_all(halved)
    found = and_(Entry.account_id == account_id, Entry.version == search.c.low)
    return select(Entry.balance).select_from(search).join(Entry, found).where(search.c.low == search.c.high)


def _sum(connection: Connection, account_id: AccountId, counts: ColumnElement[bool]) -> Amount:
    credited, debited = (_side(account_id, side, counts) for side in (Transfer.credit_account, Transfer.debit_account))
    return int(connection.execute(select(credited - debited)).scalar_one())


def _side(account_id: AccountId, side: Any, counts: ColumnElement[bool]) -> Any:
    total = select(func.coalesce(func.sum(Transfer.amount), 0)).join(
        Transaction, Transaction.id == Transfer.transaction_id
    )
    return total.where(side == account_id, counts).scalar_subquery()
