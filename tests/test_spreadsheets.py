"""Tables for spreadsheets: no cell of them computes, and what they hold is what was given."""

import csv
import io
from datetime import UTC, date, datetime

import openpyxl
import pytest

from ledger.spreadsheets import LONGEST_CELL, Column, Kind, Table, disarmed, write_csv, write_xlsx

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
COLUMNS = (
    Column(heading="Shop"),
    Column(heading="Taken (CR)", kind=Kind.AMOUNT),
    Column(heading="Times", kind=Kind.NUMBER),
    Column(heading="Since", kind=Kind.DAY),
)
TAKINGS = Table(
    title="Takings", columns=COLUMNS, rows=[("=1+1", -123_456, 3, date(2026, 11, 1)), ("Bread", 50, 0, None)]
)


@pytest.mark.parametrize(
    "text",
    [
        '=HYPERLINK("http://x")',
        "+1",
        "-2+3",
        "@SUM(A1)",
        "\t=1",
        "＝1",
        "  =1",
        "\r\n=1",
        "\n=1",
        "a;=1",
        "x\n=1",
        "|1",
    ],
)
def test_no_spreadsheet_finds_a_formula(text: str) -> None:
    for separator in (",", ";", "\t"):
        for part in disarmed(text).split(separator):
            assert all(not line.lstrip().startswith(tuple("=+-@＝|")) for line in part.splitlines())


def test_ordinary_words_stay_as_they_are_in_a_spreadsheet() -> None:
    for text in ("Award for 3 hours", "2026-11-23T12:00:00+00:00", "12.50", "purse:CR:01M8", "", "over-60s = all"):
        assert disarmed(text) == text


def test_a_table_as_csv_is_what_was_given() -> None:
    file = io.StringIO(newline="")
    write_csv(TAKINGS, file)
    assert list(csv.reader(io.StringIO(file.getvalue(), newline=""))) == [
        ["Shop", "Taken (CR)", "Times", "Since"],
        ["'=1+1", "-1234.56", "3", "2026-11-01"],
        ["Bread", "0.50", "0", ""],
    ]


def test_a_workbook_holds_words_as_words_and_amounts_as_numbers() -> None:
    sheet = openpyxl.load_workbook(workbook(TAKINGS))["Takings"]
    words, amount, times, since = sheet[2]
    assert (words.value, words.data_type) == ("=1+1", "s")
    assert (amount.value, times.value, since.value.date()) == (-1234.56, 3, date(2026, 11, 1))
    assert [cell.value for cell in sheet[3]] == ["Bread", 0.5, 0, None]


@pytest.mark.parametrize("text", ["=1", "{=1}", "https://example.org", "mailto:a@example.org", "internal:A!A1", "1e5"])
def test_no_words_become_anything_else_in_a_workbook(text: str) -> None:
    words = Table(title="Words", columns=[Column(heading=text)], rows=[[text]])
    for (cell,) in openpyxl.load_workbook(workbook(words))["Words"]:
        assert (cell.value, cell.data_type, cell.hyperlink) == (text, "s", None)


def test_the_same_tables_give_the_same_bytes() -> None:
    assert workbook(TAKINGS).getvalue() == workbook(TAKINGS).getvalue()


def test_words_too_long_for_a_cell_are_refused_and_never_cut() -> None:
    longest = Table(title="Words", columns=[Column(heading="Words")], rows=[["x" * (LONGEST_CELL + 1)]])
    with pytest.raises(ValueError, match="at most 32767"):
        workbook(longest)


def workbook(table: Table) -> io.BytesIO:
    file = io.BytesIO()
    write_xlsx([table], file, at=AT)
    return file
