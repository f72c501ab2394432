"""CTX 1 byte for byte, and what it can never carry."""

import hashlib
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.council_tax.ctx_file import Header, Line, file_name, render, totals_of
from ledger.council_tax.errors import FieldNotCanonical
from ledger.council_tax.rules import ItemCode, Reason

EXAMPLE = Path(__file__).parent / "data" / "CTX_E09000022_P_000147_20261122.csv"
HEADER = Header(
    authority="E09000022",
    environment="P",
    sequence=147,
    created=datetime(2026, 11, 23, 1, 30, tzinfo=UTC),
    business_date=date(2026, 11, 22),
    scheme="LCC",
    producer="TALLYSTICK/1.0",
)


def line(txn_id: str, base: str, check: str, uprn: str, amount: int) -> Line:
    return Line(
        code=ItemCode.REDUCTION,
        txn_id=txn_id,
        account_ref=base,
        check_character=check,
        uprn=uprn,
        effective_from=date(2026, 11, 22),
        effective_to=date(2027, 3, 31),
        amount=amount,
        reason=Reason.VOLUNTARY,
    )


ONE = line("01M81C123GENQV94TQRBCJ3950", "20001234", "5", "100021887001", 2500)
LINES = [
    ONE,
    line("01M81GXJWRE358QBPX2S6X9X58", "20004567", "8", "100021887002", 1250),
    replace(line("01M81S7JKRER9A9439SNP4Z4JQ", "20007890", "1", "100021887003", 500), reason=Reason.GIFT),
    replace(
        line("01M820ZE88EE3SWKT2ZZ9P6WEG", "20003210", "4", "100021887004", 1000),
        code=ItemCode.REVERSAL,
        orig_txn_id="01M661ASERF5BTD0S4BFQ5QYCC",
        effective_from=date(2026, 10, 30),
        reason=Reason.ORGANISER_ERROR,
    ),
]


def test_the_worked_example_is_rendered_byte_for_byte() -> None:
    name = file_name(authority="E09000022", environment="P", sequence=147, business_date=date(2026, 11, 22))

    assert render(HEADER, LINES)[0] == EXAMPLE.read_bytes()
    assert name == EXAMPLE.name


def test_an_empty_file_has_a_header_and_a_trailer() -> None:
    content = render(HEADER, [])[0]

    header, trailer, rest = content.split(b"\r\n")
    digest = hashlib.sha256(header + b"\r\n").hexdigest()
    assert (trailer.decode(), rest) == (f"T,000000,0,0,0,000000000000,{digest}", b"")


def test_created_is_written_in_utc_wherever_it_was_said() -> None:
    summer = timezone(timedelta(hours=1))
    header = replace(HEADER, created=datetime(2026, 11, 23, 2, 30, 0, 999_999, tzinfo=summer))

    assert b",2026-11-23T01:30:00Z," in render(header, [])[0]


@pytest.mark.parametrize(
    ("base", "check", "hashed"),
    [("20001234", "5", "000200012345"), ("20001234", "X", "000020001234"), ("20001234", "", "000020001234"),
     ("00001234", "56", "000000123456"), ("99999999999999", "9", "999999999999")],
)  # fmt: skip
def test_the_hash_total_reads_base_and_check_digit_as_one_number(base: str, check: str, hashed: str) -> None:
    assert totals_of([replace(ONE, account_ref=base, check_character=check)]).hash_total == hashed


def test_the_hash_total_is_summed_modulo_a_million_million() -> None:
    most = replace(ONE, account_ref="999999999999", check_character="")

    assert totals_of([most, most]).hash_total == "999999999998"


def test_the_net_of_reversals_alone_is_below_nothing() -> None:
    assert b"\r\nT,000001,0,1000,-1000," in render(HEADER, LINES[3:])[0]


@pytest.mark.parametrize(
    "change",
    [
        {"account_ref": "2000,1234"},
        {"account_ref": "2000123é"},
        {"account_ref": "２0001234"},
        {"account_ref": ""},
        {"account_ref": "20001234\n"},
        {"check_character": "5,"},
        {"check_character": "Y"},
        {"check_character": "５"},
        {"uprn": "1000218870012"},
        {"uprn": '1"2'},
        {"txn_id": "01M81C123GENQV94TQRBCJ395"},
        {"txn_id": "01M81C123GENQV94TQRBCJ395U"},
        {"orig_txn_id": "01M661ASERF5BTD0S4BFQ5QYCC"},
        {"code": ItemCode.REVERSAL},
        {"amount": 0},
        {"amount": -1},
        {"amount": 10_000_000},
        {"effective_to": date(2027, 4, 1)},
        {"effective_to": date(2026, 11, 21)},
        {"effective_from": date(2026, 3, 31)},
    ],
    ids=str,
)
def test_a_line_that_the_file_cannot_carry_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(FieldNotCanonical):
        render(HEADER, [replace(ONE, **change)])


@pytest.mark.parametrize(
    "change",
    [
        {"authority": "E0900002"},
        {"environment": "X"},
        {"sequence": 0},
        {"sequence": 1_000_000},
        {"scheme": "LCC,"},
        {"scheme": "THIRTEENCHARS"},
        {"producer": "TALLY STICK"},
    ],
    ids=str,
)
def test_a_header_that_the_file_cannot_carry_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(FieldNotCanonical):
        render(replace(HEADER, **change), [])


@given(st.text(max_size=30), st.sampled_from(["account_ref", "check_character", "uprn", "txn_id"]))
def test_no_text_whatever_brings_in_a_comma_or_anything_but_ascii(text: str, field: str) -> None:
    try:
        content = render(HEADER, [replace(ONE, **{field: text})])[0]
    except FieldNotCanonical:
        return
    detail = content.split(b"\r\n")[1]
    assert detail.count(b",") == 12
    assert all(0x20 <= byte <= 0x7E for byte in detail)
