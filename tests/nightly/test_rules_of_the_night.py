"""A night goes by the rules of its business date, and says which of the environment's were changed."""

from dataclasses import replace
from datetime import date, timedelta

from commands.night_words import night_as_facts, night_in_words
from ledger.nightly import dates_due, plan_due
from ledger.store import unit_of_work
from tests.council_tax.town import apply, at, linked_resident
from tests.nightly.town import Town
from tests.scheme.decided import decide_setting

SUNDAY, MONDAY = date(2026, 11, 22), date(2026, 11, 23)


def blacked_out(town: Town, value: str, *, starts_on: date) -> None:
    """Two officers decided on Friday on which days nothing leaves."""
    with unit_of_work(town.engine) as session:
        decide_setting(session, "council_tax_blackouts", value, starts_on=starts_on, now=at(2026, 11, 20, 12, 0).now)


def lines(town: Town) -> list[tuple[int, int]]:
    """Lines of each night that is due: as planned, and as run."""
    dates = dates_due(town.engine, now=town.now)
    plans = plan_due(town.engine, dates=dates, now=town.now, rules=town.settings.rules)
    return [(plan.lines, night.lines) for plan, night in zip(plans, town.run(), strict=True)]


def test_a_blackout_that_begins_to_hold_the_day_after_does_not_stop_the_night_before(town: Town) -> None:
    """The night of Sunday runs on Monday at 01:30, when the setting holds already: it goes by Sunday's."""
    apply(town.engine, linked_resident(town.engine, 1000), 500, at(2026, 11, 22, 12, 0))
    blacked_out(town, "2026-11-22..2026-11-30", starts_on=MONDAY)
    assert lines(town) == [(1, 1)]


def test_a_blackout_that_held_on_the_business_date_stops_it_in_plan_and_run(town: Town) -> None:
    apply(town.engine, linked_resident(town.engine, 1000), 500, at(2026, 11, 22, 12, 0))
    blacked_out(town, "2026-11-22..2026-11-22", starts_on=SUNDAY)
    assert lines(town) == [(0, 0)]
    town.now += timedelta(days=1)
    assert lines(town) == [(1, 1)], "what waited leaves on the next night"


def test_nights_that_are_caught_up_each_go_by_their_own_rules(town: Town) -> None:
    town.run(SUNDAY - timedelta(days=1))
    apply(town.engine, linked_resident(town.engine, 1000), 500, at(2026, 11, 22, 12, 0))
    blacked_out(town, "2026-11-22..2026-11-22", starts_on=SUNDAY)
    town.now += timedelta(days=1)
    assert lines(town) == [(0, 0), (1, 1)]


def test_a_rule_that_was_changed_at_the_machine_is_to_be_looked_at(town: Town) -> None:
    (first,) = town.run()
    town.settings = replace(town.settings, rules=replace(town.settings.rules, council_tax_ceiling=25_000_000))
    town.now += timedelta(days=1)
    (second,) = town.run()
    (third,) = town.run(MONDAY)
    line = "LOOK: the environment's TALLYSTICK_COUNCIL_TAX_CEILING is 250000.00, and was empty."
    assert [line in night_in_words(night) for night in (first, second, third)] == [False, True, True]
    assert night_as_facts(second)["moved"] == [
        {"variable": "TALLYSTICK_COUNCIL_TAX_CEILING", "was": "", "now": "250000.00"}
    ]
