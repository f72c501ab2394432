"""Nothing is applied and nothing leaves without a decision in force; blackouts, year ends, pauses and closings."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from ledger.check_books import check_books
from ledger.clock import financial_year
from ledger.council_tax.batches import build_batch
from ledger.council_tax.decision_queries import decision_of_year, decisions
from ledger.council_tax.decisions import (
    end_decision,
    propose_closing,
    propose_ending,
    publish_closing,
    record_decision,
)
from ledger.council_tax.departures import departure_of, opening_for
from ledger.council_tax.errors import CouncilTaxClosed, DecisionEnded, NoDecisionInForce
from ledger.council_tax.operations import apply_credits
from ledger.council_tax.queries import items_of, use_this_year
from ledger.council_tax.rules import ItemState
from ledger.errors import NotFound
from ledger.occasion import Occasion
from ledger.people.rules import Permission
from ledger.settings import SchemeRules
from ledger.store import reading, unit_of_work
from ledger.wallets.errors import CapReached
from tests import factories
from tests.council_tax.decided import DECISION, decide
from tests.council_tax.town import (
    NOON,
    RULES,
    SCHEME,
    apply,
    at,
    linked_resident,
)

LATER = at(2026, 11, 22, 12, 30)
BILLS = replace(RULES, council_tax_blackouts=((date(2026, 11, 20), date(2026, 11, 29)),))


def applied(engine: Engine, rules: SchemeRules, occasion: Occasion = NOON) -> date:
    """The day on which what a new resident applies would leave."""
    resident = linked_resident(engine, 5_000)
    with unit_of_work(engine) as session:
        return apply_credits(session, resident_id=resident, amount=500, rules=rules, occasion=occasion).leaves_on


def lines(engine: Engine, business_date: date, rules: SchemeRules, occasion: Occasion) -> int:
    """The lines of the file of a night that is built now."""
    with unit_of_work(engine) as session:
        built = build_batch(session, business_date=business_date, scheme=SCHEME, rules=rules, occasion=occasion)
        return built.lines


def two_officers(session: Session, occasion: Occasion) -> tuple[UUID, UUID]:
    """Who asks, and who may approve."""
    asker = factories.officer(session, Permission.ADMINISTER, occasion=occasion)
    return asker, factories.officer(session, Permission.APPROVE, occasion=occasion)


def end_what_is_in_force(engine: Engine, occasion: Occasion = NOON) -> None:
    """End the decision in force by two officers."""
    with unit_of_work(engine) as session:
        found = decision_of_year(session, year=financial_year(occasion.today))
        maker, checker = two_officers(session, occasion)
        asked = propose_ending(session, scheme_id=found.id, reason="Withdrawn", officer_id=maker, occasion=occasion)
        end_decision(session, proposal_id=asked.id, checker_id=checker, occasion=occasion)


def publish(engine: Engine, closes_on: date, occasion: Occasion = NOON) -> None:
    """Publish a closing by two officers."""
    with unit_of_work(engine) as session:
        maker, checker = two_officers(session, occasion)
        asked = propose_closing(session, closes_on=closes_on, reason="Enough", officer_id=maker, occasion=occasion)
        publish_closing(session, proposal_id=asked.id, checker_id=checker, occasion=occasion)


def test_nobody_applies_where_nothing_is_decided(engine: Engine) -> None:
    resident = linked_resident(engine, 5_000)
    end_what_is_in_force(engine)
    with pytest.raises(NoDecisionInForce) as caught:
        apply(engine, resident, 500)
    assert caught.value.year == 2026
    with reading(engine) as session:
        assert use_this_year(session, resident_id=resident, now=NOON.now, rules=RULES).left == 0
        assert not opening_for(session, now=NOON.now, rules=RULES).taken


def test_what_was_applied_by_a_decision_that_ended_does_not_leave_until_there_is_another(engine: Engine) -> None:
    resident = linked_resident(engine, 5_000)
    apply(engine, resident, 500)
    end_what_is_in_force(engine)
    assert lines(engine, date(2026, 11, 22), RULES, at(2026, 11, 23, 1, 30)) == 0
    with unit_of_work(engine) as session:
        decide(session, occasion=at(2026, 11, 23, 12, 0))
    assert lines(engine, date(2026, 11, 23), RULES, at(2026, 11, 24, 1, 30)) == 1
    with reading(engine) as session:
        assert check_books(session) == []


def test_what_left_before_a_decision_ended_stays_whole_however_many_nights_come_after(engine: Engine) -> None:
    apply(engine, linked_resident(engine, 5_000), 500)
    assert lines(engine, date(2026, 11, 22), RULES, at(2026, 11, 23, 1, 30)) == 1
    end_what_is_in_force(engine, at(2026, 11, 23, 12, 0))

    assert lines(engine, date(2026, 11, 23), RULES, at(2026, 11, 24, 1, 30)) == 0

    with reading(engine) as session:
        assert check_books(session) == []


def test_a_decision_for_other_years_is_none_for_this_one(engine: Engine) -> None:
    resident = linked_resident(engine, 5_000)
    end_what_is_in_force(engine)
    with unit_of_work(engine) as session:
        decide(session, occasion=NOON, decision=replace(DECISION, first_year=2027, last_year=2028))
        assert decision_of_year(session, year=2026) is None
        assert decision_of_year(session, year=2028) is not None
    with pytest.raises(NoDecisionInForce):
        apply(engine, resident, 500)


def test_the_newest_decision_counts_and_its_caps_are_the_limits_where_they_are_less(engine: Engine) -> None:
    resident = linked_resident(engine, 9_000)
    end_what_is_in_force(engine)
    with unit_of_work(engine) as session:
        decide(session, occasion=LATER, decision=replace(DECISION, account_cap=4_000, resident_cap=1_500))
    with pytest.raises(CapReached):
        apply(engine, resident, 1_600)
    assert apply(engine, resident, 1_500).amount == 1_500
    with reading(engine) as session:
        use = use_this_year(session, resident_id=resident, now=NOON.now, rules=RULES)
        assert (use.limit, use.resident_limit, use.left) == (4_000, 1_500, 0)
        assert [one.ended_at is None for one in decisions(session)] == [True, False]


def test_a_decision_ends_once(engine: Engine) -> None:
    linked_resident(engine, 500)
    with reading(engine) as session:
        found = decisions(session)[0]
    end_what_is_in_force(engine)
    with pytest.raises(DecisionEnded), unit_of_work(engine) as session:
        officer = factories.officer(session)
        propose_ending(session, scheme_id=found.id, reason="Again", officer_id=officer, occasion=NOON)


def test_a_proposal_of_another_kind_records_nothing(engine: Engine) -> None:
    with unit_of_work(engine) as session:
        maker, checker = two_officers(session, NOON)
        asked = propose_closing(session, closes_on=date(2027, 1, 1), reason="Enough", officer_id=maker, occasion=NOON)
        with pytest.raises(NotFound):
            record_decision(session, proposal_id=asked.id, checker_id=checker, occasion=NOON)


def test_what_is_applied_in_a_blackout_is_held_until_the_day_that_was_shown(engine: Engine) -> None:
    assert applied(engine, BILLS) == date(2026, 11, 30)
    assert lines(engine, date(2026, 11, 22), BILLS, at(2026, 11, 23, 1, 30)) == 0
    assert lines(engine, date(2026, 11, 29), BILLS, at(2026, 11, 30, 1, 30)) == 0
    assert lines(engine, date(2026, 11, 30), BILLS, at(2026, 12, 1, 1, 30)) == 1


def test_a_blackout_set_later_holds_what_was_promised_for_a_day_inside_it(engine: Engine) -> None:
    assert applied(engine, RULES) == date(2026, 11, 22)
    assert lines(engine, date(2026, 11, 22), BILLS, at(2026, 11, 23, 1, 30)) == 0
    with reading(engine) as session:
        assert departure_of(session, promised=date(2026, 11, 22), rules=BILLS) == date(2026, 11, 30)
    assert lines(engine, date(2026, 11, 30), BILLS, at(2026, 12, 1, 1, 30)) == 1
    with reading(engine) as session:
        assert check_books(session) == []


def test_after_the_last_posting_of_a_year_what_is_applied_leaves_in_the_next(engine: Engine) -> None:
    rules = replace(RULES, council_tax_last_postings=(date(2027, 3, 24),))
    assert applied(engine, rules, at(2027, 3, 24, 12, 0)) == date(2027, 3, 24)


def test_the_day_after_the_last_posting_is_the_next_years(engine: Engine) -> None:
    rules = replace(RULES, council_tax_last_postings=(date(2027, 3, 24),))
    assert applied(engine, rules, at(2027, 3, 25, 12, 0)) == date(2027, 4, 1)


def test_while_paused_files_are_empty_and_items_wait(engine: Engine) -> None:
    paused = replace(RULES, council_tax_paused=True)
    resident = linked_resident(engine, 5_000)
    apply(engine, resident, 500)
    assert lines(engine, date(2026, 11, 22), paused, at(2026, 11, 23, 1, 30)) == 0
    with reading(engine) as session:
        assert items_of(session, resident_id=resident)[0].state == ItemState.HELD
        assert opening_for(session, now=NOON.now, rules=paused).paused
    assert lines(engine, date(2026, 11, 23), RULES, at(2026, 11, 24, 1, 30)) == 1


def test_a_closing_refuses_everybody_from_its_day_and_nobody_before(engine: Engine) -> None:
    early, late = linked_resident(engine, 5_000), linked_resident(engine, 5_000, base="20004567")
    publish(engine, date(2026, 12, 1))
    apply(engine, early, 500, at(2026, 11, 30, 12, 0))
    with pytest.raises(CouncilTaxClosed) as caught:
        apply(engine, late, 500, at(2026, 12, 1, 9, 0))
    assert caught.value.closes_on == date(2026, 12, 1)
    assert lines(engine, date(2026, 11, 30), RULES, at(2026, 12, 1, 1, 30)) == 1
    with reading(engine) as session:
        assert not opening_for(session, now=at(2026, 12, 1, 9, 0).now, rules=RULES).taken
        assert opening_for(session, now=at(2027, 4, 1, 9, 0).now, rules=RULES).taken
