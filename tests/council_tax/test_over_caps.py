"""What a smaller cap that was decided later leaves no room for stays held: the cap in force on the night counts."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import Engine

from ledger.check_books import check_books
from ledger.clock import financial_year
from ledger.council_tax.batches import build_batch
from ledger.council_tax.decision_queries import decision_of_year
from ledger.council_tax.decisions import end_decision, propose_decision, propose_ending, record_decision
from ledger.council_tax.leaving import what_is_due
from ledger.council_tax.operations import Applied, cancel_item
from ledger.council_tax.over_caps import is_over_caps, over_caps
from ledger.council_tax.queries import items_of
from ledger.council_tax.rules import ItemState, LinkRole
from ledger.occasion import Occasion
from ledger.people.rules import Permission
from ledger.store import reading, unit_of_work
from ledger.wallets.errors import CapReached
from tests import factories
from tests.council_tax.decided import DECISION
from tests.council_tax.town import JANUARY, MARCH, NOON, RULES, SCHEME, apply, at, available, link, linked_resident
from tests.council_tax.town import resident_with as resident_who_has
from tests.revenues.town import Exchange, exchange, household

SUNDAY, MONDAY, TUESDAY = date(2026, 11, 22), date(2026, 11, 23), date(2026, 11, 24)
DECEMBER = at(2026, 12, 1, 12, 0)
MONTHS = ((2026, 11), (2026, 12), (2027, 1))


def decide(engine: Engine, occasion: Occasion, *, account: int = 1_000_000, resident: int = 1_000_000) -> None:
    """Record a decision with these caps, in place of whatever is in force."""
    with unit_of_work(engine) as session:
        maker = factories.officer(session, Permission.ADMINISTER, occasion=occasion)
        checker = factories.officer(session, Permission.APPROVE, occasion=occasion)
        caps = replace(DECISION, account_cap=account, resident_cap=resident)
        asked = propose_decision(session, decision=caps, officer_id=maker, occasion=occasion)
        record_decision(session, proposal_id=asked.id, checker_id=checker, occasion=occasion)


def end(engine: Engine, occasion: Occasion) -> None:
    """End the decision in force."""
    with unit_of_work(engine) as session:
        found = decision_of_year(session, year=financial_year(occasion.today))
        maker = factories.officer(session, Permission.ADMINISTER, occasion=occasion)
        checker = factories.officer(session, Permission.APPROVE, occasion=occasion)
        asked = propose_ending(session, scheme_id=found.id, reason="Withdrawn", officer_id=maker, occasion=occasion)
        end_decision(session, proposal_id=asked.id, checker_id=checker, occasion=occasion)


def built(engine: Engine, business_date: date, occasion: Occasion) -> tuple[int, int]:
    """The lines of a night and what they come to; the plan of it said the same."""
    with reading(engine) as session:
        due = what_is_due(session, business_date=business_date, after=date.min, rules=RULES)
    with unit_of_work(engine) as session:
        found = build_batch(session, business_date=business_date, scheme=SCHEME, rules=RULES, occasion=occasion)
    assert (due.lines, due.reductions) == (found.lines, found.reductions)
    with reading(engine) as session:
        assert check_books(session) == []
    return found.lines, found.reductions


def waits(engine: Engine, applied: Applied) -> bool:
    """Whether an application waits for room."""
    with reading(engine) as session:
        over = over_caps(session, through=applied.leaves_on)
        assert is_over_caps(session, item_id=applied.item_id) == (applied.item_id in over)
        return applied.item_id in over


def of_household(engine: Engine, base: str, *amounts: int) -> tuple[list[UUID], list[Applied]]:
    """People of one household who applied these amounts, one in each month that can take one."""
    people, applied = [], []
    for number, amount in enumerate(amounts):
        person = resident_who_has(engine, (MARCH, 9_000))
        role = LinkRole.HOUSEHOLD_MEMBER if number else LinkRole.LIABLE
        link(engine, person, base, role)
        people.append(person)
        applied.append(apply(engine, person, amount, at(*MONTHS[number], 30, 12, 0)))
    return people, applied


def test_nothing_waits_where_all_that_was_applied_fits(engine: Engine) -> None:
    applied = apply(engine, linked_resident(engine, 5_000), 2_500)
    decide(engine, at(2026, 11, 22, 13, 0), account=2_500, resident=2_500)
    assert not waits(engine, applied)
    assert built(engine, SUNDAY, at(2026, 11, 23, 1, 30)) == (1, 2_500)


@pytest.mark.parametrize("caps", [{"account": 2_499}, {"resident": 2_499}])
def test_what_a_smaller_cap_leaves_no_room_for_stays_held_until_there_is_some(
    engine: Engine, caps: dict[str, int]
) -> None:
    resident = linked_resident(engine, 5_000)
    applied = apply(engine, resident, 2_500)
    other = apply(engine, linked_resident(engine, 5_000, "20004567"), 2_400)
    decide(engine, at(2026, 11, 22, 13, 0), **caps)

    assert (waits(engine, applied), waits(engine, other)) == (True, False)
    assert built(engine, SUNDAY, at(2026, 11, 23, 1, 30)) == (1, 2_400)

    with reading(engine) as session:
        assert items_of(session, resident_id=resident)[0].state == ItemState.HELD
    decide(engine, at(2026, 11, 23, 13, 0), account=2_500, resident=2_500)
    assert built(engine, MONDAY, at(2026, 11, 24, 1, 30)) == (1, 2_500)


def test_a_smaller_cap_of_the_settings_bounds_what_is_applied_for_and_not_what_leaves(engine: Engine) -> None:
    apply(engine, linked_resident(engine, 5_000), 2_500)
    smaller = replace(RULES, council_tax_a_year=2_000)
    with unit_of_work(engine) as session:
        night = at(2026, 11, 23, 1, 30)
        found = build_batch(session, business_date=SUNDAY, scheme=SCHEME, rules=smaller, occasion=night)
    assert found.reductions == 2_500


def test_its_resident_may_cancel_it_and_apply_for_what_fits(engine: Engine) -> None:
    resident = linked_resident(engine, 5_000)
    applied = apply(engine, resident, 2_500)
    decide(engine, at(2026, 11, 22, 13, 0), account=2_000)
    built(engine, SUNDAY, at(2026, 11, 23, 1, 30))
    later = at(2026, 11, 23, 12, 0)
    with pytest.raises(CapReached):
        apply(engine, resident, 500, later)

    with unit_of_work(engine) as session:
        cancel_item(session, reference=applied.reference, resident_id=resident, occasion=later)

    assert available(engine, resident) == 5_000
    apply(engine, resident, 2_000, later)
    assert built(engine, MONDAY, at(2026, 11, 24, 1, 30)) == (1, 2_000)


def test_of_a_household_whoever_applied_first_leaves_first_and_a_smaller_one_may_still_fit(engine: Engine) -> None:
    _people, (first, second, third) = of_household(engine, "20001234", 2_000, 1_500, 600)
    decide(engine, at(2027, 1, 30, 13, 0), account=3_000, resident=2_000)
    with reading(engine) as session:
        assert over_caps(session, through=JANUARY) == {second.item_id: second.leaves_on}
    assert (waits(engine, first), waits(engine, second)) == (False, True)
    assert built(engine, JANUARY, at(2027, 2, 1, 1, 30)) == (2, 2_600)
    assert not waits(engine, third)


def test_what_left_before_counts_and_stays_as_it_left(engine: Engine) -> None:
    _people, (_first, second) = of_household(engine, "20001234", 2_000, 1_500)
    assert built(engine, date(2026, 11, 30), DECEMBER) == (1, 2_000)
    decide(engine, at(2026, 12, 2, 12, 0), account=1_000)
    assert waits(engine, second)
    assert built(engine, date(2026, 12, 30), at(2026, 12, 31, 1, 30)) == (0, 0)


def test_a_year_has_its_own_cap(engine: Engine) -> None:
    resident = linked_resident(engine, 5_000)
    april = apply(engine, resident, 2_500, at(2026, 3, 31, 18, 30))
    applied = apply(engine, resident, 1_000, NOON)
    assert april.leaves_on == date(2026, 4, 1)
    decide(engine, at(2026, 11, 22, 13, 0), account=3_499)
    assert waits(engine, applied)
    decide(engine, at(2026, 11, 22, 14, 0), account=3_500)
    assert built(engine, SUNDAY, at(2026, 11, 23, 1, 30)) == (2, 3_500)


def test_what_came_back_makes_room_again(engine: Engine) -> None:
    made: Exchange = exchange(engine)
    resident = household(made, amount=9_000)
    made.revenues.accounts["20001234"].liability = {2026: 400}
    apply(engine, resident, 2_000, at(2026, 11, 22, 12, 0))
    sequence = made.night(SUNDAY)
    second = apply(engine, resident, 1_500, at(2026, 12, 22, 12, 0))
    decide(engine, at(2026, 12, 22, 13, 0), account=1_900)
    assert waits(engine, second)

    made.take(made.deliver(sequence), MONDAY)

    assert not waits(engine, second)
    assert built(engine, date(2026, 12, 22), at(2026, 12, 23, 1, 30)) == (1, 1_500)


def test_what_was_deferred_goes_again_whatever_was_decided_since(engine: Engine) -> None:
    made: Exchange = exchange(engine)
    resident = household(made)
    made.revenues.accounts["20001234"].suppressed_until = TUESDAY
    apply(engine, resident, 2_500)
    made.take(made.deliver(made.night(SUNDAY)), MONDAY)
    decide(engine, at(2026, 11, 23, 13, 0), account=1_000)
    assert built(engine, TUESDAY, at(2026, 11, 25, 1, 30)) == (1, 2_500)


def test_a_file_that_was_sent_back_is_held_to_the_cap_that_is_in_force_then(engine: Engine) -> None:
    made: Exchange = exchange(engine)
    resident = household(made)
    apply(engine, resident, 2_500)
    made.build(SUNDAY)
    decide(engine, at(2026, 11, 23, 7, 0), account=1_000)
    made.send_back(1, MONDAY)
    assert built(engine, MONDAY, at(2026, 11, 24, 1, 30)) == (0, 0)
    with reading(engine) as session:
        assert items_of(session, resident_id=resident)[0].state == ItemState.HELD


def test_without_a_decision_there_is_no_cap_to_wait_for(engine: Engine) -> None:
    applied = apply(engine, linked_resident(engine, 5_000), 2_500)
    end(engine, at(2026, 11, 22, 13, 0))
    assert not waits(engine, applied)
    assert built(engine, SUNDAY, at(2026, 11, 23, 1, 30)) == (0, 0)
