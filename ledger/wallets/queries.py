"""What is in wallets: one resident's purses, what ends when, and what is outstanding over everybody."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger.book import queries as book
from ledger.book.models import Account, Balance
from ledger.book.queries import StatementLine
from ledger.book.rules import Unit
from ledger.money import Amount
from ledger.wallets.models import CapUse
from ledger.wallets.rules import Cap, Purse, Wallet, period_of

PURSE = "purse"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outstanding:
    """What residents still have that ends on one day: minor units, and how many residents have some."""

    expires_on: date
    balance: Amount
    held: Amount
    residents: int

    @property
    def free(self) -> Amount:
        """Balance less held."""
        return self.balance - self.held


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """One transaction as its resident sees it: the change over all purses, and what was in the wallet after it."""

    transaction_id: UUID
    kind: str
    posted_at: datetime
    change: Amount
    balance: Amount


def wallet_of(session: Session, *, resident_id: UUID, today: date, unit: Unit = Unit.CR) -> Wallet:
    """A resident's purses that are still good today and not empty, soonest to expire first."""
    rows = book.strict_balances(session.connection(), owner_id=resident_id, kind=PURSE, unit=unit)
    return Wallet(
        purses=tuple(
            Purse(id=row.account_id, expires_on=row.expires_on, balance=row.balance, held=row.held)
            for row in rows
            if row.balance and row.expires_on is not None and row.expires_on >= today
        )
    )


def movements_of(
    session: Session, *, resident_id: UUID, unit: Unit = Unit.CR, since: datetime | None = None
) -> list[Movement]:
    """A resident's transactions, newest first, those recorded from `since` on; each with the balance after it.

    Balances count everything in purses, held or not.
    """
    connection = session.connection()
    accounts = book.strict_balances(connection, owner_id=resident_id, kind=PURSE, unit=unit)
    after = sum(row.balance for row in accounts)
    lines = book.statement(connection, account_ids=[row.account_id for row in accounts], since=since)
    movements: list[Movement] = []
    for group in _by_transaction(lines):
        change = sum(line.change for line in group)
        head = group[0]
        movements.append(
            Movement(
                transaction_id=head.transaction_id,
                kind=head.kind,
                posted_at=head.posted_at,
                change=change,
                balance=after,
            )
        )
        after -= change
    return movements


def _by_transaction(lines: Sequence[StatementLine]) -> list[list[StatementLine]]:
    groups: dict[UUID, list[StatementLine]] = {}
    for line in lines:
        groups.setdefault(line.transaction_id, []).append(line)
    return list(groups.values())


def outstanding_by_month(session: Session, *, today: date, unit: Unit = Unit.CR) -> list[Outstanding]:
    """What is outstanding on today's good purses, by last good day; months with nothing are left out."""
    balance = Balance.credited - Balance.debited
    query = (
        select(
            Account.expires_on,
            func.sum(balance).label("balance"),
            func.sum(Balance.held).label("held"),
            func.count(func.distinct(Account.owner_id)).label("residents"),
        )
        .join(Balance, Balance.account_id == Account.id)
        .where(Account.kind == PURSE, Account.unit == unit, Account.expires_on >= today, balance > 0)
        .group_by(Account.expires_on)
        .order_by(Account.expires_on)
    )
    return [
        Outstanding(expires_on=row.expires_on, balance=int(row.balance), held=int(row.held), residents=row.residents)
        for row in session.execute(query)
        if row.expires_on is not None
    ]


def residents_with_credits(session: Session, *, today: date, unit: Unit = Unit.CR) -> int:
    """How many residents have any credits that are good today; each counts once."""
    query = (
        select(func.count(func.distinct(Account.owner_id)))
        .join(Balance, Balance.account_id == Account.id)
        .where(Account.kind == PURSE, Account.unit == unit, Account.expires_on >= today)
        .where(Balance.credited > Balance.debited)
    )
    return session.execute(query).scalar_one()


def cap_used(session: Session, *, owner_id: UUID, cap: Cap, day: date) -> int:
    """How much of a cap its owner has used in the period that holds `day`."""
    key = (owner_id, cap.value, period_of(cap, day))
    query = select(CapUse.used).where(
        CapUse.owner_id == key[0], CapUse.cap == key[1], CapUse.period_starts_on == key[2]
    )
    return session.execute(query).scalar_one_or_none() or 0
