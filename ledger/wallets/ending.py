"""Tell residents that credits end: 60, 30 and 7 days before, each time once, however often it is asked for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from ledger.book.models import Account, Balance
from ledger.book.rules import Unit
from ledger.money import Amount
from ledger.notices.messages import credits_end
from ledger.notices.operations import enqueue
from ledger.occasion import Occasion
from ledger.outages import Undone
from ledger.people.models import Resident
from ledger.people.rules import ResidentStatus
from ledger.store import insert_once
from ledger.wallets.ending_models import ExpiryNotice
from ledger.wallets.queries import PURSE
from ledger.wallets.rules import DAYS_BEFORE_THE_END, days_told, last_day_of_month

UNIT_WORDS = {Unit.CR: "credits", Unit.TC: "thanks credits"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What ends for one resident on one day, in minor units, and which of the tellings is due."""

    resident_id: UUID
    email: str = field(repr=False)
    unit: Unit
    expires_on: date
    amount: Amount
    days: int


def endings_due(session: Session, *, morning: date) -> list[Ending]:
    """What residents are to be told on a morning and were not: the soonest to end first."""
    return [ending for last_day in _last_days(morning) for ending in _ending_on(session, last_day, morning)]


def _last_days(morning: date) -> Iterator[date]:
    """The last good days that somebody may be told of on a morning: purses end with a month."""
    last_day, furthest = last_day_of_month(morning), morning + timedelta(days=max(DAYS_BEFORE_THE_END))
    while last_day <= furthest:
        yield last_day
        last_day = last_day_of_month(last_day, months_later=1)


def _ending_on(session: Session, last_day: date, morning: date) -> list[Ending]:
    days = days_told(last_day, morning=morning)
    assert days is not None, "only days that may be told of are asked for"
    available = Balance.credited - Balance.debited - Balance.held
    told = select(ExpiryNotice.resident_id).where(
        ExpiryNotice.resident_id == Account.owner_id,
        ExpiryNotice.unit == Account.unit,
        ExpiryNotice.expires_on == Account.expires_on,
        ExpiryNotice.days <= days,
    )
    query = (
        select(Account.owner_id, Resident.email, Account.unit, available.label("amount"))
        .join(Balance, Balance.account_id == Account.id)
        .join(Resident, Resident.id == Account.owner_id)
        .where(Account.kind == PURSE, Account.expires_on == last_day, available > 0)
        .where(Resident.status == ResidentStatus.OPEN, ~told.exists())
        .order_by(Account.id)
    )
    return [
        Ending(
            resident_id=row.owner_id,
            email=row.email,
            unit=Unit(row.unit),
            expires_on=last_day,
            amount=row.amount,
            days=days,
        )
        for row in session.execute(query)
    ]


def tell_ending(session: Session, *, ending: Ending, field_keys: Sequence[str], occasion: Occasion) -> bool:
    """Put the notice into the outbox unless this telling was done; whether it was put there now."""
    message = credits_end(amount=ending.amount, unit_words=UNIT_WORDS[ending.unit], last_day=ending.expires_on)
    key = {
        "resident_id": ending.resident_id,
        "unit": ending.unit.value,
        "expires_on": ending.expires_on,
        "days": ending.days,
    }
    same = [getattr(ExpiryNotice, name) == value for name, value in key.items()]
    if session.execute(select(ExpiryNotice.notice_id).where(*same)).first():
        return False
    notice_id = enqueue(
        session,
        topic=message.topic,
        to=ending.email,
        subject=message.subject,
        text=message.text,
        field_keys=field_keys,
        occasion=occasion,
    )
    row = {**key, "notice_id": notice_id, "told_at": occasion.now}
    if not insert_once(session.connection(), ExpiryNotice, row, taken=and_(*same)):
        raise Undone  # somebody told them just now: begun anew, this finds so
    return True
