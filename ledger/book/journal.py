"""The journal: every transfer with its transaction, streamed in the order of the books, and what it comes to."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, true
from sqlalchemy.engine import Connection
from sqlalchemy.orm import aliased

from ledger.book.models import Account, Transaction, Transfer
from ledger.identifiers import to_text
from ledger.money import Amount

AT_A_TIME = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """The London days that a journal tells of, first and last included; None for no end. It goes by `effective_on`."""

    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalAccount:
    """An account as journals name it."""

    kind: str
    unit: str
    public_id: UUID

    def __str__(self) -> str:
        return f"{self.kind}:{self.unit}:{to_text(self.public_id)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalRow:
    """One transfer, minor units, and the transaction it is a line of."""

    transaction_id: UUID
    line: int
    kind: str
    effective_on: date
    posted_at: datetime
    actor: str
    narrative: str
    reverses: UUID | None
    corrects: UUID | None
    debit: JournalAccount
    credit: JournalAccount
    amount: Amount


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalTotal:
    """What all accounts of one kind and unit come to by the journal's transfers: credited less debited, minor units."""

    kind: str
    unit: str
    balance: Amount


def journal_rows(connection: Connection, period: Period) -> Iterator[JournalRow]:
    """The transfers of a period by the instant of posting, transaction and line; some thousand in memory at a time."""
    debit, credit = aliased(Account), aliased(Account)
    query = (
        select(
            *(Transaction.id, Transfer.line, Transaction.kind, Transaction.effective_on, Transaction.posted_at),
            *(Transaction.actor, Transaction.narrative, Transaction.reverses, Transaction.corrects, Transfer.amount),
            *_columns(debit, "debit"),
            *_columns(credit, "credit"),
        )
        .join(Transaction, Transaction.id == Transfer.transaction_id)
        .join(debit, debit.id == Transfer.debit_account)
        .join(credit, credit.id == Transfer.credit_account)
        .where(_within(period))
        .order_by(Transaction.posted_at, Transaction.id, Transfer.line)
    )
    for row in _streamed(connection, query):
        yield _journal_row(row)


def journal_accounts(connection: Connection, period: Period) -> Iterator[JournalAccount]:
    """The accounts that the journal of a period names, in the order in which they were opened."""
    touched = (
        select(Transfer.seq)
        .join(Transaction, Transaction.id == Transfer.transaction_id)
        .where(or_(Transfer.debit_account == Account.id, Transfer.credit_account == Account.id), _within(period))
    )
    query = select(Account.kind, Account.unit, Account.public_id).where(touched.exists()).order_by(Account.id)
    for row in _streamed(connection, query):
        yield JournalAccount(kind=row.kind, unit=row.unit, public_id=row.public_id)


def journal_totals(connection: Connection, period: Period) -> list[JournalTotal]:
    """What each kind and unit comes to, summed by the database; without a period, the trial balance."""
    debited = select(Transfer.debit_account.label("account"), (-Transfer.amount).label("change"))
    credited = select(Transfer.credit_account.label("account"), Transfer.amount.label("change"))
    sides = (
        side.join(Transaction, Transaction.id == Transfer.transaction_id).where(_within(period))
        for side in (debited, credited)
    )
    changes = next(sides).union_all(next(sides)).subquery()
    query = (
        select(Account.unit, Account.kind, func.sum(changes.c.change).label("balance"))
        .join(changes, changes.c.account == Account.id)
        .group_by(Account.unit, Account.kind)
        .order_by(Account.unit, Account.kind)
    )
    rows = connection.execute(query)
    return [JournalTotal(kind=row.kind, unit=row.unit, balance=int(row.balance)) for row in rows]


def last_day(connection: Connection, period: Period) -> date | None:
    """The last day on which the journal of a period has a transaction; None where it has none."""
    return connection.execute(select(func.max(Transaction.effective_on)).where(_within(period))).scalar_one()


def _within(period: Period) -> ColumnElement[bool]:
    since = true() if period.first is None else Transaction.effective_on >= period.first
    until = true() if period.last is None else Transaction.effective_on <= period.last
    return and_(since, until)


def _columns(account: Any, side: str) -> tuple[Any, ...]:
    return tuple(getattr(account, name).label(f"{side}_{name}") for name in ("kind", "unit", "public_id"))


def _journal_row(row: Any) -> JournalRow:
    return JournalRow(
        transaction_id=row.id,
        line=row.line,
        kind=row.kind,
        effective_on=row.effective_on,
        posted_at=row.posted_at,
        actor=row.actor,
        narrative=row.narrative,
        reverses=row.reverses,
        corrects=row.corrects,
        debit=JournalAccount(kind=row.debit_kind, unit=row.debit_unit, public_id=row.debit_public_id),
        credit=JournalAccount(kind=row.credit_kind, unit=row.credit_unit, public_id=row.credit_public_id),
        amount=row.amount,
    )


def _streamed(connection: Connection, query: Select[*tuple[Any, ...]]) -> Iterator[Any]:
    with connection.execute(query.execution_options(yield_per=AT_A_TIME)) as rows:
        yield from rows
