"""Lists of who came, as they are looked at: what one would do now, what waits, and what became of the last."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from ledger.earning.models import Award, FileAward
from ledger.earning.rules import FILE_AWARD
from ledger.identifiers import from_text, to_text
from ledger.money import Amount
from ledger.people.models import Resident
from ledger.people.proposals import ProposalView, proposals_of_organiser
from ledger.people.rules import ProposalState


@dataclass(frozen=True, slots=True, kw_only=True)
class FileAwardView:
    """What became of a list: how many were awarded, minor units in all, and each other's reason by their id.

    A reason is a refusal's stable code, or the cap that was reached.
    """

    people: int
    amount: Amount
    refused: Mapping[UUID, str]
    at: datetime
    proposal_id: UUID | None


def awarded_of(session: Session, *, session_id: UUID) -> set[UUID]:
    """The residents who were awarded for a session."""
    return set(session.execute(select(Award.resident_id).where(Award.session_id == session_id)).scalars())


def file_proposals(session: Session, *, session_id: UUID, organiser_id: UUID) -> list[ProposalView]:
    """The lists of a session that two people decide, or decided, the oldest first."""
    made = proposals_of_organiser(session, kind=FILE_AWARD, organiser_id=organiser_id)
    return [one for one in made if one.content["session_id"] == to_text(session_id)]


def waiting_file_awards(session: Session, *, session_id: UUID, organiser_id: UUID) -> list[ProposalView]:
    """Those that nobody has decided."""
    made = file_proposals(session, session_id=session_id, organiser_id=organiser_id)
    return [one for one in made if one.state == ProposalState.PROPOSED]


def last_file_award(session: Session, *, session_id: UUID) -> FileAwardView | None:
    """What became of the last list of a session that was awarded."""
    return _first(session, FileAward.session_id == session_id)


def file_award_of(session: Session, *, proposal_id: UUID) -> FileAwardView | None:
    """What became of a list that two people decided, once it is awarded."""
    return _first(session, FileAward.proposal_id == proposal_id)


def names_of(session: Session, *, residents: Sequence[UUID]) -> dict[UUID, str]:
    """The names of these residents, of whom an organiser named themself."""
    query = select(Resident.id, Resident.name).where(Resident.id.in_(residents))
    return {row.id: row.name for row in session.execute(query)}


def _first(session: Session, which: ColumnElement[bool]) -> FileAwardView | None:
    query = select(FileAward).where(which).order_by(FileAward.at.desc(), FileAward.id.desc()).limit(1)
    row = session.execute(query).scalars().first()
    if row is None:
        return None
    return FileAwardView(
        people=row.people,
        amount=row.amount,
        refused={from_text(resident): reason for resident, reason in row.refused.items()},
        at=row.at,
        proposal_id=row.proposal_id,
    )
