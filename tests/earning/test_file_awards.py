"""Lists of who came: awarded alone up to 20 people and 200 CR, else as an officer agrees, once, each person alone."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine, select

from ledger.check_books import check_books
from ledger.earning.errors import TooLate
from ledger.earning.file_award_queries import FileAwardView, file_award_of, last_file_award
from ledger.earning.models import Award, Place
from ledger.earning.rules import came_of
from ledger.errors import MoveRefused, NotAllowed, NotFound
from ledger.people import proposals, register
from ledger.people.errors import OwnProposal
from ledger.people.rules import Permission, ProposalState
from ledger.store import reading, unit_of_work
from tests import factories
from tests.earning.garden import award, wallet
from tests.earning.listed import Listed, approve, ask, leave, listed, officer
from tests.factories import NOON, RULES, occasion_at


def became(engine: Engine, town: Listed, proposal_id: UUID | None = None) -> FileAwardView | None:
    """What became of the list."""
    with reading(engine) as session:
        if proposal_id is not None:
            return file_award_of(session, proposal_id=proposal_id)
        return last_file_award(session, session_id=town.session_id)


def proposal_of(engine: Engine, reference: str) -> proposals.ProposalView:
    """The proposal that people call so."""
    with reading(engine) as session:
        return proposals.proposal_called(session, reference=reference)


def whole(engine: Engine) -> None:
    """The books are whole, by every check."""
    with reading(engine) as session:
        assert list(check_books(session)) == []


def test_a_short_list_is_awarded_at_once_each_for_their_own_hours(engine: Engine) -> None:
    town = listed(engine, people=3)
    first, second, third = town.residents
    assert ask(engine, town, {first: 120, second: 90, third: 1}) is None
    assert [wallet(engine, one) for one in town.residents] == [500, 375, 4]
    found = became(engine, town)
    assert (found.people, found.amount, found.refused, found.proposal_id) == (3, 879, {}, None)
    with reading(engine) as session:
        minutes = dict(session.execute(select(Award.resident_id, Award.minutes)).all())
        places = session.execute(select(Place.resident_id).where(Place.session_id == town.session_id)).scalars()
        assert set(places) == set(town.residents)
    assert minutes == {first: 120, second: 90, third: 1}
    whole(engine)


def test_the_same_list_twice_awards_once(engine: Engine) -> None:
    town = listed(engine, people=3)
    for minute in range(2):
        assert ask(engine, town, at=NOON + timedelta(minutes=minute)) is None
    assert [wallet(engine, one) for one in town.residents] == [500] * 3
    assert (became(engine, town).people, set(became(engine, town).refused.values())) == (0, {"already_awarded"})


def test_twenty_people_are_awarded_by_one_and_twenty_one_by_two(engine: Engine) -> None:
    town = listed(engine, people=21)
    assert ask(engine, town, dict.fromkeys(town.residents[:20], 60)) is None
    other = listed(engine, people=21)
    reference = ask(engine, other, dict.fromkeys(other.residents, 60))
    assert reference is not None
    assert [wallet(engine, one) for one in other.residents] == [0] * 21
    assert proposal_of(engine, reference).content["people"] == 21


def test_two_hundred_credits_are_awarded_by_one_and_a_hundredth_more_by_two(engine: Engine) -> None:
    town = listed(engine, people=11, tariff=1_000)
    assert ask(engine, town, dict.fromkeys(town.residents[:10], 120)) is None
    other = listed(engine, people=11, tariff=1_000)
    came = dict.fromkeys(other.residents[:10], 120) | {other.residents[10]: 1}
    reference = ask(engine, other, came)
    assert reference is not None
    assert proposal_of(engine, reference).content["credits"] == 20_017
    assert [wallet(engine, one) for one in other.residents] == [0] * 11


def test_what_an_officer_agrees_to_is_awarded_once(engine: Engine) -> None:
    town = listed(engine, people=24)
    reference = ask(engine, town)
    found = proposal_of(engine, reference)
    assert found.maker_name == "Owner " + found.maker_name.split()[1]
    with reading(engine) as session:
        checker = town.checker
        assert proposals.count_waiting(session, for_officer=checker) == 1
        assert [one.id for one in proposals.proposals_waiting(session, for_officer=checker)] == [found.id]
        assert proposals.own_proposals_waiting(session, officer_id=checker) == []
    approve(engine, town, found.id)
    assert [wallet(engine, one) for one in town.residents] == [500] * 24
    kept = became(engine, town, found.id)
    assert (kept.people, kept.amount, kept.refused) == (24, 12_000, {})
    with pytest.raises(MoveRefused):
        approve(engine, town, found.id)
    assert [wallet(engine, one) for one in town.residents] == [500] * 24
    assert proposal_of(engine, reference).state == ProposalState.USED
    whole(engine)


def test_whoever_would_pass_a_cap_is_refused_alone(engine: Engine) -> None:
    town = listed(engine, people=2)
    capped, fine = town.residents
    with unit_of_work(engine) as session:
        factories.awarded(session, resident_id=capped, amount=3_600, at=NOON - timedelta(hours=5))
    assert ask(engine, town) is None
    assert became(engine, town).refused == {capped: "earned_a_week"}
    assert (wallet(engine, capped), wallet(engine, fine)) == (3_600, 500)
    whole(engine)


def test_what_changed_since_it_was_asked_is_refused_for_that_line_alone(engine: Engine) -> None:
    town = listed(engine, people=24)
    found = proposal_of(engine, ask(engine, town))
    capped, gone, thanked = town.residents[:3]
    with unit_of_work(engine) as session:
        factories.place(session, session_id=town.session_id, resident_id=thanked, at=NOON - timedelta(hours=2))
    with unit_of_work(engine) as session:
        factories.awarded(session, resident_id=capped, amount=3_600, at=NOON - timedelta(hours=5))
        leave(session, gone)
        award(session, town.project, town.session_id, [thanked])
    approve(engine, town, found.id)
    kept = became(engine, town, found.id)
    assert kept.refused == {capped: "earned_a_week", gone: "resident_closed", thanked: "already_awarded"}
    assert kept.people == 21
    assert wallet(engine, thanked) == 500
    whole(engine)


def test_an_allowance_that_does_not_reach_refuses_the_rest(engine: Engine) -> None:
    town = listed(engine, people=3, allowance_of=1_000)
    assert ask(engine, town) is None
    assert sorted(wallet(engine, one) for one in town.residents) == [0, 500, 500]
    assert list(became(engine, town).refused.values()) == ["insufficient_credits"]


def test_nobody_is_thanked_by_a_list_they_sent_or_agreed_to(engine: Engine) -> None:
    town = listed(engine, people=22)
    with unit_of_work(engine) as session:
        own = factories.resident(session, email=town.project.organiser.owner_email.replace("@", "+garden@"))
        checkers = factories.resident(session, email="grace+home@example.org")
        checker = officer(session, "grace@example.org")
    found = proposal_of(engine, ask(engine, town, dict.fromkeys([*town.residents, own, checkers], 120)))
    approve(engine, town, found.id, checker_id=checker)
    assert became(engine, town, found.id).refused == {own: "self_award", checkers: "self_award"}
    assert (wallet(engine, own), wallet(engine, checkers)) == (0, 0)


def test_az_04_whoever_sent_a_list_does_not_decide_it_as_an_officer(engine: Engine) -> None:
    town = listed(engine, people=24, owner_email="olu@example.org")
    found = proposal_of(engine, ask(engine, town))
    with unit_of_work(engine) as session:
        same = officer(session, "olu+council@example.org")
    with pytest.raises(OwnProposal):
        approve(engine, town, found.id, checker_id=same)
    assert became(engine, town) is None


def test_az_04_the_right_to_approve_is_checked_at_that_moment(engine: Engine) -> None:
    town = listed(engine, people=24)
    found = proposal_of(engine, ask(engine, town))
    with unit_of_work(engine) as session:
        register.end_permission(
            session, officer_id=town.checker, permission=Permission.APPROVE, occasion=occasion_at(NOON)
        )
    with pytest.raises(NotAllowed):
        approve(engine, town, found.id)
    assert [wallet(engine, one) for one in town.residents] == [0] * 24


def test_az_04_a_new_list_voids_the_first(engine: Engine) -> None:
    town = listed(engine, people=24)
    first = proposal_of(engine, ask(engine, town))
    second = proposal_of(engine, ask(engine, town, dict.fromkeys(town.residents[:21], 60)))
    assert proposal_of(engine, first.reference).state == ProposalState.VOID
    with pytest.raises(MoveRefused):
        approve(engine, town, first.id)
    approve(engine, town, second.id)
    assert [wallet(engine, one) for one in town.residents] == [250] * 21 + [0] * 3


def test_az_04_an_approval_of_another_kind_awards_nobody(engine: Engine) -> None:
    town = listed(engine, people=24)
    found = proposal_of(engine, ask(engine, town))
    with unit_of_work(engine) as session:
        maker = officer(session, "maker@example.org")
        other = proposals.propose(
            session, kind="allotment", content=dict(found.content), maker_id=maker, occasion=occasion_at(NOON)
        )
    with pytest.raises(NotFound):
        approve(engine, town, other.id)
    assert len(came_of(found.content)) == 24
    assert became(engine, town) is None


def test_az_08_a_list_is_void_once_its_sender_acts_for_the_organiser_no_more(engine: Engine) -> None:
    town = listed(engine, people=24)
    with unit_of_work(engine) as session:
        helper = factories.operator(session, organisation_id=town.project.organiser.id, email="helper@example.org")
    found = proposal_of(engine, ask(engine, town, operator_id=helper))
    with unit_of_work(engine) as session:
        register.remove_operator(
            session, operator_id=helper, organisation_id=town.project.organiser.id, occasion=occasion_at(NOON)
        )
    with pytest.raises(MoveRefused):
        approve(engine, town, found.id)
    assert proposal_of(engine, found.reference).voided_because == proposals.MAKERS_RIGHTS
    with pytest.raises(NotFound):
        ask(engine, town, operator_id=helper)


def test_a_list_decided_too_late_awards_nobody_and_still_waits(engine: Engine) -> None:
    town = listed(engine, people=24)
    found = proposal_of(engine, ask(engine, town))
    with pytest.raises(TooLate):
        approve(engine, town, found.id, at=NOON + timedelta(days=14, seconds=1))
    assert proposal_of(engine, found.reference).state == ProposalState.PROPOSED
    assert became(engine, town) is None


def test_another_organisers_session_is_not_found(engine: Engine) -> None:
    town, other = listed(engine, people=1), listed(engine, people=1)
    with pytest.raises(NotFound):
        ask(engine, town, session_id=other.session_id)
    assert RULES.file_people_alone == 20
