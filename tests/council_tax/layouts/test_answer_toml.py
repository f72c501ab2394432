"""A layout of answers can be used, or is explained by line and field; the council's own stand beside those shipped."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.council_tax.layouts.answer_check import check_answer_layout
from ledger.council_tax.layouts.answer_layouts import SHIPPED_ANSWERS, answer_layout, answer_layouts
from ledger.council_tax.layouts.errors import LayoutRefused
from ledger.errors import NotFound
from tests.council_tax.layouts.reports import FIXED, FOLDER, REPORT, UNHURRIED

BAD = [
    ("quotes = true", "quotes = 1", 8, "quotes"),
    ('encoding = "utf-8"', 'encoding = "utf-16"', 10, "encoding"),
    ('source = "result"', 'source = "outcome"', 39, "detail field 5, source"),
    ('source = "result"', 'source = "account"', 39, "detail field 5, source"),
    ('source = "result"', 'const = "POSTED"', 21, "detail"),
    ('source = "amount"', 'source = "ignored"', 30, "detail field 3, format"),
    ('theirs = "CAPPED"', 'theirs = "POSTED"', 65, "outcome 2, theirs"),
    ('theirs = "CAPPED"', 'theirs = ""', 65, "outcome 2, theirs"),
    ('theirs = "CAPPED"', 'theirs = "a\\u0007b"', 65, "outcome 2, theirs"),
    ('outcome = "P"', 'outcome = "Z"', 66, "outcome 2, outcome"),
    ('outcome = "P"', 'outcome = ["P"]', 66, "outcome 2, outcome"),
    ('code = "D21"', 'code = "D01"', 67, "outcome 2, code"),
    ('code = "D21"', 'code = "D21"\ncolour = 1', 68, "outcome 2, colour"),
    ('format = "%d/%m/%Y"', 'format = "%c"', 43, "detail field 6, format"),
    ('name = "posting_report_csv"', 'name = "../x"', 4, "name"),
    ('encoding = "utf-8"', 'encoding = "utf-8"\nfile_name = "x"', 11, "file_name"),
    (', REV = "TALLYREV", PRV = "TALLYPRV" }', " }", 25, "detail field 2 (code)"),
]


@pytest.mark.parametrize(("was", "is_now", "line", "field"), BAD)
def test_a_bad_layout_is_explained_by_line_and_field(was: str, is_now: str, line: int, field: str) -> None:
    assert was in REPORT
    with pytest.raises(LayoutRefused) as caught:
        check_answer_layout(REPORT.replace(was, is_now, 1))
    assert (line, field) in {(problem.line, problem.field) for problem in caught.value.problems}


@pytest.mark.parametrize(
    ("was", "is_now", "words"),
    [
        ('source = "txn_id"', 'source = "uprn"', "a field has the txn_id, or fields have the account and the amount"),
        ('source = "returned"\nwidth = 10\npad = "0"', 'source = "line"\nwidth = 10\npad = "0"', "where a part is"),
        ('source = "posted_on"\nformat = "%d%m%y"', 'source = "ignored"', "says posted_on"),
        ('theirs = "LT"', 'theirs = "LATER"', "has 5 characters and the field 2"),
        ('theirs = "LT"', 'theirs = "ω"', "is not all of windows-1252"),
    ],
)
def test_a_layout_that_could_not_tell_an_answer_is_refused(was: str, is_now: str, words: str) -> None:
    assert was in FIXED
    with pytest.raises(LayoutRefused) as caught:
        check_answer_layout(FIXED.replace(was, is_now, 1))
    assert words in str(caught.value)


TOML_VALUES = ["1", "-1", "true", "[]", '["a"]', "{}", '""', '"\\u0000"', '"D00"', "1.5", "2026-11-22", "nonsense"]


@UNHURRIED
@given(st.integers(0, 60), st.sampled_from(TOML_VALUES))
def test_whatever_a_layout_says_it_is_a_layout_or_refused(at: int, value: str) -> None:
    rows = REPORT.splitlines()
    places = [number for number, row in enumerate(rows) if "=" in row and not row.startswith("#")]
    number = places[at % len(places)]
    rows[number] = f"{rows[number].split('=')[0]}= {value}"
    with suppress(LayoutRefused):
        assert check_answer_layout("\n".join(rows)).sample


def test_the_councils_own_layouts_stand_beside_those_that_come_with_the_ledger(tmp_path: Path) -> None:
    (tmp_path / "ours.toml").write_text(FIXED, encoding="utf-8")
    (tmp_path / "broken.toml").write_text("name = ", encoding="utf-8")
    (tmp_path / "writes.toml").write_text((FOLDER / "local_discount_csv.toml").read_text(encoding="utf-8"))
    assert list(answer_layouts(tmp_path)) == [*SHIPPED_ANSWERS, "fixed_answers"]
    assert answer_layout("fixed_answers", tmp_path).encoding == "windows-1252"
    assert list(answer_layouts(tmp_path / "none")) == list(SHIPPED_ANSWERS)
    with pytest.raises(NotFound):
        answer_layout("../x", tmp_path)
