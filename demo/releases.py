"""Each morning's decision about the file of the night before: one officer approves it, another releases it."""

import random
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from demo import doors
from demo.doors import OfficerDoor
from demo.town import SEED, Town
from ledger.council_tax.queries import batch_on
from ledger.council_tax.release import approve_batch, release_batch, unusual
from ledger.council_tax.rules import UNRELEASED
from ledger.council_tax.views import BatchView
from ledger.occasion import Occasion
from ledger.store import reading

APPROVED_AT, RELEASED_AT = "09:40", "11:15"
WHY_UNUSUAL = "Checked line by line: many applied after the sessions of the week before"


def approve_night(town: Town, day: date) -> None:
    """One officer approves the file of the night before; on the last day the other, so that the visitor may release."""
    door = doors.SECOND_FINANCE_OFFICER if _is_last(town, day) else doors.FINANCE_OFFICER
    found = _waiting(town, day - timedelta(days=1))
    if found is not None:
        _approve(town, day, found, door=door)


def release_night(town: Town, day: date) -> None:
    """Another officer releases it; on the last day it is left for the visitor."""
    found = None if _is_last(town, day) else _waiting(town, day - timedelta(days=1))
    if found is not None:
        _release(town, day, found, door=doors.SECOND_FINANCE_OFFICER)


def _is_last(town: Town, day: date) -> bool:
    return day == town.today - timedelta(days=1)


def _waiting(town: Town, business_date: date) -> BatchView | None:
    """The file of a night, if it has lines and has not left."""
    with reading(town.engine) as session:
        found = batch_on(session, business_date=business_date)
    return found if found is not None and found.lines and found.state in UNRELEASED else None


def _approve(town: Town, day: date, found: BatchView, *, door: OfficerDoor) -> None:
    officer_id, occasion = at_work(town, day, APPROVED_AT, door)

    def approve(session: Session) -> None:
        why = "" if unusual(session, found) is None else WHY_UNUSUAL
        approve_batch(session, sequence=found.sequence, officer_id=officer_id, why=why, occasion=occasion)

    town.work(approve)


def _release(town: Town, day: date, found: BatchView, *, door: OfficerDoor) -> None:
    officer_id, occasion = at_work(town, day, RELEASED_AT, door)
    town.work(lambda session: release_batch(session, sequence=found.sequence, officer_id=officer_id, occasion=occasion))


def at_work(town: Town, day: date, clock: str, door: OfficerDoor) -> tuple[UUID, Occasion]:
    """An officer and the occasion of what they do; its chance is its own, so that the rest is the same town."""
    chance = random.Random(f"{SEED} {day} {clock}")
    occasion = replace(town.at(day, clock, actor=town.officer_actor(door)), token_bytes=chance.randbytes)
    return town.officers[door.email], occasion
