"""Two officers who change a setting of the scheme, as the office does it."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from ledger.people.proposals import proposal_called
from ledger.people.rules import Permission
from ledger.scheme.operations import approve_setting, ask_setting
from ledger.scheme.queries import rules_in_force
from ledger.settings import SchemeRules
from ledger.store import reading
from tests import factories
from tests.factories import NOON, occasion_at

FIRST_OF_DECEMBER = date(2026, 12, 1)


def asked(
    session: Session,
    name: str,
    value: str,
    *,
    starts_on: date = FIRST_OF_DECEMBER,
    decision_reference: str = "OMD-2026-200",
    maker: UUID | None = None,
    now: datetime = NOON,
) -> UUID:
    """The proposal of one officer."""
    occasion = occasion_at(now)
    reference = ask_setting(
        session,
        name=name,
        value=value,
        starts_on=starts_on,
        decision_reference=decision_reference,
        officer_id=maker or factories.officer(session, Permission.ADMINISTER, occasion=occasion),
        occasion=occasion,
    )
    return proposal_called(session, reference=reference).id


def decide_setting(
    session: Session, name: str, value: str, *, starts_on: date = FIRST_OF_DECEMBER, now: datetime = NOON
) -> None:
    """One officer proposes it, and another approves."""
    proposal_id = asked(session, name, value, starts_on=starts_on, now=now)
    occasion = occasion_at(now)
    checker = factories.officer(session, Permission.APPROVE, occasion=occasion)
    approve_setting(session, proposal_id=proposal_id, checker_id=checker, occasion=occasion)


def rules_of(engine: Engine, day: date) -> SchemeRules:
    """The rules in force on a day, over the usual ones."""
    with reading(engine) as session:
        return rules_in_force(session, usual=SchemeRules(), day=day)
