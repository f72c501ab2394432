"""A list for staff who key each line into another system, and what they ticked of it, back as an answer CTR 1."""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from io import StringIO

from ledger.clock import london_date
from ledger.council_tax.ctx_file import Line
from ledger.council_tax.layouts.ctr1 import LineAnswer, ctr1
from ledger.council_tax.layouts.errors import NotOfTheLayout
from ledger.council_tax.layouts.shipped import read_ctx1
from ledger.council_tax.rules import ItemCode, Outcome
from ledger.council_tax.views import BatchFile
from ledger.money import Amount, NotAnAmount, parse_amount
from ledger.spreadsheets import Cell, Column, Kind, Table

LARGEST_UPLOAD = 20_000_000
OUTCOME, APPLIED, WHY, POSTED = "Outcome (done, part, no)", "Pounds applied if part", "Why not (code)", "Keyed on"
COLUMNS = (
    Column(heading="Line", kind=Kind.NUMBER),
    Column(heading="Id"),
    Column(heading="Account"),
    Column(heading="What to do"),
    Column(heading="Pounds", kind=Kind.AMOUNT),
    Column(heading="From", kind=Kind.DAY),
    Column(heading="To", kind=Kind.DAY),
    Column(heading=OUTCOME),
    Column(heading=APPLIED),
    Column(heading=WHY),
    Column(heading=POSTED),
)
DO = {
    ItemCode.REDUCTION: "Reduce the bill",
    ItemCode.REVERSAL: "Put all of it back",
    ItemCode.PARTIAL_REVERSAL: "Put this much back",
}
DONE, PART, NO = "done", "part", "no"
OUTCOMES = {DONE: Outcome.APPLIED, PART: Outcome.PARTLY, NO: Outcome.REJECTED}
PARTLY_APPLIED = "D21"
REFUSED_CODES = frozenset({"D01", "D02", "D03", "D04", "D05", "D06", "D07", "D09", "D10", "D12", "D13"})
"""The item codes that a person who keys can find: those of the file's own making are not among them."""
_DAYS = ("%Y-%m-%d", "%d/%m/%Y")


def worklist(content: bytes) -> Table:
    """A stored file's lines as a table to key by, with columns to say what became of each.

    Raises NotOfTheLayout where the bytes are not a stored file's.
    """
    _, lines = read_ctx1(content)
    return Table(title="Worklist", columns=COLUMNS, rows=[_row(number, line) for number, line in _numbered(lines)])


def _row(number: int, line: Line) -> Sequence[Cell]:
    account = " ".join(filter(None, (line.account_ref, line.check_character)))
    what = (number, line.txn_id, account, DO[line.code], line.amount, line.effective_from, line.effective_to)
    return (*what, None, None, None, None)


def _numbered(lines: Sequence[Line]) -> Iterator[tuple[int, Line]]:
    return enumerate(lines, start=1)


def ticked_back(upload: bytes, *, file: BatchFile, at: datetime) -> bytes:
    """The answer CTR 1 that a worklist, saved as CSV with every line's outcome, stands for.

    Raises NotOfTheLayout, by row and column, for a list that is not whole or not this file's: then nothing is answered.
    """
    header, lines = read_ctx1(file.content)
    rows = _uploaded(upload)
    if len(rows) != len(lines):
        raise NotOfTheLayout(0, "", f"has {len(rows)} lines, and the file {len(lines)}")
    today = london_date(at)
    ticked = [_ticked(row, number, line, today) for row, (number, line) in zip(rows, _numbered(lines), strict=True)]
    return ctr1(header, lines, ticked, sha256=file.sha256, at=at)


def _uploaded(upload: bytes) -> list[Mapping[str, str]]:
    if len(upload) > LARGEST_UPLOAD:
        raise NotOfTheLayout(0, "", f"has more than {LARGEST_UPLOAD:,} bytes")
    try:
        text = upload.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise NotOfTheLayout(0, "", "is not text: save the list as CSV UTF-8") from None
    reader = csv.reader(StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    try:
        rows = [row for row in reader if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise NotOfTheLayout(reader.line_num, "", f"is no row of CSV: {error}") from None
    headings = [column.heading for column in COLUMNS]
    if not rows or [cell.strip() for cell in rows[0]] != headings:
        raise NotOfTheLayout(1, "", "does not have the headings of the worklist")
    for number, row in enumerate(rows[1:], start=2):
        if len(row) != len(headings):
            raise NotOfTheLayout(number, "", f"has {len(row)} cells, not {len(headings)}")
    return [dict(zip(headings, (cell.strip() for cell in row), strict=True)) for row in rows[1:]]


def _delimiter(text: str) -> str:
    """What the spreadsheet put between cells: a comma or, as some save it, a semicolon."""
    first = text.splitlines()[0] if text else ""
    return ";" if first.count(";") > first.count(",") else ","


def _ticked(row: Mapping[str, str], number: int, line: Line, today: date) -> LineAnswer:
    at = number + 1
    if row["Line"].replace(",", "") != str(number) or row["Id"].upper() != line.txn_id:
        raise NotOfTheLayout(at, "Id", f"is not line {number} of this file, {line.txn_id}")
    outcome = row[OUTCOME].lower()
    if outcome not in OUTCOMES:
        raise NotOfTheLayout(at, OUTCOME, "done, part or no")
    applied, code = _applied(row, at, line, outcome), _code(row, at, outcome)
    posted_on = None if outcome == NO else _day(row[POSTED], at)
    if posted_on is not None and posted_on > today:
        raise NotOfTheLayout(at, POSTED, "not after today")
    return LineAnswer(outcome=OUTCOMES[outcome], code=code, applied=applied, posted_on=posted_on)


def _applied(row: Mapping[str, str], at: int, line: Line, outcome: str) -> Amount:
    if outcome != PART:
        if row[APPLIED]:
            raise NotOfTheLayout(at, APPLIED, "is for a line of which a part was applied")
        return line.amount if outcome == DONE else 0
    try:
        applied = parse_amount(row[APPLIED])
    except NotAnAmount:
        raise NotOfTheLayout(at, APPLIED, "an amount like 4.50") from None
    if not 0 < applied < line.amount:
        raise NotOfTheLayout(at, APPLIED, "more than nothing and less than the line's pounds")
    return applied


def _code(row: Mapping[str, str], at: int, outcome: str) -> str:
    code = row[WHY].upper()
    if outcome == NO:
        if code not in REFUSED_CODES:
            raise NotOfTheLayout(at, WHY, f"one of {', '.join(sorted(REFUSED_CODES))}")
        return code
    if code:
        raise NotOfTheLayout(at, WHY, "is for a line that was not applied")
    return PARTLY_APPLIED if outcome == PART else "D00"


def _day(text: str, at: int) -> date:
    for form in _DAYS:
        if re.fullmatch("[0-9/-]{8,10}", text, re.ASCII):
            try:
                return datetime.strptime(text, form).replace(tzinfo=UTC).date()
            except ValueError:
                continue
    raise NotOfTheLayout(at, POSTED, "a day like 2026-11-23 or 23/11/2026")
