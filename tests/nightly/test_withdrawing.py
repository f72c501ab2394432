"""The night after a programme's last day of claims takes back what it still has, once, and says so."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from commands.night_words import night_as_facts, night_in_words, plan_as_facts, plan_in_words
from ledger.check_books import check_books
from ledger.nightly import STEPS, WITHDRAWING, Withdrawal, dates_due, plan_due
from ledger.nightly.steps import Figures, Tonight, withdraw
from ledger.nights.rules import NightState
from ledger.store import reading
from tests.earning import garden
from tests.earning.ended import ENDED_ON, LAST_CLAIMS, ended_programme, resting
from tests.nightly.town import Town

A_DAY = timedelta(days=1)
NOTHING = Withdrawal(programmes=0, amount=0)
IN_USE = {"issuance": -100_000, "budget": 60_000, "allowance": 39_500, "purse": 500}
GIVEN_BACK = {"issuance": -500, "purse": 500}


def test_each_night_until_the_last_day_of_claims_leaves_it(town: Town) -> None:
    ended_programme(town.engine)
    for day in (ENDED_ON - A_DAY, ENDED_ON, LAST_CLAIMS - A_DAY):
        town.now = datetime.combine(day + A_DAY, town.now.timetz())
        nights = town.run(day)
        assert [night.withdrawal for night in nights] == [NOTHING] * len(nights)
    assert resting(town.engine) == IN_USE


def test_the_night_after_takes_it_back_and_the_next_changes_nothing(town: Town) -> None:
    made = ended_programme(town.engine)
    town.now += A_DAY
    (night,) = town.run(LAST_CLAIMS)
    assert night.withdrawal == Withdrawal(programmes=1, amount=99_500)
    assert "Withdrew 995.00 credits of 1 closed programmes." in night_in_words(night)
    counts = night_as_facts(night)["counts"]
    assert (counts["withdrawn_programmes"], counts["withdrawn"]) == (1, 99_500)
    assert resting(town.engine) == GIVEN_BACK

    town.now += A_DAY
    (after,) = town.run()
    assert after.withdrawal == NOTHING
    assert "Withdrew" not in night_in_words(after)
    assert resting(town.engine) == GIVEN_BACK
    assert garden.wallet(town.engine, made.resident, town.now) == 500
    with reading(town.engine) as session:
        assert check_books(session) == []


def test_a_night_run_before_the_last_day_has_ended_leaves_it_and_is_run_once_more(town: Town) -> None:
    ended_programme(town.engine)
    town.now = datetime(2026, 11, 23, 23, 59, 59, tzinfo=UTC)
    early = town.run(LAST_CLAIMS)[-1]
    assert (early.night, early.withdrawal) == (NightState.EARLY, NOTHING)
    assert resting(town.engine) == IN_USE

    town.now += timedelta(seconds=1)
    (night,) = town.run()
    assert (night.night, night.withdrawal.amount) == (NightState.DONE, 99_500)


def test_missed_nights_are_foretold_and_withdraw_it_once_by_the_date_that_is_due(town: Town) -> None:
    ended_programme(town.engine)
    town.run()
    town.now += 3 * A_DAY

    dates = dates_due(town.engine, now=town.now)
    plans = plan_due(town.engine, dates=dates, now=town.now, rules=town.settings.rules)

    assert [(plan.programmes, plan.withdrawing) for plan in plans] == [(1, 99_500), (0, 0), (0, 0)]
    assert "withdraw 995.00 credits of 1 closed programmes" in plan_in_words(plans[0])
    assert plan_as_facts(plans[0])["withdrawing"] == 99_500
    assert resting(town.engine) == IN_USE, "a plan does nothing"
    assert [night.withdrawal.amount for night in town.run()] == [99_500, 0, 0]


def test_a_night_that_stops_after_it_does_not_take_it_twice(town: Town) -> None:
    ended_programme(town.engine)
    town.now += A_DAY

    def done_and_not_told(tonight: Tonight) -> Figures:
        withdraw(tonight)
        raise RuntimeError("stopped")

    broken = [replace(step, work=done_and_not_told) if step.name == WITHDRAWING else step for step in STEPS]
    with pytest.raises(RuntimeError, match="stopped"):
        town.run(LAST_CLAIMS, steps=broken)
    assert resting(town.engine) == GIVEN_BACK

    (night,) = town.run()
    assert (night.night, night.withdrawal) == (NightState.DONE, NOTHING)
    assert resting(town.engine) == GIVEN_BACK
