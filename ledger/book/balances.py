"""Lock strict balances in ascending account number, read them, and write them back: for posting and holds alone."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.engine import Connection

from ledger.book.errors import UnknownAccount
from ledger.book.models import Account, Balance
from ledger.book.rules import AccountId, LockedBalance, Mode, Status


def account_units(connection: Connection, account_ids: Collection[AccountId]) -> dict[AccountId, tuple[str, str]]:
    """Unit and mode of each account; accounts never change, so no lock is needed. Raises UnknownAccount."""
    rows = connection.execute(select(Account.id, Account.unit, Account.mode).where(Account.id.in_(account_ids)))
    found = {row.id: (row.unit, row.mode) for row in rows}
    if len(found) != len(set(account_ids)):
        raise UnknownAccount("a posting names an account that does not exist")
    return found


def strict_among(units: Mapping[AccountId, tuple[str, str]]) -> list[AccountId]:
    """The strict accounts of `account_units`, ascending."""
    return sorted(account_id for account_id, (_unit, mode) in units.items() if mode == Mode.STRICT)


def lock_balances(connection: Connection, account_ids: Iterable[AccountId]) -> dict[AccountId, LockedBalance]:
    """The balances of strict accounts, locked in ascending number until the unit of work ends.

    Raises UnknownAccount where one has no balance row: it is never taken for a rollup account.
    """
    wanted = sorted(set(account_ids))
    if not wanted:
        return {}
    rows = connection.execute(
        select(Balance.__table__).where(Balance.account_id.in_(wanted)).order_by(Balance.account_id).with_for_update()
    )
    locked = {row.account_id: _read(row) for row in rows}
    if len(locked) != len(wanted):
        raise UnknownAccount("a strict account has no balance row")
    return locked


def _read(row: Any) -> LockedBalance:
    return LockedBalance(
        account_id=row.account_id,
        credited=row.credited,
        debited=row.debited,
        held=row.held,
        version=row.version,
        posted_at=row.posted_at,
        status=Status(row.status),
    )


_WRITE = (
    update(Balance.__table__)  # type: ignore[arg-type]  # a mapped class's __table__ is typed FromClause
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
        connection.execute(_WRITE, rows)


def write_status(connection: Connection, account_id: AccountId, status: Status) -> None:
    """Write the status of a strict account that this unit of work has locked; its amounts stay as they are."""
    connection.execute(update(Balance).where(Balance.account_id == account_id).values(status=status))
