"""What is likely to be redeemed of what residents have: a share for each age, from cohorts that were that old."""

from datetime import date
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as some

from ledger.wallets.cohorts import CohortMonth, age_in, cohorts, expected_redeemed, redeemed_shares

TODAY = date(2026, 11, 23)
SEPTEMBER, OCTOBER, NOVEMBER = date(2026, 9, 1), date(2026, 10, 1), date(2026, 11, 1)
ENDS_IN_NOVEMBER, ENDS_IN_DECEMBER, ENDS_IN_JANUARY = date(2026, 11, 30), date(2026, 12, 31), date(2027, 1, 31)
LIVES = 2


def lived(expires_on: date, month: date, *, awarded: int = 0, redeemed: int = 0, expired: int = 0) -> CohortMonth:
    return CohortMonth(expires_on=expires_on, month=month, awarded=awarded, redeemed=redeemed, expired=expired)


def test_a_cohort_is_as_many_months_old_as_have_passed_since_its_award() -> None:
    ends = date(2028, 5, 31)
    assert age_in(date(2026, 11, 1), expires_on=ends, expiry_months=18) == 0
    assert age_in(date(2027, 1, 15), expires_on=ends, expiry_months=18) == 2
    assert age_in(ends, expires_on=ends, expiry_months=18) == 18
    assert age_in(date(2026, 1, 1), expires_on=ends, expiry_months=18) == 0


def test_the_share_of_an_age_is_what_was_redeemed_of_what_stood() -> None:
    months = [
        lived(ENDS_IN_NOVEMBER, SEPTEMBER, awarded=1000, redeemed=200),
        lived(ENDS_IN_NOVEMBER, OCTOBER, redeemed=400),
        lived(ENDS_IN_DECEMBER, OCTOBER, awarded=1000, redeemed=300),
    ]
    shares = redeemed_shares(months, today=TODAY, expiry_months=LIVES)
    assert shares == {0: Fraction(500, 2000), 1: Fraction(400, 800)}


def test_the_month_that_runs_tells_nothing_yet() -> None:
    months = [lived(ENDS_IN_JANUARY, NOVEMBER, awarded=1000, redeemed=900)]
    assert redeemed_shares(months, today=TODAY, expiry_months=LIVES) == {}


def test_a_month_in_which_nothing_happened_counts() -> None:
    months = [lived(ENDS_IN_NOVEMBER, SEPTEMBER, awarded=1000)]
    assert redeemed_shares(months, today=TODAY, expiry_months=LIVES) == {0: 0, 1: 0}


def test_what_came_back_is_taken_off_and_no_share_is_less_than_nothing() -> None:
    months = [
        lived(ENDS_IN_NOVEMBER, SEPTEMBER, awarded=1000, redeemed=500),
        lived(ENDS_IN_NOVEMBER, OCTOBER, redeemed=-100),
    ]
    assert redeemed_shares(months, today=TODAY, expiry_months=LIVES) == {0: Fraction(1, 2), 1: 0}


def test_what_stands_meets_the_shares_of_its_age_and_of_each_later_one() -> None:
    shares = {0: Fraction(1, 4), 1: Fraction(1, 2), 2: Fraction(1, 5)}
    expected = expected_redeemed(
        1000, held=0, expires_on=ENDS_IN_DECEMBER, today=TODAY, shares=shares, expiry_months=LIVES
    )
    assert expected == 1000 - 400


def test_what_is_held_counts_whole_and_what_has_ended_not_at_all() -> None:
    shares = {0: Fraction(1, 4)}
    ended = expected_redeemed(
        700, held=50, expires_on=date(2026, 10, 31), today=TODAY, shares=shares, expiry_months=LIVES
    )
    assert ended == 50


def test_an_age_nobody_reached_is_met_like_the_oldest_that_is_known() -> None:
    expected = expected_redeemed(
        1000, held=0, expires_on=ENDS_IN_JANUARY, today=TODAY, shares={0: Fraction(1, 2)}, expiry_months=LIVES
    )
    assert expected == 1000 - 125


def test_without_an_earlier_cohort_nothing_is_foretold() -> None:
    (cohort,) = cohorts(
        [lived(ENDS_IN_JANUARY, NOVEMBER, awarded=1000, redeemed=100)],
        held={ENDS_IN_JANUARY: 200},
        today=TODAY,
        expiry_months=LIVES,
    )
    assert (cohort.outstanding, cohort.held, cohort.expected) == (900, 200, None)


@given(
    available=some.integers(0, 10**9),
    held=some.integers(0, 10**6),
    shares=some.dictionaries(some.integers(0, 18), some.fractions(0, 1, max_denominator=1000), min_size=1),
    months=some.integers(0, 18),
)
def test_no_more_is_expected_than_stands_and_no_less_than_is_held(
    available: int, held: int, shares: dict[int, Fraction], months: int
) -> None:
    ends = date(2027 + months // 12, months % 12 + 1, 28)
    expected = expected_redeemed(available, held=held, expires_on=ends, today=TODAY, shares=shares, expiry_months=18)
    assert expected is not None
    assert held <= expected <= held + available
