"""When a budget or an allowance runs out: by the pace of the 28 days before today, from the books."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some
from sqlalchemy import Engine

from ledger.earning.pace import allotted_lately, awarded_lately, runs_out_on
from ledger.store import reading, unit_of_work
from tests import factories
from tests.earning.garden import award, hold
from tests.factories import NOON, occasion_at

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("left", "used", "day"),
    [
        (2_800, 2_800, date(2026, 12, 21)),
        (100, 2_800, date(2026, 11, 24)),
        (99, 2_800, TODAY),
        (0, 2_800, TODAY),
        (1_000, 0, None),
        (1_000, -5, None),
    ],
)
def test_what_is_left_lasts_as_long_as_the_pace_lets_it(left: int, used: int, day: date | None) -> None:
    assert runs_out_on(left, used=used, today=TODAY) == day


@given(left=some.integers(0, 10**12), used=some.integers(1, 10**12))
def test_no_figure_is_too_large_for_a_day(left: int, used: int) -> None:
    day = runs_out_on(left, used=used, today=TODAY)
    assert day is not None
    assert TODAY <= day <= TODAY + timedelta(days=36_525)


def test_the_pace_is_that_of_the_28_days_before_today(engine: Engine) -> None:
    with unit_of_work(engine) as session:
        programme = factories.programme(session, budget=50_000, occasion=occasion_at(NOON - timedelta(days=60)))
        organiser = factories.organiser(session)
        for days in (29, 28, 1, 0):
            factories.allowance(
                session,
                programme_id=programme,
                organiser_id=organiser.id,
                amount=1_000 + days,
                occasion=occasion_at(NOON - timedelta(days=days)),
            )
    with reading(engine) as session:
        assert allotted_lately(session, today=TODAY) == {programme: 2_029}


def test_awards_of_today_are_not_of_the_pace_yet(engine: Engine) -> None:
    with unit_of_work(engine) as session:
        project = factories.growing_project(session)
        resident = factories.resident(session)
        award(session, project, hold(session, project, [resident]), [resident])
    with reading(engine) as session:
        key = (project.programme_id, project.organiser.id)
        assert awarded_lately(session, today=TODAY) == {}
        assert awarded_lately(session, today=TODAY + timedelta(days=1)) == {key: 500}
        assert awarded_lately(session, today=TODAY + timedelta(days=28)) == {key: 500}
        assert awarded_lately(session, today=TODAY + timedelta(days=29)) == {}
