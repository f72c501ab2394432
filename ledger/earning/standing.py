"""What must stand before credits are given: a programme that is not closed, and an organiser."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.earning.errors import ProgrammeNotOpen
from ledger.earning.models import Programme
from ledger.earning.rules import ProgrammeState, state_on
from ledger.errors import NotFound
from ledger.occasion import Occasion
from ledger.people.models import Organisation
from ledger.people.rules import OrganisationKind


def check_not_closed(session: Session, programme_id: UUID, occasion: Occasion) -> None:
    """Refuse a programme that may neither be funded nor allot. Raises NotFound, ProgrammeNotOpen."""
    programme = session.get(Programme, programme_id)
    if programme is None:
        raise NotFound("programme")
    state = state_on(ProgrammeState(programme.state), ends_on=programme.ends_on, today=occasion.today)
    if state not in (ProgrammeState.OPEN, ProgrammeState.CLOSING):
        raise ProgrammeNotOpen(state=state)


def check_organiser(session: Session, organiser_id: UUID) -> None:
    """Refuse an organisation that is no organiser. Raises NotFound."""
    query = select(Organisation.kind).where(Organisation.id == organiser_id)
    if session.execute(query).scalar_one_or_none() != OrganisationKind.ORGANISER:
        raise NotFound("organiser")
