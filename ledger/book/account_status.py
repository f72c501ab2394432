"""Freeze, reopen and close strict accounts: each change an event of its own, the status on the balance row."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.engine import Connection

from ledger.book.balances import lock_balances, write_status
from ledger.book.errors import AccountNotEmpty
from ledger.book.models import AccountEvent
from ledger.book.rules import AccountEventKind, AccountId, LockedBalance, Status
from ledger.errors import MoveRefused

MOVES: dict[AccountEventKind, tuple[frozenset[Status], Status]] = {
    AccountEventKind.FREEZE: (frozenset({Status.OPEN}), Status.FROZEN),
    AccountEventKind.REOPEN: (frozenset({Status.FROZEN}), Status.OPEN),
    AccountEventKind.CLOSE: (frozenset({Status.OPEN, Status.FROZEN}), Status.CLOSED),
}
"""From which statuses each event may come, and to which it leads; nothing leads out of closed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusChange:
    """What is done to one account, when, and which transaction gave cause, if one did."""

    account_id: AccountId
    event: AccountEventKind
    at: datetime
    transaction_id: UUID | None = None


def freeze(connection: Connection, account_id: AccountId, *, at: datetime) -> None:
    """Stop new debits and new holds; credits, captures, returns and expiry go on.

    Raises MoveRefused unless it is open, UnknownAccount for a rollup account.
    """
    _change(connection, StatusChange(account_id=account_id, event=AccountEventKind.FREEZE, at=at))


def reopen(connection: Connection, account_id: AccountId, *, at: datetime) -> None:
    """Let a frozen account be spent from again. Raises MoveRefused, UnknownAccount."""
    _change(connection, StatusChange(account_id=account_id, event=AccountEventKind.REOPEN, at=at))


def close(connection: Connection, account_id: AccountId, *, at: datetime, transaction_id: UUID | None = None) -> None:
    """End an account for good: nothing is on it, nothing is held, nothing is ever posted to it again.

    `transaction_id` is the one that emptied it. Raises MoveRefused, AccountNotEmpty, UnknownAccount.
    """
    change = StatusChange(account_id=account_id, event=AccountEventKind.CLOSE, at=at, transaction_id=transaction_id)
    _change(connection, change, check=_check_empty)


def _check_empty(balance: LockedBalance) -> None:
    if balance.balance or balance.held:
        raise AccountNotEmpty(balance=balance.balance, held=balance.held)


def _change(
    connection: Connection, change: StatusChange, *, check: Callable[[LockedBalance], None] = lambda _balance: None
) -> None:
    balance = lock_balances(connection, [change.account_id])[change.account_id]
    sources, target = MOVES[change.event]
    if balance.status not in sources:
        raise MoveRefused(kind="account", now=balance.status, wanted=target)
    check(balance)
    write_status(connection, change.account_id, target)
    event = {
        "account_id": change.account_id,
        "event": change.event,
        "at": max(change.at, balance.posted_at or change.at),
        "transaction_id": change.transaction_id,
    }
    connection.execute(insert(AccountEvent), event)
