"""The rounding rule of instalments, by the values that the rule's own page gives."""

from hypothesis import given
from hypothesis import strategies as st

from tests.revenues.accounts import Account, Posted
from tests.revenues.instalments import instalments


def test_a_bill_that_does_not_divide_has_its_odd_pence_in_the_first_instalment() -> None:
    assert instalments(165_814, 10) == [16_414, *[16_600] * 9]


def test_a_reduction_on_day_one_is_shared_over_all_instalments() -> None:
    account = Account("20001234", "5", "", {2026: 165_814})
    account.reductions.append(Posted("01M81C123GENQV94TQRBCJ3950", "20001234", 2026, 2_500))

    assert account.left_to_pay(2026) == 163_314
    assert account.bill(2026) == [16_614, *[16_300] * 9]


def test_whole_pounds_are_shared_alike() -> None:
    assert instalments(100_000, 10) == [10_000] * 10


def test_small_bills_have_fewer_instalments() -> None:
    assert instalments(900, 10) == [900]
    assert instalments(3_000, 10) == [500] * 6
    assert instalments(0, 10) == []


@given(total=st.integers(1, 500_000), number=st.integers(1, 12))
def test_instalments_come_to_the_bill(total: int, number: int) -> None:
    shared = instalments(total, number)

    assert sum(shared) == total
    assert all(one % 100 == 0 for one in shared[1:])
