"""Lock strict balances in ascending account number, read them, and write them back: for posting and holds alone."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.engine import Connection

from ledger.book.errors import UnknownAccount
from ledger.book.models import Account, Balance
from ledger.book.rules import AccountId, LockedBalance, Mode, Status
from ledger.staging import among, staged
from ledger.tables import table_of


def account_units(connection: Connection, account_ids: Collection[AccountId]) -> dict[AccountId, tuple[str, str]]:
    """Unit and mode of each account there is among these; accounts never change, so no lock is needed."""
    query = select(Account.id, Account.unit, Account.mode).where(among(connection, Account.id, account_ids))
    return {row.id: (row.unit, row.mode) for row in connection.execute(query)}


def check_known(named: Collection[AccountId], units: Mapping[AccountId, tuple[str, str]]) -> None:
    """Refuse accounts that do not exist. Raises UnknownAccount."""
    if not units.keys() >= set(named):
        raise UnknownAccount("a posting names an account that does not exist")


def strict_among(units: Mapping[AccountId, tuple[str, str]]) -> list[AccountId]:
    """The strict accounts of `account_units`, ascending."""
    return sorted(account_id for account_id, (_unit, mode) in units.items() if mode == Mode.STRICT)


def lock_in_order(connection: Connection, account_ids: Collection[AccountId]) -> None:
    """Lock the balances of the strict accounts among these, in ascending number, and read none of them."""
    query = select(Balance.account_id).where(among(connection, Balance.account_id, account_ids))
    locked = query.order_by(Balance.account_id).with_for_update().subquery()
    connection.execute(select(func.count()).select_from(locked))


def lock_balances(connection: Connection, account_ids: Iterable[AccountId]) -> dict[AccountId, LockedBalance]:
    """The balances of strict accounts, locked in ascending number until the unit of work ends.

    Raises UnknownAccount where one has no balance row: it is never taken for a rollup account.
    """
    wanted = sorted(set(account_ids))
    if not wanted:
        return {}
    rows = connection.execute(
        select(table_of(Balance))
        .where(among(connection, Balance.account_id, wanted))
        .order_by(Balance.account_id)
        .with_for_update()
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


_CHANGING = ("credited", "debited", "held", "version", "posted_at")
_WRITE = (
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
        connection.execute(_WRITE, rows)


def write_many_balances(connection: Connection, balances: Collection[LockedBalance]) -> None:
    """As `write_balances`, by one statement however many they are."""
    table = table_of(Balance)
    columns = {name: [getattr(one, name) for one in balances] for name in ("account_id", *_CHANGING)}
    new = staged(connection, table, columns)
    changed = update(table).where(table.c.account_id == new.c.account_id)
    connection.execute(changed.values({name: new.c[name] for name in _CHANGING}))


def write_status(connection: Connection, account_id: AccountId, status: Status) -> None:
    """Write the status of a strict account that this unit of work has locked; its amounts stay as they are."""
    connection.execute(update(Balance).where(Balance.account_id == account_id).values(status=status))
