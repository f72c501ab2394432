"""What an activity counts from a day on: two people agree, nothing that was changes, the session's day decides."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from ledger.earning.activity_queries import activity_called, programme_activities
from ledger.earning.models import TariffVersion
from ledger.earning.queries import session_of
from ledger.earning.rules import Tariff, TariffPer, tariff_on
from ledger.earning.tariffs import approve_tariff, ask_tariff
from ledger.errors import InvalidField, NotFound
from ledger.people import proposals
from ledger.people.errors import OwnProposal
from ledger.people.rules import Permission
from ledger.store import reading, unit_of_work
from tests import factories
from tests.earning.garden import award, hold
from tests.factories import NOON, GrowingProject, occasion_at

FIRST_OF_DECEMBER = date(2026, 12, 1)
FIRST = Tariff(amount=250, per=TariffPer.HOUR)


def version(amount: int, starts_on: date) -> Tariff:
    return Tariff(amount=amount, per=TariffPer.HOUR, starts_on=starts_on)


def change(
    session: Session,
    project: GrowingProject,
    tariff: int,
    *,
    per: TariffPer = TariffPer.HOUR,
    starts_on: date = FIRST_OF_DECEMBER,
) -> None:
    """One officer proposes a tariff and another approves it, at noon of 23 November."""
    maker, checker = (factories.officer(session, one) for one in (Permission.AWARD, Permission.APPROVE))
    reference = ask_tariff(
        session,
        activity_id=project.activity_id,
        tariff=tariff,
        per=per,
        starts_on=starts_on,
        decision_reference="OMD-2026-200",
        officer_id=maker,
        occasion=occasion_at(),
    )
    asked = proposals.proposal_called(session, reference=reference)
    approve_tariff(session, proposal_id=asked.id, checker_id=checker, occasion=occasion_at())


def test_the_latest_that_has_begun_is_in_force_and_of_two_from_a_day_the_one_set_later() -> None:
    december, january = date(2026, 12, 1), date(2027, 1, 1)
    versions = [version(300, january), version(200, december), version(400, january)]
    assert tariff_on(FIRST, versions, day=date(2026, 11, 30)) == FIRST
    assert tariff_on(FIRST, versions, day=december).amount == 200
    assert tariff_on(FIRST, versions, day=date(2026, 12, 31)).amount == 200
    assert tariff_on(FIRST, versions, day=january).amount == 400


def test_an_award_takes_the_tariff_of_the_sessions_london_day(engine: Engine) -> None:
    """30 June 23:30 UTC is 1 July in London, and counts the new tariff; the session an hour before does not."""
    july = date(2027, 7, 1)
    with unit_of_work(engine) as session:
        project = factories.growing_project(session)
        change(session, project, 400, starts_on=july)
        one, other = factories.resident(session), factories.resident(session)
        starts = datetime(2027, 6, 30, 22, 30, tzinfo=UTC)
        before = hold(session, project, [one], starts_at=starts, hours=0.5)
        after = hold(session, project, [other], starts_at=starts + timedelta(hours=1), hours=0.5)
    with unit_of_work(engine) as session:
        ended = starts + timedelta(hours=2)
        (old,) = award(session, project, before, [one], at=ended)
        (new,) = award(session, project, after, [other], at=ended)
    assert (old.amount, new.amount) == (125, 200)
    with reading(engine) as session:
        assert [session_of(session, session_id=held).credits for held in (before, after)] == [125, 200]


def test_what_an_activity_counts_today_is_shown_on_each_day(engine: Engine) -> None:
    with unit_of_work(engine) as session:
        project = factories.growing_project(session)
        change(session, project, 700, per=TariffPer.SESSION)
    with reading(engine) as session:
        now = activity_called(session, activity_id=project.activity_id, today=NOON.date())
        (later,) = programme_activities(session, programme_id=project.programme_id, today=FIRST_OF_DECEMBER)
    assert (now.tariff, now.tariff_per) == (250, TariffPer.HOUR)
    assert (later.tariff, later.tariff_per) == (700, TariffPer.SESSION)


def test_nobody_approves_their_own_tariff(engine: Engine) -> None:
    with unit_of_work(engine) as session:
        project = factories.growing_project(session)
        maker = factories.officer(session, Permission.AWARD, Permission.APPROVE)
        reference = asked_by(session, project, maker)
    with pytest.raises(OwnProposal), unit_of_work(engine) as session:
        asked = proposals.proposal_called(session, reference=reference)
        approve_tariff(session, proposal_id=asked.id, checker_id=maker, occasion=occasion_at())


def asked_by(session: Session, project: GrowingProject, maker) -> str:
    """A proposal of 4.00 an hour from 1 December."""
    return ask_tariff(
        session,
        activity_id=project.activity_id,
        tariff=400,
        per=TariffPer.HOUR,
        starts_on=FIRST_OF_DECEMBER,
        decision_reference="OMD-2026-200",
        officer_id=maker,
        occasion=occasion_at(),
    )


def test_a_tariff_whose_day_came_before_it_was_approved_is_refused(engine: Engine) -> None:
    with unit_of_work(engine) as session:
        project = factories.growing_project(session)
        maker, checker = (factories.officer(session, one) for one in (Permission.AWARD, Permission.APPROVE))
        reference = asked_by(session, project, maker)
    late = occasion_at(datetime(2026, 12, 1, 9, 0, tzinfo=UTC))
    with pytest.raises(InvalidField), unit_of_work(engine) as session:
        asked = proposals.proposal_called(session, reference=reference)
        approve_tariff(session, proposal_id=asked.id, checker_id=checker, occasion=late)


@pytest.mark.parametrize(("tariff", "starts_on"), [(400, NOON.date()), (0, FIRST_OF_DECEMBER), (400, date(2020, 1, 1))])
def test_what_is_no_tariff_or_not_to_come_is_refused(engine: Engine, tariff: int, starts_on: date) -> None:
    with unit_of_work(engine) as session:
        project = factories.growing_project(session)
    with pytest.raises(InvalidField), unit_of_work(engine) as session:
        change(session, project, tariff, starts_on=starts_on)


def test_a_tariff_that_makes_a_planned_session_worth_too_much_is_refused(engine: Engine) -> None:
    with unit_of_work(engine) as session:
        project = factories.growing_project(session)
        hold(session, project, [], starts_at=datetime(2026, 12, 3, 10, 0, tzinfo=UTC), hours=2)
    with pytest.raises(InvalidField, match="tariff"), unit_of_work(engine) as session:
        change(session, project, 600_000)


def test_a_proposal_of_another_kind_is_no_tariff(engine: Engine) -> None:
    with unit_of_work(engine) as session:
        maker, checker = (factories.officer(session, one) for one in (Permission.AWARD, Permission.APPROVE))
        other = proposals.propose(session, kind="allotment", content={}, maker_id=maker, occasion=occasion_at())
    with pytest.raises(NotFound), unit_of_work(engine) as session:
        approve_tariff(session, proposal_id=other.id, checker_id=checker, occasion=occasion_at())


def test_a_tariff_that_was_set_is_never_changed(engine: Engine) -> None:
    with unit_of_work(engine) as session:
        change(session, factories.growing_project(session), 400)
    with pytest.raises(DBAPIError, match=r"append-only|permission denied"), unit_of_work(engine) as session:
        session.execute(update(TariffVersion).values(tariff=500))
