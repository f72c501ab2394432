"""A plan says what the nights that are due would do, and does nothing."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from ledger.council_tax.reversing import ask_reversal
from ledger.council_tax.rules import Reason
from ledger.nightly import dates_due, plan_due
from ledger.store import unit_of_work
from tests.council_tax.town import apply, at, linked_resident, resident_with
from tests.nightly.town import Town
from tests.revenues.town import exchange, household

SUNDAY, TUESDAY = date(2026, 11, 22), date(2026, 11, 24)


def test_a_plan_says_what_each_night_would_do_and_does_nothing(town: Town) -> None:
    apply(town.engine, linked_resident(town.engine, 1000), 500)
    resident_with(town.engine, (date(2026, 11, 22), 300), (date(2026, 11, 23), 400), (date(2026, 11, 30), 200))
    town.run(SUNDAY - timedelta(days=1))
    town.now += timedelta(days=1)

    dates = dates_due(town.engine, now=town.now)
    first, second = plan_due(town.engine, dates=dates, now=town.now, rules=town.settings.rules)

    assert (first.business_date, first.purses, first.expiring, first.lines, first.reductions) == (
        SUNDAY,
        1,
        300,
        1,
        500,
    )
    assert (second.purses, second.expiring, second.lines, second.notices) == (1, 400, 0, 0)
    assert first.notices == 0, "that credits end on the 30th was told the night before"
    assert dates_due(town.engine, now=town.now) == dates
    done = town.run()
    assert [(night.expiry.amount, night.lines) for night in done] == [(300, 1), (400, 0)]


def planned(town: Town, **changes: Any) -> list[tuple[int, int, int]]:
    """Lines, reductions and reversals of each night that is due."""
    rules = replace(town.settings.rules, **changes)
    dates = dates_due(town.engine, now=town.now)
    plans = plan_due(town.engine, dates=dates, now=town.now, rules=rules)
    return [(plan.lines, plan.reductions, plan.reversals) for plan in plans]


def test_a_plan_counts_what_the_night_takes_and_no_more(town: Town) -> None:
    """What takes something back is no reduction, what was deferred to the day leaves, what is paused does not."""
    made = exchange(town.engine)
    item = apply(town.engine, household(made), 2_500, at(2026, 11, 22, 12, 0))
    made.whole_night(SUNDAY)
    apply(town.engine, household(made, "20004567"), 700, at(2026, 11, 23, 12, 0))
    made.revenues.accounts["20004567"].suppressed_until = TUESDAY + timedelta(days=1)
    town.now += timedelta(days=1)
    town.run()
    made.approve(2, TUESDAY)
    made.release(2, TUESDAY)
    made.revenues.today = TUESDAY
    made.take(made.deliver(2), TUESDAY)
    with unit_of_work(town.engine) as session:
        ask_reversal(
            session,
            reference=item.reference,
            amount=1_000,
            reason=Reason.ORGANISER_ERROR,
            why="Twice.",
            officer_id=made.first,
            rules=town.settings.rules,
            occasion=made.at(TUESDAY, 11),
        )
    town.now += timedelta(days=2)

    assert planned(town, council_tax_paused=True) == [(0, 0, 0), (0, 0, 0)]
    foretold = planned(town)
    assert foretold == [(1, 0, 1_000), (1, 700, 0)]
    assert [(night.lines, night.reductions, night.reversals) for night in town.run()] == foretold
