"""Take a night on, say that its runner lives, write down what was done, end it: each by a guarded update."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from ledger.nights.errors import AlreadyRunning, NightLost
from ledger.nights.models import Night, NightStep
from ledger.nights.queries import NightView, night_on
from ledger.nights.rules import ENDINGS, NightKind, NightState, has_lapsed
from ledger.nights.runners import has_ended
from ledger.occasion import Occasion
from ledger.store import insert_once


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenOn:
    """A night in the hands of this runner, who keeps it as long as no other has raised `run`."""

    id: UUID
    business_date: date
    run: int


def take_on(
    session: Session,
    *,
    business_date: date,
    runner: str,
    occasion: Occasion,
    is_dead: Callable[[str], bool] = has_ended,
) -> TakenOn | None:
    """Take a night on, a new one or one whose runner ended or went silent; None where it is done.

    The row's key is the lock: of two who start at once the second waits here and is told. Raises AlreadyRunning.
    """
    night_id = occasion.new_id()
    row = {
        "id": night_id,
        "kind": NightKind.NIGHT.value,
        "business_date": business_date,
        "state": NightState.RUNNING.value,
        "run": 1,
        "runner": runner,
        "started_at": occasion.now,
        "heartbeat_at": occasion.now,
        "ended_at": None,
    }
    same = (Night.kind == NightKind.NIGHT) & (Night.business_date == business_date)
    if insert_once(session.connection(), Night, row, taken=same):
        return TakenOn(id=night_id, business_date=business_date, run=1)
    stands = night_on(session, business_date=business_date)
    assert stands is not None, "its key is taken"
    if stands.state is NightState.DONE:
        return None
    return _take_over(session, stands, runner=runner, now=occasion.now, is_dead=is_dead)


def _take_over(
    session: Session, stands: NightView, *, runner: str, now: datetime, is_dead: Callable[[str], bool]
) -> TakenOn:
    lives = not has_lapsed(stands.heartbeat_at, now=now) and not is_dead(stands.runner)
    if stands.state is NightState.RUNNING and lives:
        raise AlreadyRunning(business_date=stands.business_date)
    as_read = (
        Night.id == stands.id,
        Night.run == stands.run,
        Night.state == stands.state,
        Night.heartbeat_at == stands.heartbeat_at,
    )
    mine = {"state": NightState.RUNNING, "run": stands.run + 1, "runner": runner, "heartbeat_at": now}
    if not session.connection().execute(update(Night).where(*as_read).values(**mine, ended_at=None)).rowcount:
        raise AlreadyRunning(business_date=stands.business_date)
    return TakenOn(id=stands.id, business_date=stands.business_date, run=stands.run + 1)


def beat(session: Session, *, night: TakenOn, now: datetime) -> None:
    """Say that the runner lives. Raises NightLost where another took the night over."""
    _change(session, night, heartbeat_at=now)


def record_step(
    session: Session, *, night: TakenOn, step: str, figures: dict[str, Any], at: datetime, now: datetime
) -> None:
    """Write down that a step was done as of an instant, and that its runner lives now. Raises NightLost."""
    _change(session, night, heartbeat_at=now)
    row = {"night_id": night.id, "run": night.run, "step": step, "at": at, "figures": figures}
    session.connection().execute(insert(NightStep), row)


def end(session: Session, *, night: TakenOn, state: NightState, now: datetime) -> None:
    """End this run of the night. Raises NightLost."""
    assert state in ENDINGS, "a night ends in one of its endings"
    _change(session, night, state=state.value, ended_at=now)


def _change(session: Session, night: TakenOn, **values: Any) -> None:
    mine = (Night.id == night.id, Night.run == night.run, Night.state == NightState.RUNNING)
    if not session.connection().execute(update(Night).where(*mine).values(**values)).rowcount:
        raise NightLost(business_date=night.business_date)
