"""What one operator awards alone is counted over all lists of a London day: splitting a list goes round nothing."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import Engine

from ledger.clock import london_date
from ledger.earning.file_alone import Alone, left_from_lists
from ledger.earning.file_award_queries import waiting_file_awards
from ledger.store import reading, unit_of_work
from tests import factories
from tests.earning.garden import hold, wallet
from tests.earning.listed import Listed, ask, leave, listed
from tests.earning.test_award_races import at_once
from tests.factories import NOON, RULES

ELEVEN_HOURS = timedelta(hours=11)


def sessions_of(engine: Engine, town: Listed, number: int) -> list[UUID]:
    """So many more sessions of the same activity, which overlap with the first."""
    starts = [NOON - timedelta(hours=2, minutes=one) for one in range(1, number + 1)]
    with unit_of_work(engine) as session:
        return [hold(session, town.project, [], starts_at=one) for one in starts]


def left(engine: Engine, operator_id: UUID) -> Alone:
    """What is left to an operator alone on the day of the tests."""
    with reading(engine) as session:
        return left_from_lists(session, operator_id=operator_id, rules=RULES, today=london_date(NOON))


def test_the_twenty_first_person_of_a_day_takes_two_on_whatever_list(engine: Engine) -> None:
    town = listed(engine, people=21)
    (other,) = sessions_of(engine, town, 1)
    assert ask(engine, town, dict.fromkeys(town.residents[:12], 60)) is None
    assert ask(engine, town, dict.fromkeys(town.residents[12:20], 60), session_id=other) is None
    assert ask(engine, town, {town.residents[20]: 60}, session_id=other) is not None
    assert ask(engine, town, {town.residents[20]: 60}) is not None
    assert wallet(engine, town.residents[20]) == 0
    assert left(engine, town.project.organiser.owner_id) == Alone(people=0, amount=15_000)


def test_the_next_london_day_and_another_operator_begin_anew(engine: Engine) -> None:
    town = listed(engine, people=22)
    assert ask(engine, town, dict.fromkeys(town.residents[:20], 60)) is None
    with unit_of_work(engine) as session:
        helper = factories.operator(session, organisation_id=town.project.organiser.id, email="helper@example.org")
    assert ask(engine, town, {town.residents[20]: 60}, operator_id=helper) is None
    assert ask(engine, town, {town.residents[21]: 60}, at=NOON + ELEVEN_HOURS) is not None
    assert ask(engine, town, {town.residents[21]: 60}, at=NOON + ELEVEN_HOURS + timedelta(hours=1)) is None
    assert [wallet(engine, one) for one in town.residents] == [250] * 22


def test_a_hundredth_past_two_hundred_credits_of_a_day_takes_two(engine: Engine) -> None:
    town = listed(engine, people=11, tariff=1_000)
    (other,) = sessions_of(engine, town, 1)
    assert ask(engine, town, dict.fromkeys(town.residents[:10], 120)) is None
    assert ask(engine, town, {town.residents[10]: 1}, session_id=other) is not None
    assert wallet(engine, town.residents[10]) == 0
    assert left(engine, town.project.organiser.owner_id) == Alone(people=10, amount=0)


def test_only_whoever_was_awarded_counts(engine: Engine) -> None:
    """Not whoever was refused, nor whoever had the award before, nor those for whom two people were asked."""
    town = listed(engine, people=4)
    fine, gone, capped, again = town.residents
    with unit_of_work(engine) as session:
        leave(session, gone)
        factories.awarded(session, resident_id=capped, amount=3_600, at=NOON - timedelta(hours=5))
    assert ask(engine, town, {again: 60}) is None
    assert ask(engine, town) is None
    assert (wallet(engine, fine), wallet(engine, again)) == (500, 250)
    assert left(engine, town.project.organiser.owner_id) == Alone(people=18, amount=19_250)
    long = listed(engine, people=21)
    assert ask(engine, long) is not None
    assert left(engine, long.project.organiser.owner_id) == Alone(people=20, amount=20_000)


def test_lists_of_four_sessions_at_once_come_to_no_more_than_one_may(engine: Engine) -> None:
    town = listed(engine, people=44)
    sessions = [town.session_id, *sessions_of(engine, town, 3)]
    parts = [dict.fromkeys(town.residents[11 * part : 11 * part + 11], 60) for part in range(4)]

    def sending(session_id: UUID, part: dict[UUID, int]):
        return lambda: ask(engine, town, part, session_id=session_id)

    references = at_once([sending(one, part) for one, part in zip(sessions, parts, strict=True)])
    assert [reference is None for reference in references].count(True) == 1
    assert sorted(wallet(engine, one) for one in town.residents) == [0] * 33 + [250] * 11
    with reading(engine) as session:
        for session_id, reference in zip(sessions, references, strict=True):
            organiser_id = town.project.organiser.id
            waiting = waiting_file_awards(session, session_id=session_id, organiser_id=organiser_id)
            assert [one.reference for one in waiting] == ([reference] if reference else [])
