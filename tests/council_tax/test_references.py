"""Account references: the council's shape and check rule, with right and wrong digits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.council_tax.errors import NotAReference
from ledger.council_tax.references import Reference, check_character, read_reference, show_reference
from ledger.settings import AccountFormat

NO_CHECK = AccountFormat(regex="[0-9]{9}", check="none")
LUHN = AccountFormat(regex="[0-9]{9,14}", check="mod10:2121")
MOD11 = AccountFormat(regex="[0-9]{8}[0-9X]", check="mod11:8765432")
ISBN = AccountFormat(regex="[0-9]{9}[0-9X]", check="mod11:98765432")
MOD97 = AccountFormat(regex="[0-9]{10}", check="mod97")
FORMATS = (LUHN, MOD11, MOD97)


def refusal(text: str, account_format: AccountFormat) -> str:
    with pytest.raises(NotAReference) as caught:
        read_reference(text, account_format)
    return caught.value.problem


@pytest.mark.parametrize("written", ["200012345", " 2000 1234 5 ", "2000-1234-5"])
def test_spaces_and_hyphens_are_ignored(written: str) -> None:
    assert read_reference(written, NO_CHECK) == Reference(base="200012345", check_character="")


@pytest.mark.parametrize(
    "written",
    [
        "",
        "20001234",
        "2000123456",
        "20001234A",
        "2000,12345",
        "２00012345",
        "2000\t12345",
        "200012345\n",
        "200012345/1",
    ],
)
def test_what_does_not_fit_the_shape_is_refused(written: str) -> None:
    assert refusal(written, NO_CHECK) == "shape"


@pytest.mark.parametrize(
    ("base", "account_format", "check"),
    [
        ("7992739871", AccountFormat(check="mod10:1212"), "3"),
        ("794", AccountFormat(check="mod97"), "44"),  # the example of ISO/IEC 7064
        ("12345678", AccountFormat(check="none"), ""),
    ],
)
def test_check_characters_are_those_of_the_published_rules(
    base: str, account_format: AccountFormat, check: str
) -> None:
    assert check_character(base, account_format) == check


@pytest.mark.parametrize(("base", "check"), [("030640615", "2"), ("080442957", "X")])
def test_mod11_gives_the_check_character_of_an_isbn(base: str, check: str) -> None:
    """Nine digits by the weights 10 to 2: the tenth weight is taken apart, since a setting's weights have one digit."""
    first_digit, rest = int(base[0]) * 10, base[1:]
    assert first_digit == 0, "so that its weight does not count"

    assert check_character(rest, AccountFormat(check="mod11:98765432")) == check


def test_luhn_doubles_every_second_digit_from_the_right() -> None:
    assert check_character("7992739871", AccountFormat(check="mod10:1212")) == "3"
    assert check_character("7992739871", AccountFormat(check="mod10:2121")) != "3"


def test_x_is_read_in_either_case() -> None:
    assert check_character("20001234", MOD11) == "X"
    assert read_reference("2000 1234 x", MOD11) == Reference(base="20001234", check_character="X")


@given(st.integers(min_value=0, max_value=99_999_999), st.sampled_from(FORMATS))
def test_the_right_check_character_is_read_and_every_other_refused(number: int, account_format: AccountFormat) -> None:
    base = f"{number:08d}"
    right = check_character(base, account_format)

    assert read_reference(base + right, account_format) == Reference(base=base, check_character=right)
    for wrong in {"mod97": ("00", "99")}.get(account_format.check, "0123456789"):
        if wrong != right:
            assert refusal(base + wrong, account_format) == "check"


@given(st.integers(min_value=0, max_value=99_999_999), st.integers(0, 7), st.integers(1, 9))
def test_mod97_finds_every_wrong_digit(number: int, place: int, change: int) -> None:
    base = f"{number:08d}"
    wrong = base[:place] + str((int(base[place]) + change) % 10) + base[place + 1 :]

    assert check_character(base, MOD97) != check_character(wrong, MOD97)


def test_a_council_that_wants_the_first_part_gets_it_alone() -> None:
    first_part = AccountFormat(regex="[0-9]{9}", check="none", send="base")

    assert read_reference("501231231/123/123", first_part) == Reference(base="501231231", check_character="")
    assert refusal("/501231231", first_part) == "shape"


def test_a_check_digit_that_is_not_sent_is_still_checked() -> None:
    not_sent = AccountFormat(regex="[0-9]{9,14}", check="mod10:2121", send="base")
    digit = check_character("20001234", not_sent)

    assert read_reference(f"20001234{digit}", not_sent) == Reference(base="20001234", check_character="")
    assert refusal(f"20001234{(int(digit) + 1) % 10}", not_sent) == "check"


def test_leading_zeros_stay() -> None:
    assert read_reference("000012345", NO_CHECK).base == "000012345"


def test_a_reference_is_shown_as_the_mask_spaces_it() -> None:
    assert show_reference("20001234", "5", AccountFormat(mask="2000 1234 5")) == "2000 1234 5"
    assert show_reference("2000123", "", AccountFormat(mask="2000 1234 5")) == "2000123"


def test_the_format_a_scheme_begins_with_takes_its_own_example() -> None:
    begun = AccountFormat()
    read = read_reference(begun.mask, begun)
    assert show_reference(read.base, read.check_character, begun) == begun.mask


@given(st.from_regex("[0-9]{8}", fullmatch=True), st.integers(0, 7), st.integers(1, 9))
def test_the_format_a_scheme_begins_with_notices_every_wrong_digit(base: str, place: int, change: int) -> None:
    wrong = f"{base[:place]}{(int(base[place]) + change) % 10}{base[place + 1 :]}"
    assert check_character(wrong, AccountFormat()) != check_character(base, AccountFormat())


def test_two_digits_swapped_in_the_mask_are_noticed() -> None:
    assert refusal("2000 1243 5", AccountFormat()) == "check"
