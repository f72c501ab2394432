"""What a closed programme still has goes back: allowances to the budget, the budget to issuance; none is given then."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import Engine, select

from ledger.audit.models import AuditRow
from ledger.book import account_status
from ledger.book.errors import CannotReverse
from ledger.book.models import Account, Transaction
from ledger.check_books import check_books
from ledger.corrections.reversals import reverse_transaction
from ledger.earning import programmes, queries
from ledger.earning.errors import ProgrammeNotOpen
from ledger.earning.rules import ALLOWANCE, allotment_content
from ledger.earning.withdrawing import left_when_closed, withdraw_closed
from ledger.identifiers import to_text
from ledger.people import proposals
from ledger.people.rules import Permission
from ledger.store import reading, unit_of_work
from tests import factories
from tests.earning import garden
from tests.earning.ended import BEFORE, CLOSED, LAST_CLAIMS, Ended, ended_programme, resting
from tests.factories import RULES, occasion_at

AT_NIGHT = datetime(2026, 11, 24, 1, 30, tzinfo=UTC)
AN_HOUR_BEFORE_MIDNIGHT = datetime(2026, 11, 23, 23, 0, tzinfo=UTC)
ALL_IN_USE = {"issuance": -100_000, "budget": 60_000, "allowance": 39_500, "purse": 500}
GIVEN_BACK = {"issuance": -500, "purse": 500}


@pytest.fixture
def town(engine: Engine) -> Ended:
    """A programme that ended on 9 November."""
    return ended_programme(engine)


def withdraw(engine: Engine, town: Ended, at: datetime = AT_NIGHT) -> int:
    """What is withdrawn at an instant."""
    with unit_of_work(engine) as session:
        return withdraw_closed(session, programme_ids=[town.programme_id], occasion=occasion_at(at))


def whole(engine: Engine) -> None:
    with reading(engine) as session:
        assert check_books(session) == []


def test_what_is_left_is_told_from_the_day_on_which_it_is_closed(engine: Engine, town: Ended) -> None:
    with reading(engine) as session:
        assert left_when_closed(session, day=LAST_CLAIMS) == {}
        assert left_when_closed(session, day=CLOSED) == {town.programme_id: 99_500}


def test_until_the_14_days_are_over_nothing_moves(engine: Engine, town: Ended) -> None:
    assert withdraw(engine, town, AN_HOUR_BEFORE_MIDNIGHT) == 0
    assert resting(engine) == ALL_IN_USE


def test_then_everything_but_what_was_awarded_goes_back(engine: Engine, town: Ended) -> None:
    with unit_of_work(engine) as session:
        other = factories.programme(session, budget=700)
    assert withdraw(engine, town) == 99_500
    assert resting(engine) == {"issuance": -1_200, "budget": 700, "purse": 500}
    assert garden.wallet(engine, town.resident, AT_NIGHT) == 500
    with reading(engine) as session:
        found = queries.programme(session, programme_id=town.programme_id)
        assert (found.budget, found.allotted, found.awarded, found.left) == (500, 500, 500, 0)
        assert queries.programme(session, programme_id=other).left == 700
    whole(engine)


def test_each_part_is_a_transaction_that_cites_the_decision_and_the_audit_has_it(engine: Engine, town: Ended) -> None:
    withdraw(engine, town)
    with reading(engine) as session:
        decision = queries.programme(session, programme_id=town.programme_id).decision_reference
        query = select(Transaction).where(Transaction.kind.in_(("take_back", "withdraw"))).order_by(Transaction.id)
        rows = session.execute(query).scalars().all()
        assert sorted(row.kind for row in rows) == ["take_back", "take_back", "withdraw"]
        assert {(row.narrative, row.effective_on) for row in rows} == {(f"Closed, decision {decision}", CLOSED)}
        assert {row.details["programme"] for row in rows} == {to_text(town.programme_id)}
        audited = session.execute(select(AuditRow).where(AuditRow.subject_kind == "programme")).scalar_one()
        assert (audited.action, audited.subject_id) == ("command.nightly", to_text(town.programme_id))
        assert audited.details == {"taken_back": 39_500, "withdrawn": 99_500}


def test_again_there_is_nothing_to_withdraw(engine: Engine, town: Ended) -> None:
    withdraw(engine, town)
    assert withdraw(engine, town) == 0
    with reading(engine) as session:
        assert left_when_closed(session, day=CLOSED) == {}
        assert len(session.execute(select(AuditRow).where(AuditRow.subject_kind == "programme")).all()) == 1
    assert resting(engine) == GIVEN_BACK


def test_what_an_award_that_is_reversed_later_gives_back_follows(engine: Engine, town: Ended) -> None:
    withdraw(engine, town)
    with unit_of_work(engine) as session:
        reverse_transaction(
            session,
            transaction_id=town.awarded,
            reason="Did not come.",
            evidence="Letter 7",
            officer_id=factories.officer(session, Permission.REVERSE),
            rules=RULES,
            occasion=occasion_at(AT_NIGHT),
        )
    assert resting(engine) == {"issuance": -500, "allowance": 500}
    assert withdraw(engine, town) == 500
    assert resting(engine) == {}
    whole(engine)


def test_an_allowance_that_is_frozen_goes_back_too(engine: Engine, town: Ended) -> None:
    with unit_of_work(engine) as session:
        for account in session.execute(select(Account.id).where(Account.kind == ALLOWANCE)).scalars().all():
            account_status.freeze(session.connection(), account, at=AT_NIGHT)
    assert withdraw(engine, town) == 99_500
    assert resting(engine) == GIVEN_BACK


def test_a_claim_is_confirmed_until_the_last_day_and_refused_after_it(engine: Engine, town: Ended) -> None:
    with unit_of_work(engine) as session:
        (outcome,) = garden.award(session, town.project, town.session_id, [town.waiting], at=AN_HOUR_BEFORE_MIDNIGHT)
    assert outcome.refused is None
    third = late_comer(engine, town)
    for _run in range(2):
        with pytest.raises(ProgrammeNotOpen), unit_of_work(engine) as session:
            garden.award(session, town.project, town.session_id, [third], at=AT_NIGHT)
        withdraw(engine, town)
    assert resting(engine) == {"issuance": -1_000, "purse": 1_000}


def late_comer(engine: Engine, town: Ended) -> UUID:
    """One more who came to the last session."""
    with unit_of_work(engine) as session:
        resident = factories.resident(session)
        factories.place(session, session_id=town.session_id, resident_id=resident, at=BEFORE)
    return resident


@pytest.mark.parametrize("kind", ["fund", "allot"])
def test_what_it_was_given_is_not_reversed_once_it_went_back(engine: Engine, town: Ended, kind: str) -> None:
    withdraw(engine, town)
    with reading(engine) as session:
        original = session.execute(select(Transaction.id).where(Transaction.kind == kind).limit(1)).scalar_one()
    with pytest.raises(CannotReverse), unit_of_work(engine) as session:
        reverse_transaction(
            session,
            transaction_id=original,
            reason="A mistake.",
            evidence="Letter 7",
            officer_id=factories.officer(session, Permission.REVERSE),
            rules=replace(RULES, reversal_alone=100_000),
            occasion=occasion_at(AT_NIGHT),
        )


def test_an_allotment_that_waits_is_refused_and_stays_undecided(engine: Engine, town: Ended) -> None:
    with unit_of_work(engine) as session:
        content = allotment_content(
            programme_id=town.programme_id, organiser_id=town.project.organiser.id, amount=60_000, purpose="Beans"
        )
        maker, checker = factories.officer(session), factories.officer(session, Permission.APPROVE)
        asked = proposals.propose(
            session, kind="allotment", content=content, maker_id=maker, occasion=occasion_at(BEFORE)
        )
    withdraw(engine, town)
    with pytest.raises(ProgrammeNotOpen), unit_of_work(engine) as session:
        programmes.approve_allotment(
            session, proposal_id=asked.id, checker_id=checker, rules=RULES, occasion=occasion_at(AT_NIGHT)
        )
    with reading(engine) as session:
        assert proposals.proposal(session, proposal_id=asked.id).state == "proposed"
    assert resting(engine) == GIVEN_BACK
