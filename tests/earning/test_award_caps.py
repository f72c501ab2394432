"""Caps on what a resident earns: a day's hours, a week's credits, a financial year's, by the London day."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine

from ledger.earning.rules import TariffPer
from ledger.store import unit_of_work
from ledger.wallets.errors import CapReached
from tests import factories
from tests.earning.garden import award, counted, hold, wallet
from tests.factories import NOON


def earn(
    engine: Engine, resident: UUID, starts_at: datetime, *, worth: int = 100, hours: float = 1
) -> CapReached | None:
    """A session worth `worth` (minor units), and whether a cap refused it; anything else fails."""
    with unit_of_work(engine) as session:
        project = factories.growing_project(session, allowance_of=worth, tariff=worth, tariff_per=TariffPer.SESSION)
        session_id = hold(session, project, [resident], starts_at=starts_at, hours=hours)
        ended = starts_at + timedelta(hours=hours)
        (outcome,) = award(session, project, session_id, [resident], at=ended)
    assert outcome.refused is None or isinstance(outcome.refused, CapReached)
    return outcome.refused


@pytest.fixture
def resident(engine: Engine) -> UUID:
    """A resident who has earned nothing."""
    with unit_of_work(engine) as session:
        return factories.resident(session)


def test_eight_hours_a_day_count_and_not_a_minute_more(engine: Engine, resident: UUID) -> None:
    nine = datetime(2026, 11, 23, 9, tzinfo=UTC)
    assert earn(engine, resident, nine, hours=8) is None
    refused = earn(engine, resident, nine + timedelta(hours=9), hours=1 / 60)
    assert refused is not None
    assert (refused.cap, refused.limit, refused.left) == ("minutes_a_day", 480, 0)
    assert counted(engine, resident) == (480, 100, 100)
    assert earn(engine, resident, nine + timedelta(days=1), hours=8) is None


def test_forty_credits_a_week_from_monday(engine: Engine, resident: UUID) -> None:
    monday = datetime(2026, 11, 23, 9, tzinfo=UTC)
    assert earn(engine, resident, monday, worth=3_999) is None
    refused = earn(engine, resident, monday + timedelta(days=6), worth=2)
    assert refused is not None
    assert (refused.cap, refused.left, refused.period_starts_on) == ("earned_a_week", 1, date(2026, 11, 23))
    assert earn(engine, resident, monday + timedelta(days=6), worth=1) is None
    assert earn(engine, resident, monday + timedelta(days=7), worth=4_000) is None


def test_two_hundred_credits_a_financial_year(engine: Engine, resident: UUID) -> None:
    first = datetime(2026, 2, 2, 9, tzinfo=UTC)
    for week in range(5):
        assert earn(engine, resident, first + timedelta(weeks=week), worth=4_000) is None
    refused = earn(engine, resident, first + timedelta(weeks=6), worth=1)
    assert refused is not None
    assert (refused.cap, refused.left, refused.period_starts_on) == ("earned_a_year", 0, date(2025, 4, 1))
    assert earn(engine, resident, datetime(2026, 3, 31, 22, 59, tzinfo=UTC), worth=1) is not None
    assert earn(engine, resident, datetime(2026, 3, 31, 23, 0, tzinfo=UTC), worth=1) is None


def test_a_refusal_by_one_cap_counts_against_none(engine: Engine, resident: UUID) -> None:
    monday = datetime(2026, 11, 23, 9, tzinfo=UTC)
    assert earn(engine, resident, monday, worth=4_000) is None
    before = counted(engine, resident)
    assert earn(engine, resident, monday + timedelta(hours=2), worth=1) is not None
    assert counted(engine, resident) == before


def test_a_cap_that_refuses_one_resident_leaves_the_others_awarded(engine: Engine, resident: UUID) -> None:
    assert earn(engine, resident, NOON - timedelta(hours=4), worth=4_000) is None
    with unit_of_work(engine) as session:
        others = [factories.resident(session) for _ in range(3)]
        project = factories.growing_project(session)
        session_id = hold(session, project, [resident, *others])
        outcomes = award(session, project, session_id, [others[0], resident, *others[1:]])
    assert [isinstance(one.refused, CapReached) for one in outcomes] == [False, True, False, False]
    assert [wallet(engine, other) for other in others] == [500] * 3
    assert wallet(engine, resident) == 4_000
    assert counted(engine, resident) == (60, 4_000, 4_000)


def test_a_session_just_after_midnight_in_london_counts_in_the_new_week(engine: Engine, resident: UUID) -> None:
    sunday = datetime(2026, 7, 5, 12, tzinfo=UTC)
    assert earn(engine, resident, sunday, worth=4_000) is None
    assert earn(engine, resident, datetime(2026, 7, 5, 22, 59, tzinfo=UTC), worth=1) is not None
    assert earn(engine, resident, datetime(2026, 7, 5, 23, 0, tzinfo=UTC), worth=4_000) is None


def test_a_session_counts_wholly_on_the_day_it_starts(engine: Engine, resident: UUID) -> None:
    late = datetime(2026, 11, 23, 22, tzinfo=UTC)
    assert earn(engine, resident, late, hours=6) is None
    assert counted(engine, resident, late)[0] == 360
    assert counted(engine, resident, late + timedelta(days=1))[0] == 0


@pytest.mark.parametrize(
    ("starts_at", "ends_at", "minutes"),
    [
        (datetime(2026, 10, 24, 23, 30, tzinfo=UTC), datetime(2026, 10, 25, 2, 30, tzinfo=UTC), 180),
        (datetime(2027, 3, 28, 0, 30, tzinfo=UTC), datetime(2027, 3, 28, 2, 30, tzinfo=UTC), 120),
    ],
    ids=["half past midnight to half past two, clocks back", "half past midnight to half past three, clocks forward"],
)
def test_a_session_across_a_change_of_the_clocks_counts_the_hours_that_were_lived(
    engine: Engine, resident: UUID, starts_at: datetime, ends_at: datetime, minutes: int
) -> None:
    with unit_of_work(engine) as session:
        project = factories.growing_project(session)
        hours = (ends_at - starts_at) / timedelta(hours=1)
        session_id = hold(session, project, [resident], starts_at=starts_at, hours=hours)
        (outcome,) = award(session, project, session_id, [resident], at=ends_at)
    assert outcome.amount == minutes * 250 // 60
    assert counted(engine, resident, ends_at) == (minutes, outcome.amount, outcome.amount)


def test_a_day_of_twenty_five_hours_still_has_eight_that_count(engine: Engine, resident: UUID) -> None:
    midnight = datetime(2026, 10, 24, 23, 0, tzinfo=UTC)
    assert earn(engine, resident, midnight, hours=8) is None
    assert earn(engine, resident, datetime(2026, 10, 25, 23, 30, tzinfo=UTC), hours=0.25) is not None
    assert earn(engine, resident, datetime(2026, 10, 26, 0, 0, tzinfo=UTC), hours=0.25) is None
