"""What awards and rosters need to know of a session, and when who came may be said."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.clock import london_date
from ledger.earning.errors import ProgrammeNotOpen, SessionCancelled, TooEarly, TooLate
from ledger.earning.models import Activity, ActivitySession, Programme
from ledger.earning.rules import (
    CLAIMS_GO_ON,
    ProgrammeState,
    SessionState,
    TariffPer,
    minutes_of,
    session_credits,
    state_on,
)
from ledger.earning.tariffs import tariff_of
from ledger.errors import NotFound
from ledger.money import Amount
from ledger.occasion import Occasion


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionFacts:
    """A session with the tariff in force on its London day (minor units) and its programme's last day."""

    id: UUID
    organiser_id: UUID
    programme_id: UUID
    programme_state: ProgrammeState
    programme_ends_on: date
    starts_at: datetime
    ends_at: datetime
    state: SessionState
    tariff: Amount
    tariff_per: TariffPer

    @property
    def minutes(self) -> int:
        """How long it lasts."""
        return minutes_of(starts_at=self.starts_at, ends_at=self.ends_at)

    @property
    def credits(self) -> Amount:
        """What taking part is worth, minor units."""
        return session_credits(tariff=self.tariff, per=self.tariff_per, minutes=self.minutes)


def session_facts(session: Session, *, session_id: UUID, organiser_id: UUID | None = None) -> SessionFacts:
    """A session, read without a lock; with `organiser_id`, only that organiser's. Raises NotFound."""
    query = (
        select(ActivitySession, Activity, Programme.state, Programme.ends_on)
        .join(Activity, Activity.id == ActivitySession.activity_id)
        .join(Programme, Programme.id == Activity.programme_id)
        .where(ActivitySession.id == session_id)
        .execution_options(populate_existing=True)
    )
    found = session.execute(query).first()
    if found is None or organiser_id not in (None, found.Activity.organiser_id):
        raise NotFound("session")
    tariff = tariff_of(session, found.Activity, day=london_date(found.ActivitySession.starts_at))
    return SessionFacts(
        id=session_id,
        organiser_id=found.Activity.organiser_id,
        programme_id=found.Activity.programme_id,
        programme_state=ProgrammeState(found.state),
        programme_ends_on=found.ends_on,
        starts_at=found.ActivitySession.starts_at,
        ends_at=found.ActivitySession.ends_at,
        state=SessionState(found.ActivitySession.state),
        tariff=tariff.amount,
        tariff_per=tariff.per,
    )


def check_awardable(facts: SessionFacts, occasion: Occasion) -> None:
    """Refuse to say who came before the session's start, or later than 14 days after its end.

    Raises SessionCancelled, TooEarly, TooLate, ProgrammeNotOpen.
    """
    if facts.state != SessionState.OPEN:
        raise SessionCancelled
    if occasion.now < facts.starts_at:
        raise TooEarly(from_at=facts.starts_at)
    if occasion.now > facts.ends_at + CLAIMS_GO_ON:
        raise TooLate(until_at=facts.ends_at + CLAIMS_GO_ON)
    state = state_on(facts.programme_state, ends_on=facts.programme_ends_on, today=occasion.today)
    if state not in (ProgrammeState.OPEN, ProgrammeState.CLOSING):
        raise ProgrammeNotOpen(state=state)
