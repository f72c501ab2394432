"""Lists that are sent and decided at the same instant: each person is thanked once, one officer decides."""

from collections.abc import Callable
from uuid import UUID

from sqlalchemy import Engine

from ledger.earning.file_award_queries import waiting_file_awards
from ledger.errors import LedgerError
from ledger.people.proposals import proposal_called
from ledger.store import reading, unit_of_work
from tests.earning.garden import counted, wallet
from tests.earning.listed import Listed, approve, ask, listed, officer
from tests.earning.test_award_races import at_once


def approving(engine: Engine, town: Listed, proposal_id: UUID, checker_id: UUID) -> Callable[[], str]:
    """What becomes of an approval."""

    def work() -> str:
        try:
            approve(engine, town, proposal_id, checker_id=checker_id)
        except LedgerError as error:
            if type(error).__module__ == "ledger.outages":
                raise
            return error.code
        return "approved"

    return work


def test_az_04_of_two_officers_who_approve_at_once_one_does_and_each_is_thanked_once(engine: Engine) -> None:
    town = listed(engine, people=22)
    with unit_of_work(engine) as session:
        other = officer(session, "other@example.org")
    reference = ask(engine, town)
    with reading(engine) as session:
        found = proposal_called(session, reference=reference)
    works = [approving(engine, town, found.id, checker) for checker in (town.checker, other)]
    assert sorted(at_once(works)) == ["approved", "state_conflict"]
    assert [wallet(engine, one) for one in town.residents] == [500] * 22
    assert [counted(engine, one) for one in town.residents] == [(120, 500, 500)] * 22


def test_a_short_list_sent_four_times_at_once_thanks_each_once(engine: Engine) -> None:
    town = listed(engine, people=5)
    assert at_once([lambda: ask(engine, town)] * 4) == [None] * 4
    assert [wallet(engine, one) for one in town.residents] == [500] * 5
    assert [counted(engine, one) for one in town.residents] == [(120, 500, 500)] * 5


def test_of_long_lists_sent_at_once_one_waits(engine: Engine) -> None:
    town = listed(engine, people=22)
    references = at_once([lambda: ask(engine, town)] * 4)
    with reading(engine) as session:
        waiting = waiting_file_awards(session, session_id=town.session_id, organiser_id=town.project.organiser.id)
    assert len(set(references)) == 4
    assert len(waiting) == 1
