"""Closed months: frozen with their totals, corrected in the open month, and opened again by two people only.

A closing is two units of work. `close_period` keeps everything out of the month from its commit on; once whatever was
being posted meanwhile has ended, `freeze_totals` writes down what the month came to, which nothing changes any more.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, insert, select
from sqlalchemy.engine import Connection

from ledger.book.errors import EarlierMonthOpen, MonthClosed, MonthNotClosed, MonthNotEnded
from ledger.book.models import Transaction
from ledger.book.period_models import PeriodClosing, PeriodReopening, PeriodTotal
from ledger.book.queries import trial_balance
from ledger.book.rules import Posting
from ledger.clock import london_date
from ledger.money import Amount

CORRECTS_MONTH = "corrects_month"


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """A month that is closed: its first day, how often it was closed, when and by whom. `is_frozen`: has its totals."""

    id: UUID
    month: date
    number: int
    closed_at: datetime
    closed_by: str
    is_frozen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodLine:
    """One kind of account and unit as a closing froze it, minor units."""

    unit: str
    kind: str
    debited: Amount
    credited: Amount

    @property
    def balance(self) -> Amount:
        """Credited less debited."""
        return self.credited - self.debited


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopening:
    """Why a month is opened again, and the two people who agreed on it."""

    reason: str
    proposed_by: str
    approved_by: str
    at: datetime


def first_of_month(day: date) -> date:
    """The first day of the month that holds `day`."""
    return day.replace(day=1)


def last_of_month(month: date) -> date:
    """The last day of the month that holds `month`."""
    return first_of_month(first_of_month(month) + timedelta(days=31)) - timedelta(days=1)


def closings(connection: Connection) -> list[Closing]:
    """The months that are closed, latest first."""
    frozen = select(PeriodTotal.closing_id).where(PeriodTotal.closing_id == PeriodClosing.id).exists()
    rows = connection.execute(
        select(*PeriodClosing.__table__.columns, frozen.label("is_frozen"))
        .where(_stands())
        .order_by(PeriodClosing.month.desc())
    )
    return [Closing(**row._mapping) for row in rows]


def closings_of(connection: Connection, *, month: date) -> list[Closing]:
    """Every closing of a month, the latest first, those that were opened again too."""
    frozen = select(PeriodTotal.closing_id).where(PeriodTotal.closing_id == PeriodClosing.id).exists()
    rows = connection.execute(
        select(*PeriodClosing.__table__.columns, frozen.label("is_frozen"))
        .where(PeriodClosing.month == first_of_month(month))
        .order_by(PeriodClosing.number.desc())
    )
    return [Closing(**row._mapping) for row in rows]


def _stands() -> ColumnElement[bool]:
    """Whether a closing was not opened again."""
    opened = select(PeriodReopening.closing_id).where(PeriodReopening.closing_id == PeriodClosing.id)
    return ~opened.exists()


def close_period(connection: Connection, *, closing_id: UUID, month: date, at: datetime, actor: str) -> Closing:
    """Close a month to every further transaction; one that is closed and has no totals yet is found as it stands.

    Raises MonthNotEnded, MonthClosed, EarlierMonthOpen.
    """
    month = first_of_month(month)
    if london_date(at) <= last_of_month(month):
        raise MonthNotEnded(f"{month:%B %Y} has not ended")
    closed = closings(connection)
    for one in closed:
        if one.month == month and one.is_frozen:
            raise MonthClosed(month)
        if one.month == month:
            return one
    _check_earlier(connection, month, closed)
    times = select(func.count()).where(PeriodClosing.month == month)
    number = connection.execute(times).scalar_one() + 1
    row: dict[str, Any] = {"id": closing_id, "month": month, "number": number, "closed_at": at, "closed_by": actor}
    connection.execute(insert(PeriodClosing), row)
    return Closing(**row, is_frozen=False)


def _check_earlier(connection: Connection, month: date, closed: Sequence[Closing]) -> None:
    """Refuse where an earlier month with transactions is open. Raises EarlierMonthOpen, MonthClosed."""
    if closed and closed[0].month > month:
        raise MonthClosed(month)
    open_since = last_of_month(closed[0].month) if closed else date.min
    earliest = select(func.min(Transaction.effective_on)).where(
        Transaction.effective_on > open_since, Transaction.effective_on < month
    )
    first_open: date | None = connection.execute(earliest).scalar_one()
    if first_open is not None:
        raise EarlierMonthOpen(first_of_month(first_open))


def freeze_totals(connection: Connection, closing: Closing) -> list[PeriodLine]:
    """Write down what every kind of account came to by the month's last day, from the transfers alone."""
    lines = [
        PeriodLine(unit=line.unit, kind=line.kind, debited=line.debited, credited=line.credited)
        for line in trial_balance(connection, effective=last_of_month(closing.month))
    ]
    rows = [
        {
            "closing_id": closing.id,
            "unit": line.unit,
            "kind": line.kind,
            "debited": line.debited,
            "credited": line.credited,
        }
        for line in lines
    ]
    if rows:
        connection.execute(insert(PeriodTotal), rows)
    return lines


def period_lines(connection: Connection, closing_id: UUID) -> list[PeriodLine]:
    """What a closing froze, by unit and kind."""
    columns = (PeriodTotal.unit, PeriodTotal.kind, PeriodTotal.debited, PeriodTotal.credited)
    query = select(*columns).where(PeriodTotal.closing_id == closing_id)
    rows = connection.execute(query.order_by(PeriodTotal.unit, PeriodTotal.kind))
    return [PeriodLine(**row._mapping) for row in rows]


def reopen_period(connection: Connection, *, month: date, reopening: Reopening) -> None:
    """Open the latest closed month again; its closing and totals stay on record. Raises MonthNotClosed."""
    closed = closings(connection)
    if not closed or closed[0].month != first_of_month(month):
        raise MonthNotClosed(f"{month:%B %Y} is not the latest closed month")
    row = {
        "closing_id": closed[0].id,
        "reopened_at": reopening.at,
        "proposed_by": reopening.proposed_by,
        "approved_by": reopening.approved_by,
        "reason": reopening.reason,
    }
    connection.execute(insert(PeriodReopening), row)


def citing_closed_month(connection: Connection, posting: Posting) -> Posting:
    """The posting, its details naming the month of what it corrects or reverses where that month is closed."""
    cited = posting.corrects or posting.reverses
    if cited is None:
        return posting
    counts_on = connection.execute(select(Transaction.effective_on).where(Transaction.id == cited)).scalar_one_or_none()
    if counts_on is None:
        return posting
    month = first_of_month(counts_on)
    closed = select(PeriodClosing.id).where(PeriodClosing.month == month, _stands())
    if connection.execute(closed).first() is None:
        return posting
    return replace(posting, details={**posting.details, CORRECTS_MONTH: f"{month:%Y-%m}"})
