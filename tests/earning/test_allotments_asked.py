"""An allotment one officer asks for: done at once, or proposed for another; and what an organiser has given."""

from datetime import date, timedelta

import pytest
from sqlalchemy import Engine

from ledger.book.errors import InsufficientCredits
from ledger.earning.given import given_since
from ledger.earning.programmes import approve_allotment, ask_allotment
from ledger.earning.queries import programme, programmes
from ledger.people.proposals import own_proposals_waiting, proposal_called, proposals_waiting
from ledger.people.rules import Permission, proposal_digest
from ledger.store import reading, run, unit_of_work
from tests import factories
from tests.earning.test_award_races import at_once


def ask(session, *, amount, budget=1_000_000):
    """Ask for an allotment to a new organiser from a new programme; its officer, programme and answer."""
    officer = factories.officer(session, Permission.AWARD)
    programme_id = factories.programme(session, budget=budget)
    reference = ask_allotment(
        session,
        programme_id=programme_id,
        organiser_id=factories.organiser(session).id,
        amount=amount,
        purpose="Greenhouse sessions",
        officer_id=officer,
        rules=factories.RULES,
        occasion=factories.occasion_at(),
    )
    return officer, programme_id, reference


def test_five_hundred_is_allotted_at_once(engine: Engine) -> None:
    with unit_of_work(engine) as session:
        _, programme_id, reference = ask(session, amount=50_000)
        assert reference is None
        assert programme(session, programme_id=programme_id).allotted == 50_000


def test_a_hundredth_more_waits_for_somebody_else(engine: Engine) -> None:
    with unit_of_work(engine) as session:
        officer, programme_id, reference = ask(session, amount=50_001)
        assert programme(session, programme_id=programme_id).allotted == 0
        asked = proposal_called(session, reference=reference)
        assert asked.digest == proposal_digest("allotment", asked.content)
        assert own_proposals_waiting(session, officer_id=officer) == [asked]
        assert proposals_waiting(session, for_officer=officer) == []


def test_what_one_officer_allots_in_a_day_is_summed_over_organisers_and_programmes(engine: Engine) -> None:
    officer = run(engine, lambda session: factories.officer(session, Permission.AWARD))
    another = run(engine, lambda session: factories.officer(session, Permission.AWARD))
    asked = [ask_as(engine, officer, amount) for amount in (30_000, 20_000, 1)]
    assert [reference is None for reference in asked] == [True, True, False]
    assert allotted(engine) == 50_000
    assert ask_as(engine, another, 50_000) is None
    midnight = factories.NOON.replace(hour=23, minute=59, second=59)
    assert ask_as(engine, officer, 1, at=midnight) is not None
    assert ask_as(engine, officer, 50_000, at=midnight + timedelta(seconds=1)) is None


def test_an_allotment_that_two_people_made_counts_against_neither_alone(engine: Engine) -> None:
    maker = run(engine, lambda session: factories.officer(session, Permission.AWARD))
    checker = run(engine, lambda session: factories.officer(session, Permission.AWARD, Permission.APPROVE))
    reference = ask_as(engine, maker, 60_000)
    with unit_of_work(engine) as session:
        approve_allotment(
            session,
            proposal_id=proposal_called(session, reference=reference).id,
            checker_id=checker,
            rules=factories.RULES,
            occasion=factories.occasion_at(),
        )
    assert ask_as(engine, maker, 50_000) is None
    assert ask_as(engine, checker, 50_000) is None
    assert allotted(engine) == 160_000


def test_what_was_refused_is_not_counted(engine: Engine) -> None:
    officer = run(engine, lambda session: factories.officer(session, Permission.AWARD))
    with pytest.raises(InsufficientCredits):
        ask_as(engine, officer, 40_000, budget=39_999)
    assert ask_as(engine, officer, 50_000) is None


def test_eight_allotments_at_once_by_one_officer_are_counted_one_after_another(engine: Engine) -> None:
    with unit_of_work(engine) as session:
        officer = factories.officer(session, Permission.AWARD)
        pairs = [(factories.programme(session), factories.organiser(session).id) for _ in range(8)]
    asked = at_once([lambda pair=pair: ask_as(engine, officer, 20_000, pair=pair) for pair in pairs])
    assert sum(reference is None for reference in asked) == 2
    assert allotted(engine) == 40_000


def ask_as(engine, officer, amount, *, pair=None, budget=1_000_000, at=factories.NOON):
    """An officer asks for an allotment of a programme to an organiser, new ones unless given; what is answered."""

    def work(session):
        programme_id, organiser_id = pair or (
            factories.programme(session, budget=budget),
            factories.organiser(session).id,
        )
        return ask_allotment(
            session,
            programme_id=programme_id,
            organiser_id=organiser_id,
            amount=amount,
            purpose="Greenhouse sessions",
            officer_id=officer,
            rules=factories.RULES,
            occasion=factories.occasion_at(at),
        )

    return run(engine, work)


def allotted(engine):
    """What was allotted in all programmes, minor units."""
    with reading(engine) as session:
        return sum(one.allotted for one in programmes(session, today=factories.NOON.date()))


def test_more_than_the_budget_is_refused_before_anybody_decides(engine: Engine) -> None:
    with unit_of_work(engine) as session, pytest.raises(InsufficientCredits):
        ask(session, amount=60_000, budget=59_999)


def test_what_an_organiser_gave_counts_from_a_london_day_on(engine: Engine) -> None:
    with unit_of_work(engine) as session:
        project = factories.growing_project(session)
        resident = factories.resident(session)
        for weeks in (0, 4):
            at = factories.NOON + timedelta(weeks=weeks, hours=-3)
            session_id = factories.activity_session(session, activity_id=project.activity_id, starts_at=at)
            factories.place(session, session_id=session_id, resident_id=resident, at=at)
            thank(session, project, session_id, resident, at)
    with reading(engine) as session:
        year = given_since(session, organiser_id=project.organiser.id, first=date(2026, 4, 1))
        month = given_since(session, organiser_id=project.organiser.id, first=date(2026, 12, 1))
    assert (year.amount, year.residents) == (1000, 1)
    assert (month.amount, month.residents) == (500, 1)


def thank(session, project, session_id, resident, at):
    """Award one resident for two hours."""
    factories.awards.award_session(
        session,
        session_id=session_id,
        organiser_id=project.organiser.id,
        operator_id=project.organiser.owner_id,
        residents=[resident],
        rules=factories.RULES,
        occasion=factories.occasion_at(at + timedelta(hours=2)),
    )
