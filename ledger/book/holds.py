"""Holds: value set aside on strict accounts, ended once, by capture, void or expiry."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.engine import Connection

from ledger.book.balances import lock_balances, write_balances
from ledger.book.errors import HoldEnded, HoldTooSmall, InsufficientCredits
from ledger.book.models import Hold, HoldEnd, HoldLine
from ledger.book.posting import Posted, free_held, post
from ledger.book.rules import AccountId, Ending, Line, LockedBalance, Posting, check_status, share_capture
from ledger.money import Amount
from ledger.store import insert_once


@dataclass(frozen=True, slots=True, kw_only=True)
class NewHold:
    """A hold to be placed: how much on each account, in draw order, minor units."""

    id: UUID
    reason: str
    lines: Sequence[tuple[AccountId, Amount]]
    at: datetime
    expires_at: datetime | None = None


def place(connection: Connection, hold: NewHold) -> None:
    """Set value aside: it is neither spent nor expired until the hold ends. No version changes.

    Raises InsufficientCredits, AccountFrozen, AccountClosed, UnknownAccount.
    """
    locked = lock_balances(connection, [account for account, _amount in hold.lines])
    write_balances(connection, [_with_held(locked[account], amount) for account, amount in hold.lines])
    connection.execute(
        insert(Hold), {"id": hold.id, "reason": hold.reason, "placed_at": hold.at, "expires_at": hold.expires_at}
    )
    rows = [
        {"hold_id": hold.id, "line": number, "account_id": account, "amount": amount}
        for number, (account, amount) in enumerate(hold.lines, start=1)
    ]
    connection.execute(insert(HoldLine), rows)


def _with_held(balance: LockedBalance, amount: Amount) -> LockedBalance:
    check_status(balance, change=-amount, allows_frozen=False)
    if amount > balance.headroom:
        raise InsufficientCredits(available=balance.headroom, needed=amount)
    return replace(balance, held=balance.held + amount)


def void(connection: Connection, *, hold_id: UUID, at: datetime, ending: Ending = Ending.VOIDED) -> None:
    """End a hold with nothing taken; all it held is free again. Raises HoldEnded."""
    lines = hold_lines(connection, hold_id)
    locked = lock_balances(connection, [account for account, _amount in lines])
    _check_open(connection, hold_id)
    write_balances(connection, free_held(locked, dict(lines)).values())
    _end(connection, hold_id=hold_id, ending=ending, at=at, transaction_id=None)


def capture(connection: Connection, *, hold_id: UUID, amount: Amount, credit: AccountId, posting: Posting) -> Posted:
    """Post `amount` of a hold to the account `credit` and free the rest; `posting` gives all but its lines.

    Lines are drawn in the hold's order. Raises HoldEnded (also where it has expired and no job has run), HoldTooSmall.
    """
    lines = hold_lines(connection, hold_id)
    held = sum(line_amount for _account, line_amount in lines)
    if amount > held:
        raise HoldTooSmall(held=held, needed=amount)
    lock_balances(connection, [account for account, _amount in lines])
    _check_open(connection, hold_id)
    _check_unexpired(connection, hold_id, posting.at)
    drawn = [Line(debit=account, credit=credit, amount=taken) for account, taken in share_capture(lines, amount)]
    posted = post(connection, replace(posting, lines=drawn, allows_frozen=True), captured=dict(lines))
    _end(connection, hold_id=hold_id, ending=Ending.CAPTURED, at=posted.posted_at, transaction_id=posted.id)
    return posted


def hold_lines(connection: Connection, hold_id: UUID) -> list[tuple[AccountId, Amount]]:
    """What the hold holds on each account, in draw order; lines never change."""
    query = select(HoldLine.account_id, HoldLine.amount).where(HoldLine.hold_id == hold_id).order_by(HoldLine.line)
    return [(row.account_id, row.amount) for row in connection.execute(query)]


def _check_open(connection: Connection, hold_id: UUID) -> None:
    ending = connection.execute(select(HoldEnd.ending).where(HoldEnd.hold_id == hold_id)).scalar_one_or_none()
    if ending is not None:
        raise HoldEnded(ending=ending)


def _check_unexpired(connection: Connection, hold_id: UUID, at: datetime) -> None:
    expires_at = connection.execute(select(Hold.expires_at).where(Hold.id == hold_id)).scalar_one()
    if expires_at is not None and at >= expires_at:
        raise HoldEnded(ending=Ending.EXPIRED)


def _end(connection: Connection, *, hold_id: UUID, ending: Ending, at: datetime, transaction_id: UUID | None) -> None:
    """The gate of book.md: one row a hold, whoever comes second is refused and undone."""
    row = {"hold_id": hold_id, "ending": ending, "at": at, "transaction_id": transaction_id}
    if not insert_once(connection, HoldEnd, row, taken=HoldEnd.hold_id == hold_id):
        raise HoldEnded(ending="ended")
