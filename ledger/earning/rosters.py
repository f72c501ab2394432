"""A session's roster: residents take and give up places until it starts, then its organiser keeps it."""

from uuid import UUID

from sqlalchemy import case, select, update
from sqlalchemy.orm import Session

from ledger.earning.attendance import SessionFacts, check_awardable, session_facts
from ledger.earning.errors import NoPlace, SessionCancelled, SessionFull, SessionStarted, UnknownResident
from ledger.earning.models import ActivitySession, Place
from ledger.earning.rules import SessionState
from ledger.occasion import Occasion
from ledger.people.models import Resident
from ledger.people.rules import normalise_email
from ledger.store import insert_once

MOST_PLACES = 500


def take_place(session: Session, *, session_id: UUID, resident_id: UUID, occasion: Occasion) -> None:
    """Give a resident a place on a session's roster; nothing changes for one who has it.

    Raises NotFound, SessionCancelled, SessionStarted, SessionFull.
    """
    _check_ahead(session_facts(session, session_id=session_id), occasion)
    if has_place(session, session_id=session_id, resident_id=resident_id):
        return
    free = update(ActivitySession).where(
        ActivitySession.id == session_id,
        ActivitySession.state == SessionState.OPEN,
        ActivitySession.taken < ActivitySession.places,
    )
    if not session.connection().execute(free.values(taken=ActivitySession.taken + 1)).rowcount:
        raise SessionFull
    _enter(session, session_id, resident_id, occasion)


def give_up_place(session: Session, *, session_id: UUID, resident_id: UUID, occasion: Occasion) -> None:
    """Free a resident's place before the session starts. Raises NotFound, SessionStarted, NoPlace."""
    facts = session_facts(session, session_id=session_id)
    if occasion.now >= facts.starts_at:
        raise SessionStarted(starts_at=facts.starts_at)
    live = update(Place).where(
        Place.session_id == session_id, Place.resident_id == resident_id, Place.given_up_at.is_(None)
    )
    if not session.connection().execute(live.values(given_up_at=occasion.now)).rowcount:
        raise NoPlace
    _leave(session, session_id)


def add_to_roster(session: Session, *, session_id: UUID, organiser_id: UUID, email: str, occasion: Occasion) -> UUID:
    """Enter somebody who came without a place, from the session's start on; the resident's id.

    Places grow by one where all were taken, since whoever took one may not have come. Raises NotFound for another
    organiser's session, TooEarly, TooLate, SessionCancelled, UnknownResident, SessionFull at 500.
    """
    facts = session_facts(session, session_id=session_id, organiser_id=organiser_id)
    check_awardable(facts, occasion)
    query = select(Resident.id).where(Resident.email == normalise_email(email))
    resident_id = session.execute(query).scalar_one_or_none()
    if resident_id is None:
        raise UnknownResident
    enter_who_came(session, session_id=session_id, resident_id=resident_id, occasion=occasion)
    return resident_id


def enter_who_came(session: Session, *, session_id: UUID, resident_id: UUID, occasion: Occasion) -> None:
    """Enter a resident who came, with a place or without, on the roster of a session that may be awarded now.

    Raises SessionFull at 500, with nothing written.
    """
    if not has_place(session, session_id=session_id, resident_id=resident_id):
        _make_room(session, session_id)
        _enter(session, session_id, resident_id, occasion)


def has_place(session: Session, *, session_id: UUID, resident_id: UUID) -> bool:
    """Whether the resident is on the roster."""
    query = select(Place.resident_id).where(
        Place.session_id == session_id, Place.resident_id == resident_id, Place.given_up_at.is_(None)
    )
    return session.execute(query).first() is not None


def _check_ahead(facts: SessionFacts, occasion: Occasion) -> None:
    if facts.state != SessionState.OPEN:
        raise SessionCancelled
    if occasion.now >= facts.starts_at:
        raise SessionStarted(starts_at=facts.starts_at)


def _make_room(session: Session, session_id: UUID) -> None:
    full = ActivitySession.taken >= ActivitySession.places
    grown = update(ActivitySession).where(ActivitySession.id == session_id, ActivitySession.taken < MOST_PLACES)
    places = case((full, ActivitySession.places + 1), else_=ActivitySession.places)
    if not session.connection().execute(grown.values(places=places, taken=ActivitySession.taken + 1)).rowcount:
        raise SessionFull


def _enter(session: Session, session_id: UUID, resident_id: UUID, occasion: Occasion) -> None:
    """Write the place whose room was just counted; a twin that was first leaves it counted once."""
    same = (Place.session_id == session_id) & (Place.resident_id == resident_id)
    row = {"session_id": session_id, "resident_id": resident_id, "taken_at": occasion.now, "given_up_at": None}
    if insert_once(session.connection(), Place, row, taken=same):
        return
    again = update(Place).where(same, Place.given_up_at.is_not(None)).values(taken_at=occasion.now, given_up_at=None)
    if not session.connection().execute(again).rowcount:
        _leave(session, session_id)


def _leave(session: Session, session_id: UUID) -> None:
    freed = update(ActivitySession).where(ActivitySession.id == session_id).values(taken=ActivitySession.taken - 1)
    session.connection().execute(freed)
