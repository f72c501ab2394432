"""Ids and references."""

import random
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import NotFound
from ledger.identifiers import SPOKEN, from_text, read_reference, reference, spoken, to_text, uuid7

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def test_a_uuid_of_version_7_is_laid_out_as_the_rfc_says() -> None:
    """RFC 9562, appendix A.6: 2022-02-22 19:22:22 UTC, rand_a 0xCC3, rand_b 0x18C4DC0C0C07398F."""
    random_bits = (0xCC3 << 62 | 0x18C4DC0C0C07398F).to_bytes(10, "big")
    made = uuid7(datetime(2022, 2, 22, 19, 22, 22, tzinfo=UTC), lambda _length: random_bits)

    assert str(made) == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"


@given(st.uuids())
def test_the_text_of_an_id_is_read_back_in_either_case(identity: object) -> None:
    assert from_text(to_text(identity)) == identity
    assert from_text(to_text(identity).lower()) == identity


@pytest.mark.parametrize("text", ["", "0" * 25, "0" * 27, "U" * 26, "Z" * 26, "8" + "0" * 25, "é" * 26])
def test_any_other_text_is_no_id(text: str) -> None:
    with pytest.raises(NotFound):
        from_text(text)


def test_ids_sort_by_the_instant_they_were_made_at() -> None:
    source = random.Random(1)
    earlier = uuid7(NOON, source.randbytes)
    later = uuid7(NOON.replace(minute=1), source.randbytes)

    assert to_text(earlier) < to_text(later)


def test_a_spoken_reference_uses_no_symbol_that_sounds_or_looks_like_another() -> None:
    drawn = "".join(reference(random.Random(seed).randbytes) for seed in range(200))

    assert set(drawn) <= set(SPOKEN) | {"-"}
    assert not set("01ILO") & set(drawn)


def test_each_spoken_symbol_is_equally_likely() -> None:
    drawn = spoken(31_000, random.Random(7).randbytes)

    assert max(drawn.count(symbol) for symbol in SPOKEN) < 1150
    assert min(drawn.count(symbol) for symbol in SPOKEN) > 850


def test_a_reference_is_read_in_either_case_and_nothing_else_is() -> None:
    assert read_reference("7k2m-9qf") == "7K2M-9QF"
    for text in ("7K2M9QF", "7K2M-9Q0", "7K2M-9QF\n", "7K2M-9Q\x00", "", "٣K2M-9QF"):
        with pytest.raises(NotFound):
            read_reference(text)
