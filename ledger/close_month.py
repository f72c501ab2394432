"""Close a month whole: keep everything out of it, wait for what is under way, keep what it came to and its pack."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from ledger.audit.operations import Subject, record_command
from ledger.book.errors import MonthClosed
from ledger.book.packs import has_pack, keep_pack
from ledger.book.periods import (
    Closing,
    PeriodLine,
    close_period,
    closings,
    first_of_month,
    freeze_totals,
    last_of_month,
    period_lines,
)
from ledger.council_tax.calendar import ONE_DAY
from ledger.council_tax.departures import newest_business_date
from ledger.council_tax.errors import NightMissing
from ledger.council_tax.models import CouncilTaxItem
from ledger.council_tax.rules import ItemState
from ledger.month_pack import pack_of
from ledger.occasion import Occasion
from ledger.outages import Busy
from ledger.store import reading, run, snapshot
from ledger.wallets.cohort_months import keep_cohorts, moved_cohorts
from ledger.wallets.cohorts import CohortMonth

PATIENCE_SECONDS = 30.0
_BETWEEN_LOOKS = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedMonth:
    """A month that was closed just now, and what every kind of account had come to by its last day."""

    closing: Closing
    lines: list[PeriodLine]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """What is kept with a closing: its files by name, and what the month did to each cohort."""

    files: Mapping[str, bytes]
    cohorts: Sequence[CohortMonth]


def close_month(engine: Engine, *, month: date, occasion: Occasion) -> ClosedMonth:
    """Close a London month and keep its pack; where a run stopped halfway, finish it.

    Raises MonthNotEnded, MonthClosed, EarlierMonthOpen, NightMissing, and Busy where something posted before the
    closing has not ended in half a minute: nothing is lost, and another run finishes.
    """
    closing = run(engine, partial(_close, month=month, occasion=occasion))
    if not closing.is_frozen:
        _wait_for_what_is_under_way(engine)
        run(engine, partial(_freeze, closing=closing, occasion=occasion))
    with snapshot(engine) as session:
        lines = period_lines(session.connection(), closing.id)
        files = pack_of(session, closing=closing)
        cohorts = moved_cohorts(session, after=closing.month - ONE_DAY, last=last_of_month(closing.month))
    run(engine, partial(_keep, closing=closing, pack=Pack(files=files, cohorts=cohorts), occasion=occasion))
    return ClosedMonth(closing=closing, lines=lines)


def _close(session: Session, *, month: date, occasion: Occasion) -> Closing:
    """The closing, made now, or found where its totals or its pack are missing yet."""
    connection = session.connection()
    stands = next((one for one in closings(connection) if one.month == first_of_month(month)), None)
    if stands is not None:
        if has_pack(connection, closing_id=stands.id):
            raise MonthClosed(stands.month)
        return stands
    missing = _missing_night(session, month)
    if missing is not None:
        raise NightMissing(business_date=missing)
    closing = close_period(connection, closing_id=occasion.new_id(), month=month, at=occasion.now, actor=occasion.actor)
    _record(session, closing, occasion)
    return closing


def _freeze(session: Session, *, closing: Closing, occasion: Occasion) -> None:
    lines = freeze_totals(session.connection(), closing)
    _record(session, closing, occasion, lines=len(lines))


def _keep(session: Session, *, closing: Closing, pack: Pack, occasion: Occasion) -> None:
    if keep_pack(session.connection(), closing_id=closing.id, files=pack.files, at=occasion.now):
        keep_cohorts(session, closing_id=closing.id, months=pack.cohorts)
        _record(session, closing, occasion, files=len(pack.files))


def _record(session: Session, closing: Closing, occasion: Occasion, **details: int) -> None:
    subject = Subject(kind="months", id=f"{closing.month:%Y-%m}")
    record_command(session, "close-month", subject=subject, details=details, occasion=occasion)


def _missing_night(session: Session, month: date) -> date | None:
    """The first night of the month for which an item waits; past its last night, what waits is a later month's."""
    newest = newest_business_date(session)
    if newest is not None and newest >= last_of_month(month):
        return None
    due = select(func.min(CouncilTaxItem.leaves_on)).where(
        CouncilTaxItem.state == ItemState.HELD, CouncilTaxItem.leaves_on <= last_of_month(month)
    )
    first: date | None = session.execute(due).scalar_one()
    return first if first is None or newest is None else max(first, newest + ONE_DAY)


def _wait_for_what_is_under_way(engine: Engine) -> None:
    """Wait until every transaction that may not have seen the closing has ended; SQLite has one writer at a time."""
    if engine.dialect.name != "postgresql":
        return
    now = func.pg_current_snapshot()
    with reading(engine) as session:
        newest = session.execute(select(func.pg_snapshot_xmax(now))).scalar_one()
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        with reading(engine) as session:
            oldest = session.execute(select(func.pg_snapshot_xmin(func.pg_current_snapshot()))).scalar_one()
        if int(oldest) >= int(newest):
            return
        time.sleep(_BETWEEN_LOOKS)
    raise Busy
