"""What is offered, who took part, and where programmes' credits are, as residents, organisers and officers see it."""

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.orm import Session

from ledger.book.models import Account, Balance
from ledger.book.rules import Unit
from ledger.clock import LONDON, london_date
from ledger.earning.ceilings import ceiling_of
from ledger.earning.models import Activity, ActivitySession, Allowance, Award, Place, Programme
from ledger.earning.rules import ALLOWANCE, BUDGET, ProgrammeState, SessionState, Tariff, state_on, tariff_on
from ledger.earning.tariffs import first_tariff, tariff_versions
from ledger.earning.views import AllowanceView, AwardView, ProgrammeView, RosterRow, SessionView
from ledger.errors import NotFound
from ledger.identifiers import named_id
from ledger.money import Amount
from ledger.people.models import Organisation, Resident
from ledger.wallets.queries import cap_used
from ledger.wallets.rules import Cap

NOBODY = named_id("nobody")


def programmes(session: Session, *, today: date | None = None) -> list[ProgrammeView]:
    """Every programme, the latest to end first; with `today`, each in its state of that day."""
    rows = session.execute(select(Programme).order_by(Programme.ends_on.desc(), Programme.id)).scalars().all()
    return [_programme(session, row, today) for row in rows]


def programme(session: Session, *, programme_id: UUID, today: date | None = None) -> ProgrammeView:
    """One programme. Raises NotFound."""
    row = session.get(Programme, programme_id)
    if row is None:
        raise NotFound("programme")
    return _programme(session, row, today)


def programme_allowances(session: Session, *, programme_id: UUID) -> list[AllowanceView]:
    """The allowances of a programme, by the organiser's name."""
    return _allowances(session, Allowance.programme_id == programme_id)


def organiser_allowances(session: Session, *, organiser_id: UUID) -> list[AllowanceView]:
    """An organiser's allowances, by the programme's name."""
    return _allowances(session, Allowance.organiser_id == organiser_id)


def sessions_between(
    session: Session, *, first: date, last: date, resident_id: UUID | None = None
) -> list[SessionView]:
    """Sessions that start on these London days, called-off ones left out, soonest first; whether each is mine."""
    query = _sessions(resident_id).where(
        ActivitySession.state == SessionState.OPEN,
        ActivitySession.starts_at >= _midnight(first),
        ActivitySession.starts_at < _midnight(last + timedelta(days=1)),
    )
    return _session_views(session, _soonest(query))


def session_of(session: Session, *, session_id: UUID, resident_id: UUID | None = None) -> SessionView:
    """One session, and whether the resident has a place. Raises NotFound."""
    found = _session_views(session, _sessions(resident_id).where(ActivitySession.id == session_id))
    if not found:
        raise NotFound("session")
    return found[0]


def organiser_sessions(session: Session, *, organiser_id: UUID, first: date, last: date) -> list[SessionView]:
    """An organiser's sessions that start on these London days, soonest first, with how many were awarded."""
    query = _sessions(None).where(
        Activity.organiser_id == organiser_id,
        ActivitySession.starts_at >= _midnight(first),
        ActivitySession.starts_at < _midnight(last + timedelta(days=1)),
    )
    return _session_views(session, _soonest(query))


def roster(session: Session, *, session_id: UUID, organiser_id: UUID) -> list[RosterRow]:
    """Who has a place at a session, by name, and what each was awarded. Raises NotFound for another organiser's."""
    if session_of(session, session_id=session_id).organiser_id != organiser_id:
        raise NotFound("session")
    same = and_(Award.session_id == Place.session_id, Award.resident_id == Place.resident_id)
    query = (
        select(Place.resident_id, Resident.name, Place.taken_at, Award.amount.label("award"))
        .join(Resident, Resident.id == Place.resident_id)
        .join(Award, same, isouter=True)
        .where(Place.session_id == session_id, Place.given_up_at.is_(None))
        .order_by(Resident.name, Resident.id)
    )
    return [RosterRow(**row._mapping) for row in session.execute(query)]


def awards_of(session: Session, *, resident_id: UUID) -> list[AwardView]:
    """A resident's awards, newest first."""
    query = (
        select(
            Award.id,
            Award.transaction_id,
            Award.session_id,
            Activity.title,
            Organisation.name.label("organiser_name"),
            ActivitySession.starts_at,
            Award.amount,
            Award.returned,
            Award.minutes,
            Award.at,
        )
        .join(ActivitySession, ActivitySession.id == Award.session_id)
        .join(Activity, Activity.id == ActivitySession.activity_id)
        .join(Organisation, Organisation.id == Award.organiser_id)
        .where(Award.resident_id == resident_id)
        .order_by(Award.at.desc(), Award.id.desc())
    )
    return [AwardView(**row._mapping) for row in session.execute(query)]


def earned_this_week(session: Session, *, resident_id: UUID, day: date) -> Amount:
    """What a resident's sessions of the week of this London day count against the week's cap, minor units."""
    return cap_used(session, owner_id=resident_id, cap=Cap.EARNED_A_WEEK, day=day)


def _programme(session: Session, row: Programme, today: date | None) -> ProgrammeView:
    allowances = _allowances(session, Allowance.programme_id == row.id)
    allotted = sum(one.allotted for one in allowances)
    budget = session.execute(
        select(Balance.credited - Balance.debited)
        .join(Account, Account.id == Balance.account_id)
        .where(Account.owner_id == row.id, Account.kind == BUDGET, Account.unit == Unit.CR)
    ).scalar_one_or_none()
    state = ProgrammeState(row.state)
    return ProgrammeView(
        id=row.id,
        name=row.name,
        decision_reference=row.decision_reference,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        state=state if today is None else state_on(state, ends_on=row.ends_on, today=today),
        budget=(budget or 0) + allotted,
        allotted=allotted,
        awarded=sum(one.awarded for one in allowances),
        ceiling=ceiling_of(session, programme_id=row.id),
    )


def _allowances(session: Session, which: ColumnElement[bool]) -> list[AllowanceView]:
    awarded = (
        select(func.coalesce(func.sum(Award.amount - Award.returned), 0))
        .join(ActivitySession, ActivitySession.id == Award.session_id)
        .join(Activity, Activity.id == ActivitySession.activity_id)
        .where(Activity.programme_id == Allowance.programme_id, Award.organiser_id == Allowance.organiser_id)
        .scalar_subquery()
    )
    query = (
        select(
            Allowance.id,
            Allowance.programme_id,
            Programme.name.label("programme_name"),
            Allowance.organiser_id,
            Organisation.name.label("organiser_name"),
            awarded.label("awarded"),
            (Balance.credited - Balance.debited).label("remaining"),
        )
        .join(Programme, Programme.id == Allowance.programme_id)
        .join(Organisation, Organisation.id == Allowance.organiser_id)
        .join(Account, and_(Account.owner_id == Allowance.id, Account.kind == ALLOWANCE, Account.unit == Unit.CR))
        .join(Balance, Balance.account_id == Account.id)
        .where(which)
        .order_by(Programme.name, Organisation.name, Allowance.id)
    )
    return [_allowance(row) for row in session.execute(query)]


def _allowance(row: Any) -> AllowanceView:
    return AllowanceView(
        id=row.id,
        programme_id=row.programme_id,
        programme_name=row.programme_name,
        organiser_id=row.organiser_id,
        organiser_name=row.organiser_name,
        awarded=int(row.awarded),
        left=row.remaining,
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=LONDON)


def _soonest(query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    return query.order_by(ActivitySession.starts_at, Activity.title, ActivitySession.id)


def _sessions(resident_id: UUID | None) -> Select[*tuple[Any, ...]]:
    awarded = select(func.count()).where(Award.session_id == ActivitySession.id).scalar_subquery()
    mine = and_(
        Place.session_id == ActivitySession.id,
        Place.resident_id == (resident_id or NOBODY),
        Place.given_up_at.is_(None),
    )
    return (
        select(
            ActivitySession,
            Activity,
            Organisation.name.label("organiser_name"),
            Place.resident_id.is_not(None).label("mine"),
            awarded.label("awarded"),
        )
        .join(Activity, Activity.id == ActivitySession.activity_id)
        .join(Organisation, Organisation.id == Activity.organiser_id)
        .join(Place, mine, isouter=True)
        .execution_options(populate_existing=True)
    )


def _session_views(session: Session, query: Select[*tuple[Any, ...]]) -> list[SessionView]:
    """Sessions, each with the tariff in force on its London day."""
    rows = session.execute(query).all()
    versions = tariff_versions(session, activity_ids={row.Activity.id for row in rows})
    return [
        _session(
            row,
            tariff_on(
                first_tariff(row.Activity),
                versions.get(row.Activity.id, []),
                day=london_date(row.ActivitySession.starts_at),
            ),
        )
        for row in rows
    ]


def _session(row: Any, tariff: Tariff) -> SessionView:
    date_of, offered = row.ActivitySession, row.Activity
    return SessionView(
        id=date_of.id,
        activity_id=offered.id,
        title=offered.title,
        description=offered.description,
        organiser_id=offered.organiser_id,
        organiser_name=row.organiser_name,
        place=offered.place,
        postcode=offered.postcode,
        easting=offered.easting,
        northing=offered.northing,
        starts_at=date_of.starts_at,
        ends_at=date_of.ends_at,
        state=SessionState(date_of.state),
        tariff=tariff.amount,
        tariff_per=tariff.per,
        places=date_of.places,
        taken=date_of.taken,
        mine=bool(row.mine),
        awarded=row.awarded,
    )
