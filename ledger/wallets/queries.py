"""What is in wallets: one resident's purses, what ends when, and what is outstanding over everybody."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import case, func, select, union_all
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session, aliased

from ledger.book import queries as book
from ledger.book.models import Account, Balance, Transaction, Transfer
from ledger.book.queries import StatementLine
from ledger.book.rules import AccountId, Unit
from ledger.clock import london_date
from ledger.money import Amount
from ledger.wallets.models import CapUse
from ledger.wallets.rules import Cap, Purse, Wallet, period_of

PURSE = "purse"
REFUND = "refund"
AWARD, REDEEM, COUNCIL_TAX, EXPIRE = "award", "redeem", "council_tax", "expire"
"""The kinds of transaction that officers see apart; what else moves purses brings something back."""
EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outstanding:
    """What residents still have that ends on one day: minor units, and how many residents have some."""

    expires_on: date
    balance: Amount
    held: Amount
    residents: int

    @property
    def available(self) -> Amount:
        """Balance less held."""
        return self.balance - self.held


@dataclass(frozen=True, slots=True, kw_only=True)
class OutstandingSum:
    """What residents have in purses of some last good days: minor units, and how many residents have some."""

    balance: Amount
    held: Amount
    residents: int

    @property
    def available(self) -> Amount:
        """Balance less held."""
        return self.balance - self.held


@dataclass(frozen=True, slots=True, kw_only=True)
class PurseMovement:
    """How all purses together came from what they held to what they hold now: changes with their signs, minor units."""

    awarded: Amount
    spent: Amount
    to_council_tax: Amount
    returned: Amount
    expired: Amount
    outstanding: Amount

    @property
    def opening(self) -> Amount:
        """What they held before the first of these changes."""
        changes = self.awarded + self.spent + self.to_council_tax + self.returned + self.expired
        return self.outstanding - changes


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """One transaction as its resident sees it: the change over all purses, and what was in the wallet after it."""

    transaction_id: UUID
    kind: str
    posted_at: datetime
    change: Amount
    balance: Amount


def wallet_of(session: Session, *, resident_id: UUID, now: datetime, unit: Unit = Unit.CR) -> Wallet:
    """A resident's purses that are still good now and not empty, soonest to expire first."""
    rows = book.strict_balances(session.connection(), owner_id=resident_id, kind=PURSE, unit=unit, now=now)
    today = london_date(now)
    return Wallet(
        purses=tuple(
            Purse(id=row.account_id, expires_on=row.expires_on, balance=row.balance, held=row.held)
            for row in rows
            if row.balance and row.expires_on is not None and row.expires_on >= today
        )
    )


def movements_of(
    session: Session,
    *,
    resident_id: UUID,
    unit: Unit = Unit.CR,
    since: datetime | None = None,
    most: int | None = None,
) -> list[Movement]:
    """A resident's transactions, newest first, those recorded from `since` on; each with the balance after it.

    With `most`, no more than that many are read. Balances count everything in purses, held or not.
    """
    connection = session.connection()
    purses = _purses(connection, resident_id, unit)
    after = sum(purses.values())
    lines = book.statement(connection, account_ids=list(purses), since=since, most=most)
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


def _purses(connection: Connection, resident_id: UUID, unit: Unit) -> dict[AccountId, Amount]:
    """What each of a resident's purses holds, held or not, past its last day or not."""
    query = (
        select(Balance.account_id, (Balance.credited - Balance.debited).label("balance"))
        .join(Account, Account.id == Balance.account_id)
        .where(Account.owner_id == resident_id, Account.kind == PURSE, Account.unit == unit)
    )
    return {row.account_id: row.balance for row in connection.execute(query)}


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


def outstanding_sum(
    session: Session, *, first: date = date.min, last: date = date.max, unit: Unit = Unit.CR
) -> OutstandingSum:
    """What all purses whose last good day lies between these hold; each resident counts once.

    A purse past its last day still counts until the night that expires it, and as long as some of it is held.
    """
    balance = Balance.credited - Balance.debited
    query = (
        select(
            func.coalesce(func.sum(balance), 0).label("balance"),
            func.coalesce(func.sum(Balance.held), 0).label("held"),
            func.count(func.distinct(Account.owner_id)).label("residents"),
        )
        .join(Balance, Balance.account_id == Account.id)
        .where(Account.kind == PURSE, Account.unit == unit, Account.expires_on.between(first, last), balance > 0)
    )
    row = session.execute(query).one()
    return OutstandingSum(balance=int(row.balance), held=int(row.held), residents=row.residents)


def purses_on(session: Session, *, day: date, unit: Unit = Unit.CR) -> list[Outstanding]:
    """What stood on purses at the end of a London day, by last good day, of all that counts for it or before.

    From the transfers alone; what was held then is not told.
    """
    sides = [
        select(account.label("account_id"), (sign * Transfer.amount).label("change"))
        .join(Transaction, Transaction.id == Transfer.transaction_id)
        .where(Transaction.effective_on <= day)
        for account, sign in ((Transfer.credit_account, 1), (Transfer.debit_account, -1))
    ]
    both = union_all(*sides).subquery("both")
    stood = (
        select(both.c.account_id, func.sum(both.c.change).label("balance"))
        .group_by(both.c.account_id)
        .having(func.sum(both.c.change) != 0)
        .subquery("stood")
    )
    query = (
        select(
            Account.expires_on,
            func.sum(stood.c.balance).label("balance"),
            func.count(func.distinct(Account.owner_id)).label("residents"),
        )
        .join(stood, stood.c.account_id == Account.id)
        .where(Account.kind == PURSE, Account.unit == unit, Account.expires_on.is_not(None))
        .group_by(Account.expires_on)
        .order_by(Account.expires_on)
    )
    return [
        Outstanding(expires_on=row.expires_on, balance=int(row.balance), held=0, residents=row.residents)
        for row in session.execute(query)
        if row.expires_on is not None
    ]


def purse_movement(session: Session, *, first: date, last: date | None = None, unit: Unit = Unit.CR) -> PurseMovement:
    """What moved all purses in transactions that count for `first` or a later day, and what they hold now.

    With `last`, up to that day, and what they held at its end.
    """
    source, target = aliased(Account), aliased(Account)
    into, out_of = (case((account.kind == PURSE, Transfer.amount), else_=0) for account in (target, source))
    query = (
        select(Transaction.kind, func.sum(into - out_of).label("change"))
        .join(Transfer, Transfer.transaction_id == Transaction.id)
        .join(source, source.id == Transfer.debit_account)
        .join(target, target.id == Transfer.credit_account)
        .where(Transaction.effective_on >= first, source.unit == unit)
        .group_by(Transaction.kind)
    )
    if last is not None:
        query = query.where(Transaction.effective_on <= last)
    changes = {row.kind: int(row.change) for row in session.execute(query)}
    named = {kind: changes.pop(kind, 0) for kind in (AWARD, REDEEM, COUNCIL_TAX, EXPIRE)}
    return PurseMovement(
        awarded=named[AWARD],
        spent=named[REDEEM],
        to_council_tax=named[COUNCIL_TAX],
        returned=sum(changes.values()),
        expired=named[EXPIRE],
        outstanding=(
            outstanding_sum(session, unit=unit).balance
            if last is None
            else sum(month.balance for month in purses_on(session, day=last, unit=unit))
        ),
    )


def cap_used(session: Session, *, owner_id: UUID, cap: Cap, day: date) -> int:
    """How much of a cap its owner has used in the period that holds `day`."""
    key = (owner_id, cap.value, period_of(cap, day))
    query = select(CapUse.used).where(
        CapUse.owner_id == key[0], CapUse.cap == key[1], CapUse.period_starts_on == key[2]
    )
    return session.execute(query).scalar_one_or_none() or 0
