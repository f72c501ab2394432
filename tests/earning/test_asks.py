"""An organiser asks for more; an officer takes it up, alone or with a second, or declines it with a reason."""

from uuid import UUID

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from ledger.book.errors import InsufficientCredits
from ledger.earning.asks import ask, ask_for_more, asks_of, asks_waiting, decline, may_ask_of, take_up
from ledger.earning.errors import AlreadyAsked, ProgrammeNotOpen
from ledger.earning.programmes import approve_allotment
from ledger.earning.queries import organiser_allowances
from ledger.earning.rules import AskState
from ledger.errors import InvalidField, MoveRefused, NotFound
from ledger.people import proposals
from ledger.people.rules import Permission, ProposalState
from ledger.store import reading, unit_of_work
from tests import factories
from tests.factories import NOON, RULES, GrowingProject, occasion_at


def asked(session: Session, project: GrowingProject, *, amount: int = 12_000, purpose: str = "Spring sessions") -> UUID:
    """The project's owner asks for more."""
    return ask_for_more(
        session,
        programme_id=project.programme_id,
        organiser_id=project.organiser.id,
        operator_id=project.organiser.owner_id,
        amount=amount,
        purpose=purpose,
        occasion=occasion_at(),
    )


def taken_up(session: Session, ask_id: UUID, *, amount: int, officer: UUID) -> str | None:
    return take_up(
        session,
        ask_id=ask_id,
        amount=amount,
        purpose="Spring sessions",
        officer_id=officer,
        rules=RULES,
        occasion=occasion_at(),
    )


@pytest.fixture
def project(engine: Engine) -> GrowingProject:
    """A project with 200.00 left of a programme of 2,000.00."""
    with unit_of_work(engine) as session:
        return factories.growing_project(session, budget=200_000)


@pytest.fixture
def officer(engine: Engine) -> UUID:
    with unit_of_work(engine) as session:
        return factories.officer(session, Permission.AWARD)


def test_what_one_officer_may_allot_is_allotted_at_once(engine: Engine, project: GrowingProject, officer: UUID) -> None:
    with unit_of_work(engine) as session:
        ask_id = asked(session, project)
    with unit_of_work(engine) as session:
        assert taken_up(session, ask_id, amount=10_000, officer=officer) is None
    with reading(engine) as session:
        assert ask(session, ask_id=ask_id).state == AskState.TAKEN_UP
        (allowance,) = organiser_allowances(session, organiser_id=project.organiser.id)
        assert allowance.left == 30_000
        assert asks_waiting(session) == []


def test_a_large_one_waits_for_a_second_officer(engine: Engine, project: GrowingProject, officer: UUID) -> None:
    with unit_of_work(engine) as session:
        ask_id = asked(session, project, amount=60_000)
        reference = taken_up(session, ask_id, amount=60_000, officer=officer)
    with unit_of_work(engine) as session:
        assert ask(session, ask_id=ask_id).allotment == ProposalState.PROPOSED
        proposed = proposals.proposal_called(session, reference=reference or "")
        checker = factories.officer(session, Permission.APPROVE)
        approve_allotment(session, proposal_id=proposed.id, checker_id=checker, rules=RULES, occasion=occasion_at())
    with reading(engine) as session:
        view = ask(session, ask_id=ask_id)
        assert (view.allotment, view.proposal_reference) == (ProposalState.USED, reference)


def test_a_declined_one_says_why_and_is_decided_once(engine: Engine, project: GrowingProject, officer: UUID) -> None:
    with unit_of_work(engine) as session:
        ask_id = asked(session, project)
        decline(session, ask_id=ask_id, reason=" Not this year ", officer_id=officer, occasion=occasion_at())
    with reading(engine) as session:
        (view,) = asks_of(session, organiser_id=project.organiser.id)
    assert (view.state, view.reason) == (AskState.DECLINED, "Not this year")
    with pytest.raises(MoveRefused), unit_of_work(engine) as session:
        taken_up(session, ask_id, amount=1, officer=officer)
    with pytest.raises(InvalidField), unit_of_work(engine) as session:
        decline(session, ask_id=ask_id, reason=" ", officer_id=officer, occasion=occasion_at())


def test_one_ask_waits_at_a_time_and_another_may_follow(engine: Engine, project: GrowingProject, officer: UUID) -> None:
    with unit_of_work(engine) as session:
        first = asked(session, project)
    with pytest.raises(AlreadyAsked), unit_of_work(engine) as session:
        asked(session, project)
    with unit_of_work(engine) as session:
        decline(session, ask_id=first, reason="Not yet", officer_id=officer, occasion=occasion_at())
        asked(session, project)
    with reading(engine) as session:
        assert len(asks_waiting(session)) == 1


def test_an_ask_that_the_budget_cannot_give_stays_waiting(
    engine: Engine, project: GrowingProject, officer: UUID
) -> None:
    with unit_of_work(engine) as session:
        ask_id = asked(session, project)
    with pytest.raises(InsufficientCredits), unit_of_work(engine) as session:
        taken_up(session, ask_id, amount=900_000, officer=officer)
    with reading(engine) as session:
        assert ask(session, ask_id=ask_id).state == AskState.WAITING


def test_what_cannot_be_asked_is_refused(engine: Engine, project: GrowingProject) -> None:
    for amount, purpose in ((0, "x"), (1_000_001, "x"), (5, " "), (5, "\u202e")):
        with pytest.raises(InvalidField), unit_of_work(engine) as session:
            asked(session, project, amount=amount, purpose=purpose)
    with unit_of_work(engine) as session:
        ended = factories.programme(session, ends_on=NOON.date().replace(month=6), occasion=None, budget=0)
    with pytest.raises(ProgrammeNotOpen), unit_of_work(engine) as session:
        ask_for_more(
            session,
            programme_id=ended,
            organiser_id=project.organiser.id,
            operator_id=project.organiser.owner_id,
            amount=5,
            purpose="x",
            occasion=occasion_at(),
        )
    with pytest.raises(NotFound), reading(engine) as session:
        ask(session, ask_id=ended)


def test_an_organiser_asks_of_programmes_it_has_to_do_with(engine: Engine, project: GrowingProject) -> None:
    with unit_of_work(engine) as session:
        factories.programme(session)
        stranger = factories.organiser(session)
    with reading(engine) as session:
        mine = may_ask_of(session, organiser_id=project.organiser.id, occasion=occasion_at())
        theirs = may_ask_of(session, organiser_id=stranger.id, occasion=occasion_at())
    assert [one for one, _name in mine] == [project.programme_id]
    assert theirs == []
