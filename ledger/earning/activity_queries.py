"""What activities there are, each with its tariff of a day: an organiser's own, and those a programme pays for."""

from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from ledger.earning.models import Activity
from ledger.earning.rules import Tariff, tariff_on
from ledger.earning.tariffs import first_tariff, tariff_versions
from ledger.earning.views import ActivityView
from ledger.errors import NotFound


def activities_of(session: Session, *, organiser_id: UUID, today: date | None = None) -> list[ActivityView]:
    """An organiser's activities, by title; with `today`, each with its tariff of that day."""
    return _activities(session, Activity.organiser_id == organiser_id, today)


def programme_activities(session: Session, *, programme_id: UUID, today: date) -> list[ActivityView]:
    """The activities that a programme pays for, by title, each with its tariff of today."""
    return _activities(session, Activity.programme_id == programme_id, today)


def activity_called(session: Session, *, activity_id: UUID, today: date) -> ActivityView:
    """Any organiser's activity with its tariff of today, for the council. Raises NotFound."""
    found = _activities(session, Activity.id == activity_id, today)
    if not found:
        raise NotFound("activity")
    return found[0]


def activity(session: Session, *, activity_id: UUID, organiser_id: UUID) -> ActivityView:
    """An activity of this organiser. Raises NotFound for another's."""
    query = select(Activity).where(Activity.id == activity_id, Activity.organiser_id == organiser_id)
    found = session.execute(query).scalar_one_or_none()
    if found is None:
        raise NotFound("activity")
    return _activity(found, first_tariff(found))


def _activities(session: Session, which: ColumnElement[bool], today: date | None) -> list[ActivityView]:
    rows = session.execute(select(Activity).where(which).order_by(Activity.title, Activity.id)).scalars().all()
    versions = tariff_versions(session, activity_ids=[row.id for row in rows]) if today else {}
    return [
        _activity(row, tariff_on(first_tariff(row), versions.get(row.id, []), day=today or date.min)) for row in rows
    ]


def _activity(row: Activity, tariff: Tariff) -> ActivityView:
    return ActivityView(
        id=row.id,
        organiser_id=row.organiser_id,
        programme_id=row.programme_id,
        title=row.title,
        description=row.description,
        place=row.place,
        postcode=row.postcode,
        easting=row.easting,
        northing=row.northing,
        tariff=tariff.amount,
        tariff_per=tariff.per,
    )
