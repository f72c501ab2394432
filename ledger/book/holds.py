"""Holds: value set aside on strict accounts, ended once, by capture, void or expiry."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, insert, select
from sqlalchemy.engine import Connection

from ledger.book.balances import lock_balances, lock_selected, write_balances
from ledger.book.errors import HoldEnded, InsufficientCredits
from ledger.book.models import Balance, Hold, HoldEnd, HoldLine
from ledger.book.rules import AccountId, Ending, LockedBalance, check_status, free_held
from ledger.money import Amount
from ledger.staging import among
from ledger.store import insert_once


@dataclass(frozen=True, slots=True, kw_only=True)
class NewHold:
    """A hold to be placed: how much on each account, in draw order, minor units.

    `allows_frozen` is for what was held before and is held anew, which goes on while an account is frozen.
    """

    id: UUID
    reason: str
    lines: Sequence[tuple[AccountId, Amount]]
    at: datetime
    expires_at: datetime | None = None
    allows_frozen: bool = False


def place(connection: Connection, hold: NewHold) -> None:
    """Set value aside: it is neither spent nor expired until the hold ends. No version changes.

    Raises InsufficientCredits, AccountFrozen, AccountClosed, UnknownAccount.
    """
    place_many(connection, [hold])


def place_many(connection: Connection, new_holds: Sequence[NewHold]) -> None:
    """As `place`, all of these holds or none, by a few statements."""
    lines = [(hold, account, amount) for hold in new_holds for account, amount in hold.lines]
    balances = lock_balances(connection, [account for _hold, account, _amount in lines])
    for hold, account, amount in lines:
        balances[account] = _with_held(balances[account], amount, allows_frozen=hold.allows_frozen)
    write_balances(connection, balances.values())
    connection.execute(insert(Hold), [_hold_row(hold) for hold in new_holds])
    connection.execute(insert(HoldLine), [row for hold in new_holds for row in _line_rows(hold)])


def _hold_row(hold: NewHold) -> dict[str, Any]:
    return {"id": hold.id, "reason": hold.reason, "placed_at": hold.at, "expires_at": hold.expires_at}


def _line_rows(hold: NewHold) -> list[dict[str, Any]]:
    return [
        {"hold_id": hold.id, "line": number, "account_id": account, "amount": amount}
        for number, (account, amount) in enumerate(hold.lines, start=1)
    ]


def _with_held(balance: LockedBalance, amount: Amount, *, allows_frozen: bool) -> LockedBalance:
    check_status(balance, change=-amount, allows_frozen=allows_frozen)
    if amount > balance.headroom:
        raise InsufficientCredits(available=balance.headroom, needed=amount)
    return replace(balance, held=balance.held + amount)


def void(connection: Connection, *, hold_id: UUID, at: datetime, ending: Ending = Ending.VOIDED) -> None:
    """End a hold with nothing taken; all it held is free again. Raises HoldEnded."""
    lines = hold_lines(connection, hold_id)
    locked = lock_balances(connection, [account for account, _amount in lines])
    state = states_of(connection, [hold_id])[hold_id]
    if state.ending is not None:
        raise HoldEnded(ending=state.ending)
    write_balances(connection, free_held(locked, dict(lines)).values())
    _end(connection, hold_id=hold_id, ending=ending, at=at)


def lock_held(connection: Connection, hold_ids: Select[Any]) -> None:
    """Lock every account that the selected holds are on, in ascending number: for captures that come some at a time."""
    accounts = select(HoldLine.account_id).where(HoldLine.hold_id.in_(hold_ids))
    lock_selected(connection, Balance.account_id.in_(accounts))


def hold_lines(connection: Connection, hold_id: UUID) -> list[tuple[AccountId, Amount]]:
    """What the hold holds on each account, in draw order; lines never change."""
    return lines_of(connection, [hold_id])[hold_id]


def lines_of(connection: Connection, hold_ids: Sequence[UUID]) -> dict[UUID, list[tuple[AccountId, Amount]]]:
    """As `hold_lines`, of each of these holds."""
    lines: dict[UUID, list[tuple[AccountId, Amount]]] = {hold_id: [] for hold_id in hold_ids}
    query = select(HoldLine.hold_id, HoldLine.account_id, HoldLine.amount)
    query = query.where(among(HoldLine.hold_id, hold_ids)).order_by(HoldLine.hold_id, HoldLine.line)
    for row in connection.execute(query):
        lines[row.hold_id].append((row.account_id, row.amount))
    return lines


def states_of(connection: Connection, hold_ids: Sequence[UUID]) -> dict[UUID, Any]:
    """When each hold expires and how it ended, or None: read once its accounts are locked."""
    query = select(Hold.id, Hold.expires_at, HoldEnd.ending).join(HoldEnd, HoldEnd.hold_id == Hold.id, isouter=True)
    return {row.id: row for row in connection.execute(query.where(among(Hold.id, hold_ids)))}


def lapsed_holds(connection: Connection, *, at: datetime) -> list[UUID]:
    """The holds that have expired by an instant and have no ending yet, the oldest first."""
    query = (
        select(Hold.id)
        .join(HoldEnd, HoldEnd.hold_id == Hold.id, isouter=True)
        .where(Hold.expires_at <= at, HoldEnd.hold_id.is_(None))
    )
    return list(connection.execute(query.order_by(Hold.expires_at, Hold.id)).scalars())


def _end(connection: Connection, *, hold_id: UUID, ending: Ending, at: datetime) -> None:
    """The gate of book.md: one row a hold, whoever comes second is refused and undone."""
    row = {"hold_id": hold_id, "ending": ending, "at": at, "transaction_id": None}
    if not insert_once(connection, HoldEnd, row, taken=HoldEnd.hold_id == hold_id):
        raise HoldEnded(ending="ended")
