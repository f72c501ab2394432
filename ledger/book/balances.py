"""Lock strict balances in ascending account number, read them, and write them back: for posting and holds alone."""

from collections.abc import Collection, Iterable, Mapping
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Dialect, FromClause, Update, bindparam, func, select, update
from sqlalchemy.engine import Connection

from ledger.book.errors import UnknownAccount
from ledger.book.models import Account, Balance
from ledger.book.rules import AccountId, LockedBalance, Mode, Status
from ledger.prepared import Prepared
from ledger.staging import listed, staged
from ledger.tables import Instant, table_of

Units = Mapping[AccountId, tuple[str, str]]
"""Unit and mode of each account by its number."""

_BALANCES = table_of(Balance)
_LOCKED = (
    select(_BALANCES).where(listed(_BALANCES.c.account_id, "accounts")).order_by(_BALANCES.c.account_id)
).with_for_update()
_LOCK = Prepared(_LOCKED)
_ACCOUNTS = table_of(Account)


@cache
def _lock_accounts(database: str) -> Prepared:
    """PostgreSQL locks no row of the optional side of a join; SQLite, with one writer, has none to lock."""
    locked: FromClause = _LOCKED.cte("locked") if database == "postgresql" else _BALANCES
    known = _ACCOUNTS.outerjoin(locked, locked.c.account_id == _ACCOUNTS.c.id)
    columns = (_ACCOUNTS.c.id, _ACCOUNTS.c.unit, _ACCOUNTS.c.mode, locked)
    return Prepared(select(*columns).select_from(known).where(listed(_ACCOUNTS.c.id, "accounts")))


def lock_accounts(
    connection: Connection, account_ids: Collection[AccountId]
) -> tuple[Units, dict[AccountId, LockedBalance]]:
    """Unit and mode of each account there is among these; and the balances of the strict ones.

    The balances are locked in ascending number until the unit of work ends; accounts never change and need no lock.
    Raises UnknownAccount where a strict one has no balance row: it is never taken for a rollup account.
    """
    rows = _lock_accounts(connection.dialect.name)(connection, {"accounts": account_ids}).all()
    if any(row.mode == Mode.STRICT and row.account_id is None for row in rows):
        raise UnknownAccount("a strict account has no balance row")
    units = {row.id: (row.unit, row.mode) for row in rows}
    return units, {row.id: _read(row, connection.dialect) for row in rows if row.account_id is not None}


def check_known(named: Collection[AccountId], units: Units) -> None:
    """Refuse accounts that do not exist. Raises UnknownAccount."""
    if not units.keys() >= set(named):
        raise UnknownAccount("a posting names an account that does not exist")


def lock_in_order(connection: Connection, account_ids: Collection[AccountId]) -> None:
    """Lock the balances of the strict accounts among these, in ascending number, and read none of them."""
    lock_selected(connection, listed(_BALANCES.c.account_id, "accounts"), {"accounts": account_ids})


def lock_selected(
    connection: Connection, which: ColumnElement[bool], parameters: Mapping[str, Any] | None = None
) -> None:
    """As `lock_in_order`, of the accounts that the database finds."""
    locked = select(_BALANCES.c.account_id).where(which).order_by(_BALANCES.c.account_id).with_for_update().subquery()
    connection.execute(select(func.count()).select_from(locked), parameters)


def lock_balances(connection: Connection, account_ids: Iterable[AccountId]) -> dict[AccountId, LockedBalance]:
    """The balances of strict accounts, locked in ascending number until the unit of work ends.

    Raises UnknownAccount where one has no balance row: it is never taken for a rollup account.
    """
    wanted = set(account_ids)
    if not wanted:
        return {}
    locked = {row.account_id: _read(row, connection.dialect) for row in _LOCK(connection, {"accounts": wanted})}
    if len(locked) != len(wanted):
        raise UnknownAccount("a strict account has no balance row")
    return locked


_POSTED_AT = Instant()


def _read(row: Any, dialect: Dialect) -> LockedBalance:
    return LockedBalance(
        account_id=row.account_id,
        credited=row.credited,
        debited=row.debited,
        held=row.held,
        version=row.version,
        posted_at=_POSTED_AT.process_result_value(row.posted_at, dialect),
        status=Status(row.status),
    )


BALANCE_COLUMNS = ("account_id", "credited", "debited", "held", "version", "posted_at")
_WRITE = Prepared(
    update(table_of(Balance))
    .where(Balance.account_id == bindparam("this_account"))
    .values(
        credited=bindparam("new_credited"),
        debited=bindparam("new_debited"),
        held=bindparam("new_held"),
        version=bindparam("new_version"),
        posted_at=bindparam("new_posted_at"),
    )
)


def write_balances(connection: Connection, balances: Iterable[LockedBalance]) -> None:
    """Write balances that this unit of work has locked, one row each, `held` and `debited` in one statement."""
    rows = [
        {
            "this_account": one.account_id,
            "new_credited": one.credited,
            "new_debited": one.debited,
            "new_held": one.held,
            "new_version": one.version,
            "new_posted_at": one.posted_at,
        }
        for one in sorted(balances, key=lambda one: one.account_id)
    ]
    if rows:
        _WRITE(connection, *rows)


def write_many_balances(connection: Connection, balances: Collection[LockedBalance]) -> None:
    """As `write_balances`, by one statement however many they are."""
    connection.execute(balances_from(staged(connection, _BALANCES, balance_columns(balances))))


def balance_columns(balances: Iterable[LockedBalance]) -> dict[str, list[Any]]:
    """What `balances_from` reads of each balance, by column."""
    listing = list(balances)
    return {name: [getattr(one, name) for one in listing] for name in BALANCE_COLUMNS}


def balances_from(new: FromClause) -> Update:
    """The update of balances that this unit of work has locked to what `new` says of each."""
    changed = update(_BALANCES).where(_BALANCES.c.account_id == new.c.account_id)
    return changed.values({name: new.c[name] for name in BALANCE_COLUMNS if name != "account_id"})


def balances_moved(changes: FromClause) -> Update:
    """The update of balances that this unit of work has locked by what `changes` adds to each, and when."""
    added = {name: _BALANCES.c[name] + changes.c[name] for name in ("credited", "debited", "version")}
    moved = update(_BALANCES).where(_BALANCES.c.account_id == changes.c.account_id)
    return moved.values(**added, held=_BALANCES.c.held - changes.c.freed, posted_at=changes.c.posted_at)


def write_status(connection: Connection, account_id: AccountId, status: Status) -> None:
    """Write the status of a strict account that this unit of work has locked; its amounts stay as they are."""
    connection.execute(update(Balance).where(Balance.account_id == account_id).values(status=status))
