"""A layout of answers reads another system's file as CTR 1, every line once, or refuses it whole by row and field."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.council_tax.answer_file import read_response
from ledger.council_tax.ctx_file import Line, render
from ledger.council_tax.layouts.answer_check import sample_sent, written
from ledger.council_tax.layouts.answer_reader import as_answer
from ledger.council_tax.layouts.answer_rows import LARGEST_ANSWER
from ledger.council_tax.layouts.answer_toml import read_answer_layout
from ledger.council_tax.layouts.errors import NotOfTheLayout
from ledger.council_tax.layouts.shipped import SAMPLE_HEADER, sample_lines
from ledger.council_tax.views import BatchFile
from tests.council_tax.layouts.made_up import answer_layouts_made_up
from tests.council_tax.layouts.reports import FIXED, REPORT, SAMPLE, UNHURRIED

SENT, LINES = sample_sent(9)
AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
FIXED_FIELDS = {
    "result": slice(26, 28),
    "returned": slice(28, 38),
    "posted_on": slice(38, 44),
    "retry_on": slice(44, 52),
}


def read(content: bytes, text: str = REPORT, sent: BatchFile = SENT) -> bytes:
    """The answer CTR 1 that a file stands for."""
    return as_answer(read_answer_layout(text), content, file=sent, at=AT)


def refused(content: bytes, text: str = REPORT, sent: BatchFile = SENT) -> NotOfTheLayout:
    """Why a file is refused whole."""
    with pytest.raises(NotOfTheLayout) as caught:
        read(content, text, sent)
    return caught.value


def sent_of(*lines: Line) -> BatchFile:
    """A file of ours with these lines."""
    content, _ = render(SAMPLE_HEADER, lines)
    return replace(SENT, content=content)


def test_the_sample_report_is_the_answer_that_it_says() -> None:
    head, *rows, tail = read(SAMPLE).decode("ascii").removesuffix("\r\n").split("\r\n")
    assert head == f"H,CTR,1,E09000022,T,000147,{SENT.sha256},2026-11-24T09:00:00Z,A,F00"
    assert [row.split(",")[3:] for row in rows] == [
        ["A", "D00", "2500", "2026-11-23", "N"],
        ["R", "D01", "0", "", "N"],
        ["P", "D21", "60000", "2026-11-23", "N"],
        ["A", "D00", "1000", "2026-11-24", "N"],
        ["R", "D09", "0", "", "N"],
        ["R", "D07", "0", "", "N"],
        ["R", "D13", "0", "", "N"],
        ["R", "D05", "0", "", "N"],
        ["D", "D20", "0", "", "N"],
    ]
    assert [row.split(",")[2] for row in rows] == [line.txn_id for line in LINES]
    assert tail == "T,000009,2,1,5,1,62500,1000"


def test_rows_in_another_order_are_the_same_answer() -> None:
    head, *rows, tail, end = SAMPLE.split(b"\r\n")
    assert read(b"\r\n".join([head, *reversed(rows), tail, end])) == read(SAMPLE)


DAMAGES: Mapping[str, tuple[bytes, bytes, int, str]] = {
    "a word that is in no outcome": (b",POSTED,23", b",LOADED,23", 2, "result"),
    "a word with other letters": (b",POSTED,23", b",Posted,23", 2, "result"),
    "an account that is not ours": (b"200012345", b"200012344", 2, "account"),
    "an account without its zeros": (b"00000001X", b"1X", 3, "account"),
    "an account in a formula": (b"200012345", b"=200012345", 2, "account"),
    "another amount than was sent": (b",25.00,25.00,", b",25.01,25.01,", 2, "account"),
    "pence, not pounds": (b",25.00,25.00,", b",2500,25.00,", 2, "amount"),
    "less than all applied": (b",25.00,25.00,", b",25.00,24.99,", 2, "applied"),
    "more applied than was sent": (b",600.00,", b",100000.00,", 4, "applied"),
    "all applied in part": (b",600.00,", b",99999.99,", 4, "applied"),
    "nothing applied in part": (b",600.00,", b",0.00,", 4, "applied"),
    "applied, and not how much": (b",600.00,", b",,", 4, "applied"),
    "rejected, and something applied": (b"0.01,,NO", b"0.01,0.01,NO", 3, "applied"),
    "the sign of the other direction": (b"-10.00,-10.00", b"-10.00,10.00", 5, "applied"),
    "a huge amount": (b",25.00,25.00,", b"," + b"9" * 5_000 + b".00,25.00,", 2, "amount"),
    "an amount in a formula": (b",25.00,25.00,", b",=25.00,25.00,", 2, "amount"),
    "the word of what puts something back": (b",POSTED,23", b",NOTHING TO REVERSE,23", 2, "result"),
    "applied on no day": (b"POSTED,23/11/2026", b"POSTED,", 2, "posted_on"),
    "applied on a day there is not": (b"POSTED,23/11/2026", b"POSTED,31/11/2026", 2, "posted_on"),
    "applied on a day to come": (b"POSTED,23/11/2026", b"POSTED,25/11/2026", 2, "posted_on"),
    "a day in other digits": (b"POSTED,23/11", "POSTED,２３/11".encode(), 2, "posted_on"),
    "a field too many": (b"POSTED,23/11/2026,", b"POSTED,23/11/2026,,", 2, ""),
    "a field too few": (b",NO ACCOUNT,,", b",NO ACCOUNT,", 3, ""),
    "a quote that does not end": (b'"Smith, J"', b'"Smith, J', 2, ""),
    "a control character": (b"Smith", b"Sm\x00ith", 2, ""),
    "an escape": (b"Smith", b"\x1b[2J", 2, ""),
    "another line's end": (b"Smith", b"Sm\nith", 2, ""),
    "a character of another encoding": (b"Caf\xc3\xa9", b"Caf\xe9", 8, ""),
    "another number": (b"000147", b"000148", 1, "sequence"),
    "another kind of file": (b"POSTING", b"LOADING", 1, "const"),
    "a wrong count": (b"TOTAL,9", b"TOTAL,8", 11, "count"),
    "a wrong sum": (b"615.00", b"615.01", 11, "net"),
    "no trailer": (b"TOTAL,9,615.00\r\n", b"", 10, ""),
    "no end": (b"615.00\r\n", b"615.00", 11, ""),
    "other line ends": (b"\r\n", b"\n", 11, ""),
    "another byte order mark": (b"\xef\xbb\xbf", b"\xfe\xff", 1, ""),
    "a line too few": (b"200000085,TALLY,25.00,,BILLING,,\r\n", b"", 0, ""),
    "a line twice": (b"TOTAL", b"200000085,TALLY,25.00,,BILLING,,\r\nTOTAL", 11, "account"),
    "a line that was decided otherwise, too": (
        b"TOTAL",
        b"200000085,TALLY,25.00,25.00,POSTED,23/11/2026,\r\nTOTAL",
        11,
        "account",
    ),
    "a blank line": (b"TOTAL", b"\r\nTOTAL", 11, ""),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_report_is_refused_whole_by_row_and_field(name: str) -> None:
    was, is_now, row, field = DAMAGES[name]
    assert was in SAMPLE
    refusal = refused(SAMPLE.replace(was, is_now) if name == "other line ends" else SAMPLE.replace(was, is_now, 1))
    assert (refusal.row, field in refusal.field, bool(refusal.field)) == (row, True, bool(field))
    assert len(str(refusal)) < 200


@pytest.mark.parametrize("kept", range(0, len(SAMPLE), 17))
def test_a_report_that_was_cut_off_is_refused(kept: int) -> None:
    assert refused(SAMPLE[:kept])


def test_a_report_of_more_than_20_megabytes_is_refused() -> None:
    assert "has more than 20,000,000 bytes" in str(refused(b"x" * (LARGEST_ANSWER + 1)))


def test_a_fixed_layout_knows_lines_by_their_ids_and_what_was_applied_by_what_went_back() -> None:
    spec = read_answer_layout(FIXED)
    sent, lines = sample_sent(5)
    content = written(spec, sent, lines)
    rows = content.decode("cp1252").split("\n")
    assert [rows[number][FIXED_FIELDS["result"]] for number in range(5)] == ["OK", "é ", "PT", "OK", "OK"]
    response = read_response(as_answer(spec, content, file=sent, at=AT))
    assert [(line.outcome, line.applied) for line in response.lines] == [
        *(("A", 2500), ("R", 0), ("P", 4_999_999), ("A", 1000), ("A", 250))
    ]
    for field, text, words in (
        ("returned", "0000000001", "does not go with outcome A of 2500 pence"),
        ("retry_on", "20270401", "is there, though nothing was deferred"),
        ("returned", "-000000001", "cannot be read"),
    ):
        place = FIXED_FIELDS[field]
        damaged = "\n".join([rows[0][: place.start] + text + rows[0][place.stop :], *rows[1:]]).encode("cp1252")
        assert words in str(refused(damaged, FIXED, sent))
    unknown = content.replace(b"3000OK", b"30ZZOK", 1)
    assert refused(unknown, FIXED, sent).field == "detail field 1 (txn_id)"
    assert "row 1: has 53 characters, not 52" in str(refused(content.replace(b"\n", b"x\n", 1), FIXED, sent))


def test_lines_that_nothing_tells_apart_are_answered_alike_or_not_at_all() -> None:
    first, *_ = sample_lines()
    twin = replace(first, txn_id="01M81C123GENQV94TQRBCJ3951")
    sent = sent_of(first, twin)
    head, tail = b"POSTING REPORT,147,\r\n", b"TOTAL,2,%s\r\n"
    posted = b"200012345,TALLY,25.00,25.00,POSTED,23/11/2026,\r\n"
    rejected = b"200012345,TALLY,25.00,,HELD,,\r\n"

    alike = read_response(read(head + posted * 2 + tail % b"50.00", sent=sent))

    assert [(line.txn_id, line.applied) for line in alike.lines] == [(first.txn_id, 2500), (twin.txn_id, 2500)]
    refusal = refused(head + posted + rejected + tail % b"25.00", sent=sent)
    assert "they are not answered alike" in str(refusal)
    assert "our line 000002 is not answered" in str(refused(head + posted + tail % b"25.00", sent=sent))


@UNHURRIED
@given(answer_layouts_made_up())
def test_what_a_layout_expects_it_reads(text: str) -> None:
    spec = read_answer_layout(text)
    sent, lines = sample_sent(len(spec.meanings))
    response = read_response(as_answer(spec, written(spec, sent, lines), file=sent, at=AT))
    assert [line.txn_id for line in response.lines] == [line.txn_id for line in lines]
    assert {line.code for line in response.lines} <= {meaning.code for meaning in spec.meanings.values()}


@UNHURRIED
@given(st.integers(0, len(SAMPLE) - 1), st.binary(max_size=3))
def test_whatever_bytes_come_they_are_an_answer_or_refused(at: int, put: bytes) -> None:
    with suppress(NotOfTheLayout):
        assert len(read_response(read(SAMPLE[:at] + put + SAMPLE[at + 1 :])).lines) == len(LINES)
