"""Awards: who may give them, when, to whom, how much, and what a refusal leaves behind."""

from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine, func, select, update

from ledger.book.errors import InsufficientCredits
from ledger.book.models import Transaction, Transfer
from ledger.earning import queries
from ledger.earning.errors import (
    AlreadyAwarded,
    NoPlace,
    ProgrammeNotOpen,
    ResidentClosed,
    SelfAward,
    SessionCancelled,
    TooEarly,
    TooLate,
)
from ledger.earning.models import ActivitySession
from ledger.earning.rules import TariffPer
from ledger.errors import NotFound
from ledger.identifiers import from_text
from ledger.people.models import Operator, Resident
from ledger.store import reading, unit_of_work
from ledger.wallets.queries import wallet_of
from tests import factories
from tests.earning.garden import award, counted, hold, wallet
from tests.factories import NOON, GrowingProject

STARTS_AT = NOON - timedelta(hours=2)


@pytest.fixture
def project(engine: Engine) -> GrowingProject:
    """An organiser with 200.00 to give, 2.50 an hour."""
    with unit_of_work(engine) as session:
        return factories.growing_project(session)


@pytest.fixture
def residents(engine: Engine) -> list[UUID]:
    """Three residents."""
    with unit_of_work(engine) as session:
        return [factories.resident(session) for _ in range(3)]


def allowance_left(engine: Engine, project: GrowingProject) -> int:
    """What the organiser may still give, minor units."""
    with reading(engine) as session:
        (allowance,) = queries.organiser_allowances(session, organiser_id=project.organiser.id)
    return allowance.left


def test_whoever_came_has_credits_for_two_hours(engine: Engine, project: GrowingProject, residents: list[UUID]) -> None:
    with unit_of_work(engine) as session:
        session_id = hold(session, project, residents)
        outcomes = award(session, project, session_id, residents[:2])
    assert [(one.resident_id, one.amount, one.refused) for one in outcomes] == [
        (residents[0], 500, None),
        (residents[1], 500, None),
    ]
    assert [wallet(engine, resident) for resident in residents] == [500, 500, 0]
    assert allowance_left(engine, project) == 19_000


def test_each_award_is_a_transaction_of_its_own_that_tells_ids_alone(
    engine: Engine, project: GrowingProject, residents: list[UUID]
) -> None:
    with unit_of_work(engine) as session:
        session_id = hold(session, project, residents)
        outcomes = award(session, project, session_id, residents)
    with reading(engine) as session:
        query = select(Transaction.id, Transaction.narrative, Transaction.details).where(Transaction.kind == "award")
        rows = session.execute(query).all()
        transfers = session.execute(
            select(func.count()).where(Transfer.transaction_id.in_([row.id for row in rows]))
        ).scalar_one()
    assert {row.id for row in rows} == {one.transaction_id for one in outcomes}
    assert len(rows) == transfers == 3
    for row in rows:
        assert row.narrative == ""
        assert set(row.details) == {"award", "session"}
        assert from_text(row.details["session"]) == session_id


def test_credits_last_to_the_end_of_the_eighteenth_month(
    engine: Engine, project: GrowingProject, residents: list[UUID]
) -> None:
    with unit_of_work(engine) as session:
        award(session, project, hold(session, project, residents), residents[:1])
    with reading(engine) as session:
        (purse,) = wallet_of(session, resident_id=residents[0], now=NOON).purses
    assert purse.expires_on == date(2028, 5, 31)


@pytest.mark.parametrize(
    ("per", "tariff", "hours", "amount"),
    [
        (TariffPer.HOUR, 250, 1.5, 375),
        (TariffPer.HOUR, 1, 0.5, 1),
        (TariffPer.HOUR, 125, 0.1, 13),
        (TariffPer.SESSION, 400, 3, 400),
        (TariffPer.ACTION, 50, 1, 50),
    ],
)
def test_what_a_session_is_worth_follows_its_tariff(
    engine: Engine, per: TariffPer, tariff: int, hours: float, amount: int
) -> None:
    with unit_of_work(engine) as session:
        project = factories.growing_project(session, tariff=tariff, tariff_per=per)
        resident = factories.resident(session)
        (outcome,) = award(session, project, hold(session, project, [resident], hours=hours), [resident], at=NOON)
    assert (outcome.amount, outcome.refused) == (amount, None)
    assert wallet(engine, resident) == amount


def test_nobody_is_awarded_before_the_session_starts(
    engine: Engine, project: GrowingProject, residents: list[UUID]
) -> None:
    with unit_of_work(engine) as session:
        session_id = hold(session, project, residents)
        award(session, project, session_id, residents[:1], at=STARTS_AT)
    with pytest.raises(TooEarly) as refused, unit_of_work(engine) as session:
        award(session, project, session_id, residents[1:], at=STARTS_AT - timedelta(microseconds=1))
    assert refused.value.from_at == STARTS_AT
    assert [wallet(engine, resident) for resident in residents] == [500, 0, 0]


def test_fourteen_days_after_its_end_a_session_is_awarded_no_longer(
    engine: Engine, project: GrowingProject, residents: list[UUID]
) -> None:
    last = NOON + timedelta(days=14)
    with unit_of_work(engine) as session:
        session_id = hold(session, project, residents)
        (outcome,) = award(session, project, session_id, residents[:1], at=last)
        assert outcome.refused is None
    with pytest.raises(TooLate), unit_of_work(engine) as session:
        award(session, project, session_id, residents[1:], at=last + timedelta(microseconds=1))


def test_a_programme_past_its_last_day_pays_for_fourteen_days_more(engine: Engine) -> None:
    with unit_of_work(engine) as session:
        company, resident = factories.organiser(session), factories.resident(session)
        programme = factories.programme(session, ends_on=NOON.date())
        factories.allowance(session, programme_id=programme, organiser_id=company.id)
        activity = factories.activity(session, organiser_id=company.id, programme_id=programme)
        project = GrowingProject(organiser=company, programme_id=programme, activity_id=activity)
        session_id = hold(session, project, [resident], starts_at=NOON, hours=24)
        (outcome,) = award(session, project, session_id, [resident], at=NOON + timedelta(days=14))
        assert not isinstance(outcome.refused, ProgrammeNotOpen)
    with pytest.raises(ProgrammeNotOpen), unit_of_work(engine) as session:
        award(session, project, session_id, [resident], at=NOON + timedelta(days=15))


def test_a_session_that_was_called_off_is_not_awarded(
    engine: Engine, project: GrowingProject, residents: list[UUID]
) -> None:
    with unit_of_work(engine) as session:
        session_id = hold(session, project, residents)
        session.execute(update(ActivitySession).values(state="cancelled"))
    with pytest.raises(SessionCancelled), unit_of_work(engine) as session:
        award(session, project, session_id, residents)


def test_another_organisers_session_is_not_found(
    engine: Engine, project: GrowingProject, residents: list[UUID]
) -> None:
    with unit_of_work(engine) as session:
        session_id = hold(session, project, residents)
        other = factories.growing_project(session)
    with pytest.raises(NotFound), unit_of_work(engine) as session:
        award(session, other, session_id, residents)


def test_only_a_person_of_the_organiser_who_has_not_left_awards(
    engine: Engine, project: GrowingProject, residents: list[UUID]
) -> None:
    with unit_of_work(engine) as session:
        session_id = hold(session, project, residents)
        stranger = factories.organiser(session).owner_id
        left = factories.operator(session, organisation_id=project.organiser.id)
        session.execute(update(Operator).where(Operator.id == left).values(left_at=NOON))
    for operator in (stranger, left):
        with pytest.raises(NotFound), unit_of_work(engine) as session:
            award(session, project, session_id, residents, operator_id=operator)


def test_nobody_confirms_their_own_attendance(engine: Engine, project: GrowingProject, residents: list[UUID]) -> None:
    with unit_of_work(engine) as session:
        myself = factories.resident(session, email=project.organiser.owner_email.upper())
        session_id = hold(session, project, [myself, residents[0]])
        mine, other = award(session, project, session_id, [myself, residents[0]])
    assert isinstance(mine.refused, SelfAward)
    assert other.refused is None
    assert counted(engine, myself) == (0, 0, 0)


def test_a_colleague_confirms_what_one_may_not_confirm_oneself(engine: Engine, project: GrowingProject) -> None:
    with unit_of_work(engine) as session:
        myself = factories.resident(session, email=project.organiser.owner_email)
        colleague = factories.operator(session, organisation_id=project.organiser.id)
        session_id = hold(session, project, [myself])
        (outcome,) = award(session, project, session_id, [myself], operator_id=colleague)
    assert outcome.refused is None


def test_whoever_is_not_on_the_roster_or_unknown_gets_nothing(
    engine: Engine, project: GrowingProject, residents: list[UUID]
) -> None:
    unknown = factories.occasion_at().new_id()
    with unit_of_work(engine) as session:
        session_id = hold(session, project, residents[:1])
        outcomes = award(session, project, session_id, [unknown, residents[1], residents[0]])
    assert [type(one.refused) for one in outcomes] == [NotFound, NoPlace, type(None)]
    assert [one.transaction_id is None for one in outcomes] == [True, True, False]


def test_a_closing_wallet_takes_no_credits_and_a_frozen_one_does(
    engine: Engine, project: GrowingProject, residents: list[UUID]
) -> None:
    closing, frozen, _ = residents
    with unit_of_work(engine) as session:
        session_id = hold(session, project, residents)
        session.execute(update(Resident).where(Resident.id == closing).values(status="closing"))
        session.execute(update(Resident).where(Resident.id == frozen).values(status="frozen"))
    with unit_of_work(engine) as session:
        outcomes = award(session, project, session_id, [closing, frozen])
    assert [type(one.refused) for one in outcomes] == [ResidentClosed, type(None)]


def test_a_resident_named_twice_is_awarded_once(engine: Engine, project: GrowingProject, residents: list[UUID]) -> None:
    with unit_of_work(engine) as session:
        session_id = hold(session, project, residents)
        outcomes = award(session, project, session_id, [residents[0], residents[0]])
    assert len(outcomes) == 1
    assert wallet(engine, residents[0]) == 500


def test_a_session_is_awarded_once_for_each_resident(
    engine: Engine, project: GrowingProject, residents: list[UUID]
) -> None:
    with unit_of_work(engine) as session:
        session_id = hold(session, project, residents)
        award(session, project, session_id, residents[:1])
    with unit_of_work(engine) as session:
        first, second = award(session, project, session_id, residents[:2])
    assert isinstance(first.refused, AlreadyAwarded)
    assert second.refused is None
    assert wallet(engine, residents[0]) == 500
    assert counted(engine, residents[0]) == (120, 500, 500)


def test_what_the_allowance_cannot_bear_is_refused_for_that_resident_and_counts_nothing(
    engine: Engine, residents: list[UUID]
) -> None:
    with unit_of_work(engine) as session:
        project = factories.growing_project(session, allowance_of=1_499)
        outcomes = award(session, project, hold(session, project, residents), residents)
    refused = [one for one in outcomes if one.refused]
    assert len(refused) == 1
    assert isinstance(refused[0].refused, InsufficientCredits)
    assert (refused[0].refused.available, refused[0].refused.needed) == (499, 500)
    assert counted(engine, refused[0].resident_id) == (0, 0, 0)
    assert sum(wallet(engine, resident) for resident in residents) == 1_000
    assert allowance_left(engine, project) == 499


def test_an_organiser_without_an_allowance_awards_nothing(engine: Engine, residents: list[UUID]) -> None:
    with unit_of_work(engine) as session:
        project = factories.growing_project(session, allowance_of=0)
        session_id = hold(session, project, residents)
    with pytest.raises(InsufficientCredits), unit_of_work(engine) as session:
        award(session, project, session_id, residents)
    assert counted(engine, residents[0]) == (0, 0, 0)


def test_a_residents_awards_say_for_what(engine: Engine, project: GrowingProject, residents: list[UUID]) -> None:
    starts: datetime = STARTS_AT
    with unit_of_work(engine) as session:
        session_id = hold(session, project, residents)
        award(session, project, session_id, residents[:1])
    with reading(engine) as session:
        (view,) = queries.awards_of(session, resident_id=residents[0])
        earned = queries.earned_this_week(session, resident_id=residents[0], day=NOON.date())
    assert (view.title, view.amount, view.minutes, view.starts_at) == ("Greenhouse seed sorting", 500, 120, starts)
    assert (view.session_id, view.returned, earned) == (session_id, 0, 500)
