"""What stands of the nights: which are not done, what was done in one, and the last that was good."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger.nights.errors import NightNotWhole
from ledger.nights.models import Night, NightStep
from ledger.nights.rules import NightKind, NightState


@dataclass(frozen=True, slots=True, kw_only=True)
class NightView:
    """A night as it stands."""

    id: UUID
    business_date: date
    state: NightState
    run: int
    runner: str
    started_at: datetime
    heartbeat_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepView:
    """A step that was done, as of which instant, and its figures."""

    run: int
    step: str
    at: datetime
    figures: dict[str, Any]


def night_on(session: Session, *, business_date: date) -> NightView | None:
    """The night of a business date, or None where it was never begun."""
    query = select(Night.__table__).where(Night.kind == NightKind.NIGHT, Night.business_date == business_date)
    row = session.connection().execute(query).one_or_none()
    return None if row is None else _view(row)


def nights(session: Session, *, most: int | None = None) -> list[NightView]:
    """The nights, newest first."""
    query = select(Night.__table__).where(Night.kind == NightKind.NIGHT).order_by(Night.business_date.desc())
    return [_view(row) for row in session.connection().execute(query.limit(most))]


def steps_of(session: Session, *, night_id: UUID) -> list[StepView]:
    """Every step that was done in a night, in any run of it, the first run first."""
    columns = (NightStep.run, NightStep.step, NightStep.at, NightStep.figures)
    query = select(*columns).where(NightStep.night_id == night_id).order_by(NightStep.run, NightStep.step)
    return [StepView(**row._mapping) for row in session.execute(query)]


def unfinished(session: Session, *, through: date) -> list[date]:
    """The business dates that were begun and are not done, the oldest first."""
    query = (
        select(Night.business_date)
        .where(Night.kind == NightKind.NIGHT, Night.state != NightState.DONE, Night.business_date <= through)
        .order_by(Night.business_date)
    )
    return list(session.execute(query).scalars())


def newest_night(session: Session) -> date | None:
    """The newest business date that was begun, or None before the first."""
    query = select(func.max(Night.business_date)).where(Night.kind == NightKind.NIGHT)
    newest: date | None = session.execute(query).scalar_one()
    return newest


def not_whole(session: Session) -> date | None:
    """The oldest business date whose checks found the books not whole and that was not run well since, or None."""
    broken = (Night.kind == NightKind.NIGHT, Night.state == NightState.NOT_WHOLE)
    oldest: date | None = session.execute(select(func.min(Night.business_date)).where(*broken)).scalar_one()
    return oldest


def check_whole(session: Session) -> None:
    """Refuse what leaves the building while a night's checks stand unanswered. Raises NightNotWhole."""
    if (day := not_whole(session)) is not None:
        raise NightNotWhole(business_date=day)


def last_done(session: Session) -> NightView | None:
    """The newest night that is done, or None before the first."""
    done = (Night.kind == NightKind.NIGHT, Night.state == NightState.DONE)
    row = (
        session.connection()
        .execute(select(Night.__table__).where(*done).order_by(Night.business_date.desc()).limit(1))
        .one_or_none()
    )
    return None if row is None else _view(row)


def _view(row: Any) -> NightView:
    facts = {name: value for name, value in row._mapping.items() if name != "kind"}
    return NightView(**{**facts, "state": NightState(row.state)})
