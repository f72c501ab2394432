"""Pure rules of earning: worth, states by the day, postcodes."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as some

from ledger.earning.postcodes import is_district, read_postcode
from ledger.earning.rules import ProgrammeState, TariffPer, session_credits, state_on

LAST = date(2026, 11, 30)


@pytest.mark.parametrize(
    ("today", "state"),
    [
        (date(2026, 11, 29), ProgrammeState.OPEN),
        (date(2026, 11, 30), ProgrammeState.CLOSING),
        (date(2026, 12, 14), ProgrammeState.CLOSING),
        (date(2026, 12, 15), ProgrammeState.CLOSED),
    ],
)
def test_an_open_programme_closes_by_its_last_day(today: date, state: ProgrammeState) -> None:
    assert state_on(ProgrammeState.OPEN, ends_on=LAST, today=today) == state


@pytest.mark.parametrize("state", [ProgrammeState.DRAFT, ProgrammeState.CLOSED])
def test_a_draft_or_closed_programme_stays_so(state: ProgrammeState) -> None:
    for today in (date(2026, 1, 1), LAST, date(2027, 1, 1)):
        assert state_on(state, ends_on=LAST, today=today) == state


@given(tariff=some.integers(1, 10**6), minutes=some.integers(1, 1440))
def test_an_hourly_worth_is_exact_but_for_the_last_half_hundredth(tariff: int, minutes: int) -> None:
    worth = session_credits(tariff=tariff, per=TariffPer.HOUR, minutes=minutes)
    assert -30 < worth * 60 - tariff * minutes <= 30


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("SE18TU", "SE1 8TU"),
        (" sw9  9de ", "SW9 9DE"),
        ("SE116DS", "SE11 6DS"),
        ("W1A1AA", "W1A 1AA"),
        ("EC1A 1BB", "EC1A 1BB"),
        ("M11AE", "M1 1AE"),
    ],
)
def test_a_postcode_is_written_in_one_way(typed: str, written: str) -> None:
    assert read_postcode(typed) == written


@pytest.mark.parametrize("typed", ["", "SW2", "SE1 8T", "SE1 8CI", "12345", "SE1 8TUU", "Ｓ1 1AA", "S٣ 1AA"])
def test_what_is_no_whole_postcode_is_none(typed: str) -> None:
    assert read_postcode(typed) is None


def test_half_a_postcode_is_known_as_a_district() -> None:
    assert is_district("SW2")
    assert is_district("se24")
    assert not is_district("SE24 0AY")
    assert not is_district("")
