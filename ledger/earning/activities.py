"""What organisers offer: add an activity, and its sessions."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ledger.clock import london_date
from ledger.earning.errors import ProgrammeNotOpen, SessionExists, SourceImported
from ledger.earning.models import Activity, ActivitySession, Programme
from ledger.earning.postcodes import read_postcode
from ledger.earning.rules import (
    ProgrammeState,
    SessionState,
    TariffPer,
    check_grid,
    check_session,
    check_tariff,
    check_text,
    minutes_of,
    session_credits,
    state_on,
)
from ledger.earning.standing import check_organiser
from ledger.earning.tariffs import tariff_of
from ledger.errors import InvalidField, NotFound
from ledger.money import Amount
from ledger.occasion import Occasion
from ledger.store import constraint_name


def add_activity(
    session: Session,
    *,
    organiser_id: UUID,
    programme_id: UUID,
    title: str,
    description: str,
    place: str,
    postcode: str | None,
    easting: int | None,
    northing: int | None,
    tariff: Amount,
    tariff_per: TariffPer,
    source: str | None = None,
    occasion: Occasion,
) -> UUID:
    """The id of a new activity of an organiser. `tariff` is minor units; eastings and northings are metres.

    `source` names the row it was imported from, once. Raises InvalidField, NotFound, SourceImported.
    """
    check_tariff(tariff)
    check_grid(easting, northing)
    check_organiser(session, organiser_id)
    _programme(session, programme_id)
    activity = Activity(
        id=occasion.new_id(),
        organiser_id=organiser_id,
        programme_id=programme_id,
        title=check_text("title", title, most=200),
        description=description.strip(),
        place=check_text("place", place, most=300),
        postcode=_postcode(postcode),
        easting=easting,
        northing=northing,
        tariff=tariff,
        tariff_per=TariffPer(tariff_per),
        source=source,
    )
    _insert_activity(session, activity)
    return activity.id


def add_session(
    session: Session, *, activity_id: UUID, starts_at: datetime, ends_at: datetime, places: int, occasion: Occasion
) -> UUID:
    """The id of a new date of an activity, while its programme is open and within the programme's days.

    Raises InvalidField, NotFound, ProgrammeNotOpen, SessionExists.
    """
    check_session(starts_at=starts_at, ends_at=ends_at, places=places)
    activity = session.get(Activity, activity_id)
    if activity is None:
        raise NotFound("activity")
    _check_worth(session, activity, starts_at=starts_at, ends_at=ends_at)
    _check_open(_programme(session, activity.programme_id), starts_at=starts_at, occasion=occasion)
    added = ActivitySession(
        id=occasion.new_id(),
        activity_id=activity_id,
        starts_at=starts_at,
        ends_at=ends_at,
        places=places,
        taken=0,
        state=SessionState.OPEN,
    )
    session.add(added)
    try:
        session.flush()
    except IntegrityError as error:
        if constraint_name(error) == "uq_activity_sessions_activity_id_starts_at":
            raise SessionExists(starts_at=starts_at) from error
        raise
    return added.id


def _insert_activity(session: Session, activity: Activity) -> None:
    source = activity.source
    session.add(activity)
    try:
        session.flush()
    except IntegrityError as error:
        if source is not None and constraint_name(error) == "uq_activities_source":
            raise SourceImported(source=source) from error
        raise


def _postcode(text: str | None) -> str | None:
    if text is None or not text.strip():
        return None
    postcode = read_postcode(text)
    if postcode is None:
        raise InvalidField("postcode", "must be a whole postcode, like SE1 8TU")
    return postcode


def _programme(session: Session, programme_id: UUID) -> Programme:
    programme = session.get(Programme, programme_id)
    if programme is None:
        raise NotFound("programme")
    return programme


def _check_open(programme: Programme, *, starts_at: datetime, occasion: Occasion) -> None:
    state = state_on(ProgrammeState(programme.state), ends_on=programme.ends_on, today=occasion.today)
    within = programme.starts_on <= london_date(starts_at) <= programme.ends_on
    if state != ProgrammeState.OPEN or not within:
        raise ProgrammeNotOpen(state=state)


def _check_worth(session: Session, activity: Activity, *, starts_at: datetime, ends_at: datetime) -> None:
    minutes = minutes_of(starts_at=starts_at, ends_at=ends_at)
    tariff = tariff_of(session, activity, day=london_date(starts_at))
    worth = session_credits(tariff=tariff.amount, per=tariff.per, minutes=minutes)
    try:
        check_tariff(worth)
    except InvalidField as error:
        raise InvalidField("ends_at", "makes the session worth less than 0.01 or more than 10,000.00") from error
