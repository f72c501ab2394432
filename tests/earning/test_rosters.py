"""Rosters: places are taken and given up until the session starts, and kept by its organiser from then on."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine, update

from ledger.earning import queries, rosters
from ledger.earning.errors import (
    NoPlace,
    SessionCancelled,
    SessionFull,
    SessionStarted,
    TooEarly,
    TooLate,
    UnknownResident,
)
from ledger.earning.models import ActivitySession
from ledger.errors import NotFound
from ledger.store import reading, run, unit_of_work
from tests import factories
from tests.earning.garden import award, hold
from tests.earning.test_award_races import at_once
from tests.factories import NOON, GrowingProject, occasion_at

STARTS_AT = NOON + timedelta(hours=2)


@pytest.fixture
def project(engine: Engine) -> GrowingProject:
    """An organiser with an allowance and an activity."""
    with unit_of_work(engine) as session:
        return factories.growing_project(session)


def open_session(engine: Engine, project: GrowingProject, *, places: int = 2) -> UUID:
    """A session two hours from noon."""
    with unit_of_work(engine) as session:
        return hold(session, project, [], starts_at=STARTS_AT, places=places)


def residents(engine: Engine, number: int) -> list[UUID]:
    """So many residents."""
    with unit_of_work(engine) as session:
        return [factories.resident(session) for _ in range(number)]


def take(engine: Engine, session_id: UUID, resident: UUID, at: datetime = NOON) -> None:
    """The resident takes a place."""
    with unit_of_work(engine) as session:
        rosters.take_place(session, session_id=session_id, resident_id=resident, occasion=occasion_at(at))


def give_up(engine: Engine, session_id: UUID, resident: UUID, at: datetime = NOON) -> None:
    """The resident gives the place up."""
    with unit_of_work(engine) as session:
        rosters.give_up_place(session, session_id=session_id, resident_id=resident, occasion=occasion_at(at))


def add(engine: Engine, project: GrowingProject, session_id: UUID, email: str, at: datetime = STARTS_AT) -> UUID:
    """The organiser adds somebody who came."""
    with unit_of_work(engine) as session:
        return rosters.add_to_roster(
            session,
            session_id=session_id,
            organiser_id=project.organiser.id,
            email=email,
            occasion=occasion_at(at),
        )


def places_left(engine: Engine, session_id: UUID) -> int:
    """How many places nobody has."""
    with reading(engine) as session:
        return queries.session_of(session, session_id=session_id).places_left


def on_roster(engine: Engine, project: GrowingProject, session_id: UUID) -> set[UUID]:
    """Who is on the roster."""
    with reading(engine) as session:
        rows = queries.roster(session, session_id=session_id, organiser_id=project.organiser.id)
    return {row.resident_id for row in rows}


def test_whoever_takes_a_place_is_on_the_roster(engine: Engine, project: GrowingProject) -> None:
    session_id, (resident,) = open_session(engine, project), residents(engine, 1)
    take(engine, session_id, resident)
    assert on_roster(engine, project, session_id) == {resident}
    assert places_left(engine, session_id) == 1


def test_a_place_taken_twice_is_one_place(engine: Engine, project: GrowingProject) -> None:
    session_id, (resident,) = open_session(engine, project, places=1), residents(engine, 1)
    take(engine, session_id, resident)
    take(engine, session_id, resident)
    assert places_left(engine, session_id) == 0


def test_a_full_session_has_no_place(engine: Engine, project: GrowingProject) -> None:
    session_id, (first, second) = open_session(engine, project, places=1), residents(engine, 2)
    take(engine, session_id, first)
    with pytest.raises(SessionFull):
        take(engine, session_id, second)
    assert on_roster(engine, project, session_id) == {first}


def test_a_place_given_up_is_free_for_another_and_may_be_taken_again(engine: Engine, project: GrowingProject) -> None:
    session_id, (first, second) = open_session(engine, project, places=1), residents(engine, 2)
    take(engine, session_id, first)
    give_up(engine, session_id, first)
    take(engine, session_id, second)
    give_up(engine, session_id, second)
    take(engine, session_id, first)
    assert on_roster(engine, project, session_id) == {first}
    assert places_left(engine, session_id) == 0


def test_a_place_one_does_not_have_cannot_be_given_up(engine: Engine, project: GrowingProject) -> None:
    session_id, (resident,) = open_session(engine, project), residents(engine, 1)
    with pytest.raises(NoPlace):
        give_up(engine, session_id, resident)
    assert places_left(engine, session_id) == 2


def test_once_it_has_started_places_are_neither_taken_nor_given_up(engine: Engine, project: GrowingProject) -> None:
    session_id, (first, second) = open_session(engine, project), residents(engine, 2)
    take(engine, session_id, first, STARTS_AT - timedelta(microseconds=1))
    with pytest.raises(SessionStarted):
        take(engine, session_id, second, STARTS_AT)
    with pytest.raises(SessionStarted):
        give_up(engine, session_id, first, STARTS_AT)


def test_a_session_called_off_has_no_places(engine: Engine, project: GrowingProject) -> None:
    session_id, (resident,) = open_session(engine, project), residents(engine, 1)
    with unit_of_work(engine) as session:
        session.execute(update(ActivitySession).values(state="cancelled"))
    with pytest.raises(SessionCancelled):
        take(engine, session_id, resident)


def test_sixteen_who_reach_for_four_places_get_four(engine: Engine, project: GrowingProject) -> None:
    session_id, people = open_session(engine, project, places=4), residents(engine, 16)

    def reach(resident: UUID) -> Callable[[], bool]:
        def work() -> bool:
            try:
                run(
                    engine,
                    lambda session: rosters.take_place(
                        session, session_id=session_id, resident_id=resident, occasion=occasion_at()
                    ),
                )
            except SessionFull:
                return False
            return True

        return work

    assert sum(at_once([reach(resident) for resident in people])) == 4
    assert len(on_roster(engine, project, session_id)) == 4
    assert places_left(engine, session_id) == 0


def test_one_who_taps_eight_times_at_once_has_one_place(engine: Engine, project: GrowingProject) -> None:
    session_id, (resident,) = open_session(engine, project, places=8), residents(engine, 1)

    def work() -> None:
        run(
            engine,
            lambda session: rosters.take_place(
                session, session_id=session_id, resident_id=resident, occasion=occasion_at()
            ),
        )

    at_once([work] * 8)
    assert places_left(engine, session_id) == 7


def test_an_organiser_adds_somebody_who_came_without_a_place(engine: Engine, project: GrowingProject) -> None:
    session_id = open_session(engine, project)
    with unit_of_work(engine) as session:
        resident = factories.resident(session, email="grace@example.org")
    assert add(engine, project, session_id, " Grace@Example.org ") == resident
    assert add(engine, project, session_id, "grace@example.org") == resident
    assert on_roster(engine, project, session_id) == {resident}
    assert places_left(engine, session_id) == 1


def test_whoever_came_to_a_full_session_is_added_all_the_same(engine: Engine, project: GrowingProject) -> None:
    session_id, (absent,) = open_session(engine, project, places=1), residents(engine, 1)
    take(engine, session_id, absent)
    with unit_of_work(engine) as session:
        came = factories.resident(session, email="came@example.org")
    add(engine, project, session_id, "came@example.org")
    assert on_roster(engine, project, session_id) == {absent, came}
    assert places_left(engine, session_id) == 0


def test_an_unknown_address_is_refused_with_what_to_do(engine: Engine, project: GrowingProject) -> None:
    session_id = open_session(engine, project)
    with pytest.raises(UnknownResident, match="ask them to join first"):
        add(engine, project, session_id, "nobody@example.org")


def test_an_organiser_adds_from_the_start_until_fourteen_days_after_the_end(
    engine: Engine, project: GrowingProject
) -> None:
    session_id = open_session(engine, project)
    with unit_of_work(engine) as session:
        factories.resident(session, email="came@example.org")
    with pytest.raises(TooEarly):
        add(engine, project, session_id, "came@example.org", STARTS_AT - timedelta(seconds=1))
    with pytest.raises(TooLate):
        add(engine, project, session_id, "came@example.org", STARTS_AT + timedelta(days=15))


def test_another_organisers_roster_is_neither_read_nor_written(engine: Engine, project: GrowingProject) -> None:
    session_id = open_session(engine, project)
    with unit_of_work(engine) as session:
        other = factories.growing_project(session)
        factories.resident(session, email="came@example.org")
    with pytest.raises(NotFound):
        on_roster(engine, other, session_id)
    with pytest.raises(NotFound):
        add(engine, other, session_id, "came@example.org")


def test_a_roster_says_who_was_awarded_what(engine: Engine, project: GrowingProject) -> None:
    session_id, people = open_session(engine, project), residents(engine, 2)
    for resident in people:
        take(engine, session_id, resident)
    with unit_of_work(engine) as session:
        award(session, project, session_id, people[:1], at=STARTS_AT)
    with reading(engine) as session:
        rows = queries.roster(session, session_id=session_id, organiser_id=project.organiser.id)
        (offered,) = queries.organiser_sessions(
            session, organiser_id=project.organiser.id, first=NOON.date(), last=NOON.date()
        )
    assert {row.resident_id: row.award for row in rows} == {people[0]: 500, people[1]: None}
    assert (offered.taken, offered.awarded) == (2, 1)
