"""Rollup accounts: a balance out of a subtotal and what came since, and the lock of one that must not fall below 0.

A subtotal holds every transfer up to its horizon, `through`, under which nothing can still be committed: on PostgreSQL
a transaction id below all that are in progress, on SQLite, which has one writer, the newest `seq`. A `seq` is drawn
long before its transfer is committed: a subtotal by it would lose whoever was slower than a neighbour.
"""

from collections.abc import Collection
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, func, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from ledger.book.models import Account, Rollup, Transfer
from ledger.book.rules import AccountId, Unit
from ledger.money import Amount
from ledger.staging import among


def rollup_balance(connection: Connection, account_id: AccountId) -> Amount:
    """Credited less debited of a rollup account: its subtotal, and the transfers since, in one snapshot."""
    return int(connection.execute(select(rollup_total(account_id))).scalar_one())


def rollup_total(account_id: AccountId) -> Any:
    """The balance of a rollup account as an expression, for a statement that reads more in the same snapshot."""
    subtotal = select(Rollup.credited - Rollup.debited).where(Rollup.account_id == account_id).scalar_subquery()
    through = select(Rollup.through).where(Rollup.account_id == account_id).scalar_subquery()
    since = _Place() > _as_place(through)
    credited = transfers_total(Transfer.credit_account == account_id, since)
    return subtotal + credited - transfers_total(Transfer.debit_account == account_id, since)


def rollups_by_kind(connection: Connection, *, unit: Unit) -> dict[str, Amount]:
    """Credited less debited of all rollup accounts of a unit, by kind: subtotals, and the transfers since."""
    since = _Place() > _as_place(Rollup.through)
    credited = transfers_total(Transfer.credit_account == Rollup.account_id, since)
    debited = transfers_total(Transfer.debit_account == Rollup.account_id, since)
    balance = Rollup.credited - Rollup.debited + credited - debited
    query = (
        select(Account.kind, func.sum(balance).label("balance"))
        .join(Rollup, Rollup.account_id == Account.id)
        .where(Account.unit == unit)
        .group_by(Account.kind)
    )
    return {row.kind: int(row.balance) for row in connection.execute(query)}


def transfers_total(*conditions: ColumnElement[bool]) -> Any:
    """The sum of the transfers for which these hold, as an expression; minor units."""
    return select(func.coalesce(func.sum(Transfer.amount), 0)).where(*conditions).scalar_subquery()


def lock_rollups(connection: Connection, account_ids: Collection[AccountId]) -> None:
    """Lock rollup accounts in ascending number, after every strict one; what they hold is for a later statement."""
    query = select(Rollup.account_id).where(among(Rollup.account_id, account_ids))
    connection.execute(query.order_by(Rollup.account_id).with_for_update()).all()


def lock_and_sum(connection: Connection, account_ids: Collection[AccountId]) -> dict[AccountId, Amount]:
    """What rollup accounts hold once whoever debits them has been waited for. Credits go on meanwhile.

    The sum is a statement later than the lock: in one statement it would be older than the wait.
    """
    if not account_ids:
        return {}
    lock_rollups(connection, account_ids)
    return {account_id: rollup_balance(connection, account_id) for account_id in sorted(account_ids)}


def advance_rollups(connection: Connection) -> None:
    """Bring every subtotal up to the horizon, so that a balance has few transfers to add.

    Locked first, by a statement of its own; horizon and sums are then of one snapshot. Whoever comes second finds
    little to do. Credits wait for nobody.
    """
    connection.execute(select(Rollup.account_id).order_by(Rollup.account_id).with_for_update()).all()
    new = [_Place() > _as_place(Rollup.through), _Place() <= _as_place(_Horizon())]
    connection.execute(
        update(Rollup)
        .where(Rollup.through < _Horizon())
        .values(
            credited=Rollup.credited + transfers_total(Transfer.credit_account == Rollup.account_id, *new),
            debited=Rollup.debited + transfers_total(Transfer.debit_account == Rollup.account_id, *new),
            through=_Horizon(),
        )
    )


def rebuild_rollups(connection: Connection) -> None:
    """Take every subtotal anew, from the transfers alone: after a logical restore, where a horizon means nothing."""
    connection.execute(update(Rollup).values(credited=0, debited=0, through=0))
    advance_rollups(connection)


def is_in_subtotal() -> ColumnElement[bool]:
    """Whether a transfer lies within the horizon of a rollup row of the same statement."""
    within: ColumnElement[bool] = _Place() <= _as_place(Rollup.through)
    return within


class _Place(FunctionElement[int]):
    """Where a transfer stands among all: its `xid` on PostgreSQL, its `seq` on SQLite."""

    type = BigInteger()
    inherit_cache = True


class _Horizon(FunctionElement[int]):
    """The last place under which everything is committed, or never will be."""

    type = BigInteger()
    inherit_cache = True


class _as_place(FunctionElement[int]):  # noqa: N801 (reads as the cast it is)
    """A number as what transfers' places are compared with."""

    type = BigInteger()
    inherit_cache = True


@compiles(_Place)
def _seq(_element: _Place, _compiler: Any, **_options: Any) -> str:
    return "transfers.seq"


@compiles(_Place, "postgresql")
def _xid(_element: _Place, _compiler: Any, **_options: Any) -> str:
    return "transfers.xid"


@compiles(_Horizon)
def _newest_seq(_element: _Horizon, _compiler: Any, **_options: Any) -> str:
    return "(SELECT coalesce(max(seq), 0) FROM transfers)"


@compiles(_Horizon, "postgresql")
def _oldest_in_progress(_element: _Horizon, _compiler: Any, **_options: Any) -> str:
    return "(CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint) - 1)"


@compiles(_as_place)
def _number(element: _as_place, compiler: Any, **options: Any) -> str:
    return str(compiler.process(element.clauses, **options))


@compiles(_as_place, "postgresql")
def _number_as_xid(element: _as_place, compiler: Any, **options: Any) -> str:
    return f"CAST(CAST({compiler.process(element.clauses, **options)} AS text) AS xid8)"
