"""Amounts: the only way between text and minor units."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.money import NotAnAmount, format_amount, format_plain, format_pounds, format_signed, parse_amount


@pytest.mark.parametrize(
    ("text", "amount"),
    [("4.50", 450), ("4", 400), ("4.5", 450), (".50", 50), (" 25.00 ", 2500), ("1,204.50", 120450), ("0", 0)],
)
def test_what_people_type_is_read(text: str, amount: int) -> None:
    assert parse_amount(text) == amount


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        ".",
        "-1",
        "+1",
        "4.505",
        "4,5",
        "1e3",
        "١٢",
        "４",
        "4 50",
        "£4",
        "NaN",
        "0x10",
        "10000.01",
        "1_0",
        "4.5.0",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(NotAnAmount):
        parse_amount(text)


@given(st.integers(min_value=0, max_value=10**6))
def test_what_is_written_is_read_back(amount: int) -> None:
    assert parse_amount(format_amount(amount)) == amount
    assert parse_amount(format_plain(amount)) == amount


def test_amounts_have_two_decimals_a_comma_and_a_true_minus() -> None:
    assert format_amount(-123450) == "−1,234.50"
    assert format_signed(500) == "+5.00"
    assert format_signed(-450) == "−4.50"
    assert format_signed(0) == "0.00"
    assert format_pounds(-1000) == "−£10.00"
    assert format_plain(-1000) == "-10.00"
