"""The short form of a code: its symbols, its check, the words it must not spell, and how it is read back."""

import itertools
import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.identifiers import SPOKEN
from ledger.redemption.errors import CodeInvalid
from ledger.redemption.short_code import (
    DENIED,
    check_symbol,
    new_short_code,
    read_back,
    shown,
    spells_denied_word,
)

EIGHT = st.text(alphabet=SPOKEN, min_size=8, max_size=8)


def reads(text: str) -> bool:
    """Whether this is read as a short code."""
    try:
        return bool(read_back(text))
    except CodeInvalid:
        return False


def drawing(*words: str) -> Callable[[int], bytes]:
    """Randomness from which these words are drawn, one after the other."""
    waiting = iter(words)
    return lambda length: bytes(SPOKEN.index(symbol) for symbol in next(waiting)[:length])


def test_the_alphabet_is_the_31_symbols_nobody_mistakes() -> None:
    assert SPOKEN == "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


@pytest.mark.parametrize(
    ("symbols", "check"),
    [("22222222", "2"), ("32222222", "3"), ("22222223", "A"), ("ZZZZZZZZ", "V"), ("K7QF2M9X", "W")],
)
def test_the_check_symbol_weighs_each_place(symbols: str, check: str) -> None:
    by_hand = sum(place * SPOKEN.index(symbol) for place, symbol in enumerate(symbols, start=1)) % 31

    assert check_symbol(symbols) == SPOKEN[by_hand]
    assert check_symbol(symbols) == check


@given(EIGHT)
def test_what_is_shown_is_read_back(symbols: str) -> None:
    whole = symbols + check_symbol(symbols)

    assert shown(whole) == f"{whole[:4]}-{whole[4:8]}-{whole[8]}"
    assert read_back(shown(whole)) == whole


@given(EIGHT, st.integers(0, 8), st.sampled_from(SPOKEN))
def test_one_wrong_symbol_is_found(symbols: str, place: int, other: str) -> None:
    whole = symbols + check_symbol(symbols)
    wrong = whole[:place] + other + whole[place + 1 :]

    assert reads(wrong) == (wrong == whole)


@given(EIGHT, st.integers(0, 7))
def test_two_neighbours_exchanged_are_found(symbols: str, place: int) -> None:
    whole = symbols + check_symbol(symbols)
    wrong = whole[:place] + whole[place + 1] + whole[place] + whole[place + 2 :]

    assert reads(wrong) == (wrong == whole)


@given(EIGHT, st.randoms(use_true_random=False))
def test_case_spaces_and_hyphens_do_not_matter(symbols: str, source: random.Random) -> None:
    whole = symbols + check_symbol(symbols)
    typed = "".join(
        source.choice((symbol, symbol.lower())) + source.choice(("", " ", "-", "  ", " - ")) for symbol in whole
    )

    assert read_back(typed) == whole


@pytest.mark.parametrize("foreign", [*"01ILOilo", "K\u0131", "\u017f", "\u2010", "\u00a0", "_", ".", "\t", "\n", "\0"])
def test_nothing_else_is_mapped(foreign: str) -> None:
    whole = "K7QF2M9X" + check_symbol("K7QF2M9X")
    for place in range(9):
        with pytest.raises(CodeInvalid) as refused:
            read_back(whole[:place] + foreign + whole[place + 1 :])
        assert refused.value.reason == "shape"


@pytest.mark.parametrize("text", ["", "K7QF", "K7QF-2M9X", "K7QF-2M9X-KK", "-", " "])
def test_nine_symbols_and_no_other_number(text: str) -> None:
    with pytest.raises(CodeInvalid) as refused:
        read_back(text)

    assert refused.value.reason == "shape"


def test_a_wrong_check_says_so() -> None:
    with pytest.raises(CodeInvalid) as refused:
        read_back("K7QF-2M9X-2")

    assert refused.value.reason == "check"


def test_a_code_that_spells_a_denied_word_is_drawn_again() -> None:
    assert new_short_code(drawing("22FUCK22", "K7QF2M9X")) == "K7QF2M9XW"


@pytest.mark.parametrize(
    ("symbols", "spells"), [("22ARSE22", True), ("224R5322", True), ("22F4R722", True), ("2247R532", False)]
)
def test_digits_are_read_as_the_letters_they_look_like(symbols: str, spells: bool) -> None:
    assert spells_denied_word(symbols) is spells


def test_a_word_that_ends_in_the_check_symbol_is_found_too() -> None:
    ending = next(
        "".join(four) + "2CUN"
        for four in itertools.product(SPOKEN, repeat=4)
        if check_symbol("".join(four) + "2CUN") == "T"
    )

    assert not spells_denied_word(ending)
    assert new_short_code(drawing(ending, "K7QF2M9X")) == "K7QF2M9XW"


def test_every_denied_word_could_occur() -> None:
    assert [word for word in sorted(DENIED) if not set(word) <= set(SPOKEN)] == []
