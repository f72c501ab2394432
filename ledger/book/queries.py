"""What the books say: balances, statements, trial balance."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, case, cast, func, literal, select
from sqlalchemy.engine import Connection

from ledger.book.models import Account, Balance, Entry, Hold, HoldEnd, HoldLine, Transaction, Transfer
from ledger.book.rollups import rollups_by_kind
from ledger.book.rules import AccountId, Status, Unit
from ledger.money import Amount
from ledger.tables import WHOLE


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountBalance:
    """A strict account and what it holds, minor units."""

    account_id: AccountId
    expires_on: date | None
    balance: Amount
    held: Amount
    status: Status

    @property
    def available(self) -> Amount:
        """Balance less held."""
        return self.balance - self.held


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementLine:
    """One entry of a strict account, with the balance after it."""

    version: int
    transaction_id: UUID
    kind: str
    posted_at: datetime
    effective_on: date
    narrative: str
    change: Amount
    balance: Amount


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialLine:
    """All accounts of one kind and unit together: what was debited and credited, minor units."""

    unit: str
    kind: str
    accounts: int
    debited: Amount
    credited: Amount

    @property
    def balance(self) -> Amount:
        """Credited less debited."""
        return self.credited - self.debited


def strict_balances(
    connection: Connection, *, owner_id: UUID, kind: str, unit: Unit, now: datetime
) -> list[AccountBalance]:
    """An owner's strict accounts of one kind and unit, soonest to expire first.

    A hold that has expired by `now` holds nothing, whether or not it was swept.
    """
    held = Balance.held - case((Balance.held > 0, _lapsed(now)), else_=0)
    rows = connection.execute(
        select(Account.id, Account.expires_on, Balance.credited, Balance.debited, held.label("held"), Balance.status)
        .join(Balance, Balance.account_id == Account.id)
        .where(Account.owner_id == owner_id, Account.kind == kind, Account.unit == unit)
        .order_by(Account.expires_on, Account.id)
    )
    return [
        AccountBalance(
            account_id=row.id,
            expires_on=row.expires_on,
            balance=row.credited - row.debited,
            held=row.held,
            status=Status(row.status),
        )
        for row in rows
    ]


def _lapsed(now: datetime) -> Any:
    """What holds that have expired, and have no ending yet, still hold on the account of a balance row."""
    query = (
        select(func.coalesce(func.sum(HoldLine.amount), 0))
        .join(Hold, Hold.id == HoldLine.hold_id)
        .join(HoldEnd, HoldEnd.hold_id == Hold.id, isouter=True)
        .where(HoldLine.account_id == Balance.account_id, Hold.expires_at <= now, HoldEnd.hold_id.is_(None))
    )
    return cast(query.correlate(Balance).scalar_subquery(), WHOLE)


def strict_balance(connection: Connection, account_id: AccountId) -> Amount:
    """What a strict account holds, held or not, minor units."""
    return connection.execute(
        select(Balance.credited - Balance.debited).where(Balance.account_id == account_id)
    ).scalar_one()


def statement(
    connection: Connection,
    *,
    account_ids: Sequence[AccountId],
    since: datetime | None = None,
    most: int | None = None,
) -> list[StatementLine]:
    """The entries of some strict accounts, newest first; with `since`, those recorded from that instant on.

    With `most`, those of that many newest transactions, each whole.
    """
    query = _statement(account_ids).order_by(
        Transaction.posted_at.desc(), Transaction.id.desc(), Entry.account_id, Entry.version.desc()
    )
    if since is not None:
        query = query.where(Transaction.posted_at >= since)
    if most is not None:
        query = query.where(Transaction.id.in_(_newest(account_ids, most)))
    return [StatementLine(**row._mapping) for row in connection.execute(query)]


def _statement(account_ids: Sequence[AccountId]) -> Select[*tuple[Any, ...]]:
    columns = (
        Entry.version,
        Entry.transaction_id,
        Transaction.kind,
        Transaction.posted_at,
        Transaction.effective_on,
        Transaction.narrative,
        Entry.change,
        Entry.balance,
    )
    joined = select(*columns).join(Transaction, Transaction.id == Entry.transaction_id)
    return joined.where(Entry.account_id.in_(account_ids))


def _newest(account_ids: Sequence[AccountId], most: int) -> Select[*tuple[Any, ...]]:
    touched = select(Entry.transaction_id).where(Entry.account_id.in_(account_ids))
    query = select(Transaction.id).where(Transaction.id.in_(touched))
    return query.order_by(Transaction.posted_at.desc(), Transaction.id.desc()).limit(most)


def resting(connection: Connection, *, unit: Unit = Unit.CR) -> dict[str, Amount]:
    """What all accounts of a unit hold now, credited less debited, by kind; from balances and subtotals, so quickly."""
    query = (
        select(Account.kind, func.sum(Balance.credited - Balance.debited).label("balance"))
        .join(Balance, Balance.account_id == Account.id)
        .where(Account.unit == unit)
        .group_by(Account.kind)
    )
    return {row.kind: int(row.balance) for row in connection.execute(query)} | rollups_by_kind(connection, unit=unit)


def trial_balance(connection: Connection, *, effective: date | None = None) -> list[TrialLine]:
    """Every kind of account by unit, summed from the transfers alone; each unit's balances sum to nothing.

    With `effective`, of all that counts for that London day or before.
    """
    debit = select(Transfer.debit_account.label("account"), Transfer.amount.label("debited"), _zero("credited"))
    credit = select(Transfer.credit_account.label("account"), _zero("debited"), Transfer.amount.label("credited"))
    if effective is not None:
        counts = Transaction.effective_on <= effective
        debit, credit = (
            side.join(Transaction, Transaction.id == Transfer.transaction_id).where(counts) for side in (debit, credit)
        )
    sides = debit.union_all(credit).subquery()
    query = (
        select(
            Account.unit,
            Account.kind,
            func.count(func.distinct(Account.id)).label("accounts"),
            func.coalesce(func.sum(sides.c.debited), 0).label("debited"),
            func.coalesce(func.sum(sides.c.credited), 0).label("credited"),
        )
        .join(sides, sides.c.account == Account.id, isouter=True)
        .group_by(Account.unit, Account.kind)
        .order_by(Account.unit, Account.kind)
    )
    rows = connection.execute(query)
    return [
        TrialLine(
            unit=row.unit,
            kind=row.kind,
            accounts=row.accounts,
            debited=int(row.debited),
            credited=int(row.credited),
        )
        for row in rows
    ]


def _zero(name: str) -> Any:
    return literal(0).label(name)
