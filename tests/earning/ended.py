"""A programme that ended on 9 November 2026, in which claims went on until the 23rd, for tests of what is then left."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID

from sqlalchemy import Engine

from ledger.book.queries import trial_balance
from ledger.money import Amount
from ledger.store import reading, unit_of_work
from tests import factories
from tests.earning.garden import award, hold
from tests.factories import GrowingProject, occasion_at

ENDED_ON, LAST_CLAIMS, CLOSED = date(2026, 11, 9), date(2026, 11, 23), date(2026, 11, 24)
BEFORE = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
LAST_SESSION = datetime(2026, 11, 9, 22, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A programme of 1,000.00, 200.00 of it with each of two organisers; one awarded 5.00 to a resident."""

    project: GrowingProject
    session_id: UUID
    awarded: UUID
    resident: UUID
    waiting: UUID

    @property
    def programme_id(self) -> UUID:
        return self.project.programme_id


def ended_programme(engine: Engine) -> Ended:
    """Of the two on the roster of its last session, which ended at 2:00 on the day after, one was thanked at once."""
    before = occasion_at(BEFORE)
    with unit_of_work(engine) as session:
        programme = factories.programme(session, budget=100_000, ends_on=ENDED_ON, occasion=before)
        company, other = factories.organiser(session), factories.organiser(session)
        for organiser in (company, other):
            factories.allowance(session, programme_id=programme, organiser_id=organiser.id, occasion=before)
        activity = factories.activity(
            session, organiser_id=company.id, programme_id=programme, tariff=125, occasion=before
        )
        project = GrowingProject(organiser=company, programme_id=programme, activity_id=activity)
        resident, waiting = factories.resident(session), factories.resident(session)
        session_id = hold(session, project, [resident, waiting], starts_at=LAST_SESSION, hours=4)
        (outcome,) = award(session, project, session_id, [resident], at=LAST_SESSION)
    return Ended(
        project=project, session_id=session_id, awarded=outcome.transaction_id, resident=resident, waiting=waiting
    )


def resting(engine: Engine) -> dict[str, Amount]:
    """What each kind of account holds, those that hold nothing left out."""
    with reading(engine) as session:
        return {line.kind: line.balance for line in trial_balance(session.connection()) if line.balance}
