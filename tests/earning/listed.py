"""A session that ended at noon and a list of who came to it, for tests of awards from a list."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Engine, update
from sqlalchemy.orm import Session

from ledger.earning.file_awards import approve_file_award, award_file
from ledger.earning.rules import Came, TariffPer, session_credits
from ledger.people import register
from ledger.people.models import Operator, Resident
from ledger.people.rules import Permission, ResidentStatus
from ledger.store import run, unit_of_work
from tests import factories
from tests.earning.garden import hold
from tests.factories import FIELD_KEYS, NOON, RULES, GrowingProject, occasion_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A project, a session of two hours without anybody on its roster, who came, and an officer who may approve."""

    project: GrowingProject
    session_id: UUID
    residents: list[UUID]
    tariff: int
    checker: UUID


def listed(
    engine: Engine, *, people: int, tariff: int = 250, allowance_of: int = 100_000, owner_email: str | None = None
) -> Listed:
    """So many people, at `tariff` minor units an hour."""
    with unit_of_work(engine) as session:
        project = factories.growing_project(session, allowance_of=allowance_of, tariff=tariff)
        if owner_email is not None:
            owner = update(Operator).where(Operator.id == project.organiser.owner_id)
            session.execute(owner.values(email=owner_email))
        return Listed(
            project=project,
            session_id=hold(session, project, []),
            residents=[factories.resident(session) for _ in range(people)],
            tariff=tariff,
            checker=officer(session, f"checker+{project.organiser.id.hex}@example.org"),
        )


def officer(session: Session, email: str) -> UUID:
    """An officer with this address, who may approve."""
    permissions, occasion = [Permission.APPROVE, Permission.AWARD], occasion_at(NOON)
    added = register.add_officer(
        session, name="Grace Hall", email=email, permissions=permissions, field_keys=FIELD_KEYS, occasion=occasion
    )
    return added.id


def ask(
    engine: Engine,
    town: Listed,
    minutes: Mapping[UUID, int] | None = None,
    *,
    operator_id: UUID | None = None,
    session_id: UUID | None = None,
    at: datetime = NOON,
) -> str | None:
    """The owner, or another operator, sends the list: by each, so many minutes; without them all, the whole session."""
    asked = dict.fromkeys(town.residents, 120) if minutes is None else minutes
    came = {
        resident: Came(minutes=one, amount=session_credits(tariff=town.tariff, per=TariffPer.HOUR, minutes=one))
        for resident, one in asked.items()
    }
    return run(
        engine,
        lambda session: award_file(
            session,
            session_id=session_id or town.session_id,
            organiser_id=town.project.organiser.id,
            operator_id=operator_id or town.project.organiser.owner_id,
            came=came,
            rules=RULES,
            occasion=occasion_at(at),
        ),
    )


def approve(
    engine: Engine, town: Listed, proposal_id: UUID, *, checker_id: UUID | None = None, at: datetime = NOON
) -> None:
    """The officer, or another, agrees to it."""
    run(
        engine,
        lambda session: approve_file_award(
            session,
            proposal_id=proposal_id,
            checker_id=checker_id or town.checker,
            rules=RULES,
            occasion=occasion_at(at),
        ),
    )


def leave(session: Session, resident_id: UUID) -> None:
    """A resident closes their wallet."""
    session.execute(update(Resident).where(Resident.id == resident_id).values(status=ResidentStatus.CLOSING))
