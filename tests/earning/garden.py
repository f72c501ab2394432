"""A growing project at work, for tests of awards: sessions with people on their roster, and who came."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from ledger.clock import london_date
from ledger.earning import awards
from ledger.earning.awards import AwardOutcome
from ledger.settings import SchemeRules
from ledger.store import reading
from ledger.wallets.queries import cap_used, wallet_of
from ledger.wallets.rules import Cap
from tests import factories
from tests.factories import NOON, RULES, GrowingProject, occasion_at


def hold(
    session: Session,
    project: GrowingProject,
    residents: list[UUID],
    *,
    starts_at: datetime = NOON - timedelta(hours=2),
    hours: float = 2,
    places: int = 100,
) -> UUID:
    """A session, planned the day before, with these residents on its roster."""
    session_id = factories.activity_session(
        session,
        activity_id=project.activity_id,
        starts_at=starts_at,
        hours=hours,
        places=places,
        occasion=occasion_at(starts_at - timedelta(days=1)),
    )
    for resident in residents:
        factories.place(session, session_id=session_id, resident_id=resident, at=starts_at)
    return session_id


def award(
    session: Session,
    project: GrowingProject,
    session_id: UUID,
    residents: list[UUID],
    *,
    at: datetime = NOON,
    operator_id: UUID | None = None,
    rules: SchemeRules = RULES,
) -> list[AwardOutcome]:
    """The owner of the project says that these came."""
    return awards.award_session(
        session,
        session_id=session_id,
        organiser_id=project.organiser.id,
        operator_id=operator_id or project.organiser.owner_id,
        residents=residents,
        rules=rules,
        occasion=occasion_at(at),
    )


def wallet(engine: Engine, resident: UUID, at: datetime = NOON) -> int:
    """What a resident may spend, minor units."""
    with reading(engine) as session:
        return wallet_of(session, resident_id=resident, now=at).available


def counted(engine: Engine, resident: UUID, at: datetime = NOON) -> tuple[int, int, int]:
    """What stands against a resident's caps: minutes of the day, minor units of the week and of the year."""
    with reading(engine) as session:
        day, week, year = (
            cap_used(session, owner_id=resident, cap=cap, day=london_date(at))
            for cap in (Cap.MINUTES_A_DAY, Cap.EARNED_A_WEEK, Cap.EARNED_A_YEAR)
        )
    return day, week, year
