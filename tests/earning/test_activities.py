"""Activities and their sessions: what may be offered, when, and what residents see of it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, update

from ledger.earning import activities, activity_queries, queries
from ledger.earning.errors import ProgrammeNotOpen, SessionExists, SourceImported
from ledger.earning.models import ActivitySession
from ledger.earning.rules import TariffPer
from ledger.errors import InvalidField, NotFound
from ledger.store import reading, unit_of_work
from tests import factories
from tests.earning.garden import hold
from tests.factories import NOON, GrowingProject, occasion_at


@pytest.fixture
def project(engine: Engine) -> GrowingProject:
    """An organiser with an activity."""
    with unit_of_work(engine) as session:
        return factories.growing_project(session)


def add(engine: Engine, project: GrowingProject, **changed: Any) -> UUID:
    """An activity, but for what is `changed`."""
    usual: dict[str, Any] = {
        "organiser_id": project.organiser.id,
        "programme_id": project.programme_id,
        "title": "Seed sorting",
        "description": "",
        "place": "Cormont Road",
        "postcode": "SE5 9RA",
        "easting": 531665,
        "northing": 176548,
        "tariff": 250,
        "tariff_per": TariffPer.HOUR,
        "occasion": occasion_at(),
    }
    with unit_of_work(engine) as session:
        return activities.add_activity(session, **{**usual, **changed})


def test_an_activity_is_found_as_it_was_added(engine: Engine, project: GrowingProject) -> None:
    activity_id = add(engine, project, title=" Pruning ", postcode="se59ra")
    with reading(engine) as session:
        view = activity_queries.activity(session, activity_id=activity_id, organiser_id=project.organiser.id)
    assert (view.title, view.postcode, view.tariff) == ("Pruning", "SE5 9RA", 250)


@pytest.mark.parametrize(
    "changed",
    [
        {"title": " "},
        {"title": "a" * 201},
        {"place": ""},
        {"tariff": 0},
        {"tariff": 1_000_001},
        {"tariff": True},
        {"postcode": "SW2"},
        {"postcode": "nowhere"},
        {"easting": None},
        {"northing": None},
        {"easting": -1},
        {"northing": 1_300_001},
    ],
)
def test_an_activity_that_makes_no_sense_is_refused(
    engine: Engine, project: GrowingProject, changed: dict[str, Any]
) -> None:
    with pytest.raises(InvalidField):
        add(engine, project, **changed)


def test_an_activity_may_have_neither_postcode_nor_grid_reference(engine: Engine, project: GrowingProject) -> None:
    assert add(engine, project, postcode=None, easting=None, northing=None)


def test_an_activity_belongs_to_an_organiser_and_a_programme(engine: Engine, project: GrowingProject) -> None:
    with unit_of_work(engine) as session:
        shop = factories.merchant(session).id
    for changed in ({"organiser_id": shop}, {"programme_id": occasion_at().new_id()}):
        with pytest.raises(NotFound):
            add(engine, project, **changed)


def test_a_source_is_imported_once(engine: Engine, project: GrowingProject) -> None:
    add(engine, project, source="food-growing-projects:17")
    with pytest.raises(SourceImported):
        add(engine, project, source="food-growing-projects:17")


def test_another_organisers_activity_is_not_found(engine: Engine, project: GrowingProject) -> None:
    with reading(engine) as session, pytest.raises(NotFound):
        activity_queries.activity(session, activity_id=project.activity_id, organiser_id=occasion_at().new_id())


@pytest.mark.parametrize(("hours", "places"), [(0, 10), (-1, 10), (25, 10), (1 / 120, 10), (2, 0), (2, 501)], ids=str)
def test_a_session_has_a_length_and_places(engine: Engine, project: GrowingProject, hours: float, places: int) -> None:
    with pytest.raises(InvalidField), unit_of_work(engine) as session:
        hold(session, project, [], hours=hours, places=places)


def test_a_session_worth_nothing_is_refused(engine: Engine) -> None:
    with pytest.raises(InvalidField), unit_of_work(engine) as session:
        hold(session, factories.growing_project(session, tariff=1), [], hours=0.25)


def test_an_activity_has_one_session_at_a_time(engine: Engine, project: GrowingProject) -> None:
    with unit_of_work(engine) as session:
        hold(session, project, [])
    with pytest.raises(SessionExists), unit_of_work(engine) as session:
        hold(session, project, [], hours=1)


@pytest.mark.parametrize(
    ("planned_at", "starts_at"),
    [
        (datetime(2026, 6, 1, 12, tzinfo=UTC), datetime(2026, 4, 30, 22, 59, tzinfo=UTC)),
        (datetime(2026, 6, 1, 12, tzinfo=UTC), datetime(2026, 6, 30, 23, 0, tzinfo=UTC)),
        (datetime(2026, 6, 29, 23, 0, tzinfo=UTC), datetime(2026, 6, 30, 12, tzinfo=UTC)),
        (datetime(2026, 8, 1, 12, tzinfo=UTC), datetime(2026, 6, 30, 12, tzinfo=UTC)),
    ],
    ids=["before its first day", "after its last day", "planned on its last day", "planned when it is closed"],
)
def test_a_session_is_planned_while_the_programme_is_open_and_within_its_days(
    engine: Engine, planned_at: datetime, starts_at: datetime
) -> None:
    with unit_of_work(engine) as session:
        company = factories.organiser(session).id
        programme = factories.programme(session, budget=0, starts_on=date(2026, 5, 1), ends_on=date(2026, 6, 30))
        activity_id = factories.activity(session, organiser_id=company, programme_id=programme)
        before = occasion_at(datetime(2026, 6, 29, 22, 59, tzinfo=UTC))
        last = datetime(2026, 6, 30, 22, 59, tzinfo=UTC)
        factories.activity_session(session, activity_id=activity_id, starts_at=last, occasion=before)
    with pytest.raises(ProgrammeNotOpen), unit_of_work(engine) as session:
        factories.activity_session(
            session, activity_id=activity_id, starts_at=starts_at, occasion=occasion_at(planned_at)
        )


def test_a_resident_sees_the_sessions_of_the_days_asked_for_soonest_first(
    engine: Engine, project: GrowingProject
) -> None:
    first = datetime(2026, 7, 5, 23, 0, tzinfo=UTC)
    with unit_of_work(engine) as session:
        resident = factories.resident(session)
        later = hold(session, project, [resident], starts_at=first + timedelta(hours=30))
        sooner = hold(session, project, [], starts_at=first, places=7)
        hold(session, project, [], starts_at=first - timedelta(minutes=1))
        hold(session, project, [], starts_at=first + timedelta(days=2))
        off = hold(session, project, [], starts_at=first + timedelta(hours=5))
        session.execute(update(ActivitySession).where(ActivitySession.id == off).values(state="cancelled"))
    with reading(engine) as session:
        seen = queries.sessions_between(session, first=date(2026, 7, 6), last=date(2026, 7, 7), resident_id=resident)
        anybody = queries.sessions_between(session, first=date(2026, 7, 6), last=date(2026, 7, 7))
    assert [(one.id, one.mine) for one in seen] == [(sooner, False), (later, True)]
    assert [one.mine for one in anybody] == [False, False]
    assert (seen[0].credits, seen[0].places_left, seen[0].postcode) == (500, 7, "SE5 9RA")
    assert (seen[0].title, seen[0].starts_at) == ("Greenhouse seed sorting", first)


def test_a_session_that_does_not_exist_is_not_found(engine: Engine) -> None:
    with reading(engine) as session, pytest.raises(NotFound):
        queries.session_of(session, session_id=occasion_at(NOON).new_id())
    with reading(engine) as session, pytest.raises(NotFound):
        queries.programme(session, programme_id=occasion_at(NOON).new_id())
