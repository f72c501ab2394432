"""Pure rules of a wallet."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.wallets.rules import Cap, Purse, draw, last_day_of_month, period_of, purse_month, return_month


def _purse(number: int, expires_on: date, balance: int, held: int = 0) -> Purse:
    return Purse(id=number, expires_on=expires_on, balance=balance, held=held)


def test_spending_draws_on_the_purse_that_ends_soonest() -> None:
    january = _purse(1, date(2027, 1, 31), 1000)
    march = _purse(2, date(2027, 3, 31), 1000)

    assert list(draw([march, january], 1200)) == [(january, 1000), (march, 200)]


def test_what_is_held_is_passed_over() -> None:
    january = _purse(1, date(2027, 1, 31), 1000, held=1000)
    march = _purse(2, date(2027, 3, 31), 1000)

    assert list(draw([january, march], 300)) == [(march, 300)]


@given(st.lists(st.integers(min_value=0, max_value=5000), min_size=1, max_size=19), st.data())
def test_a_draw_shares_out_exactly_its_amount(balances: list[int], data: st.DataObject) -> None:
    purses = [_purse(number, date(2027, 1, 31), balance) for number, balance in enumerate(balances)]
    amount = data.draw(st.integers(min_value=0, max_value=sum(balances)))

    drawn = list(draw(purses, amount))

    assert sum(taken for _purse_drawn, taken in drawn) == amount
    assert all(0 < taken <= purse.available for purse, taken in drawn)


@pytest.mark.parametrize(
    ("awarded_on", "last_good_day"),
    [
        (date(2026, 11, 1), date(2028, 5, 31)),
        (date(2026, 11, 30), date(2028, 5, 31)),
        (date(2026, 8, 31), date(2028, 2, 29)),
        (date(2027, 8, 31), date(2029, 2, 28)),
        (date(2026, 6, 15), date(2027, 12, 31)),
    ],
)
def test_credits_end_with_the_18th_month_after_the_award(awarded_on: date, last_good_day: date) -> None:
    assert purse_month(awarded_on, expiry_months=18) == last_good_day


def test_at_most_19_purses_live_at_a_time() -> None:
    live = {purse_month(date(2025 + month // 12, month % 12 + 1, 15), expiry_months=18) for month in range(36)}
    today = date(2026, 12, 15)

    issued_by_today = {one for one in live if one <= purse_month(today, expiry_months=18)}
    assert len({one for one in issued_by_today if one >= today}) == 19


def test_a_return_goes_to_its_own_month_or_to_the_month_of_the_60th_day() -> None:
    assert return_month(date(2027, 1, 31), today=date(2027, 1, 31)) == date(2027, 1, 31)
    assert return_month(date(2027, 1, 31), today=date(2027, 2, 1)) == date(2027, 4, 30)


@pytest.mark.parametrize(
    ("cap", "starts_on"),
    [
        (Cap.MINUTES_A_DAY, date(2027, 3, 31)),
        (Cap.EARNED_A_WEEK, date(2027, 3, 29)),
        (Cap.COUNCIL_TAX_ITEMS_A_MONTH, date(2027, 3, 1)),
        (Cap.EARNED_A_YEAR, date(2026, 4, 1)),
        (Cap.COUNCIL_TAX_A_YEAR, date(2026, 4, 1)),
    ],
)
def test_caps_count_by_day_week_from_monday_month_and_financial_year(cap: Cap, starts_on: date) -> None:
    assert period_of(cap, date(2027, 3, 31)) == starts_on


def test_the_last_day_of_a_month_knows_leap_years() -> None:
    assert last_day_of_month(date(2028, 2, 3)) == date(2028, 2, 29)
