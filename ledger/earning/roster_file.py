"""Read a list of who came to a session: CSV with an e-mail address a line, and hours where they differ."""

import csv
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO

from ledger.earning.errors import FileProblem, RosterFileRefused
from ledger.errors import InvalidField
from ledger.people.rules import normalise_email

EMAIL, HOURS, FILE = "email", "hours", "file"
MOST_BYTES = 32 * 1024
MOST_PEOPLE = 100
"""What is awarded in the time of one request, with room to spare."""

IN_PARTS = "send the lines from here on as a second list, with the same first line, once the first is decided"
MOST_TOLD = 20
"""How many problems of one file are told; the rest show once these are put right."""

_HOURS = re.compile(r"[0-9]{1,2}(?:\.[0-9]{1,2})?", re.ASCII)
_FORMULA = tuple("=+-@\t\r")


@dataclass(frozen=True, slots=True, kw_only=True)
class LineCame:
    """A line of the file: whose address it names, and how many minutes they took part."""

    line: int
    email: str
    minutes: int


def read_roster_file(data: bytes, *, minutes: int) -> list[LineCame]:
    """Each line of the file, of a session that lasts so many minutes; a line without hours is the whole of it.

    UTF-8, its first line `email` or `email,hours`. Raises RosterFileRefused with every problem, up to 20 of them.
    """
    rows = list(_cells(_text(data)))
    if not rows:
        raise refused(1, FILE, "has no lines")
    width = _check_header(*rows[0])
    lines: list[LineCame] = []
    problems: list[FileProblem] = []
    seen: dict[str, int] = {}
    for line, cells in rows[1:]:
        try:
            came = _line(line, cells, width=width, minutes=minutes, seen=seen)
        except RosterFileRefused as error:
            problems.extend(error.problems)
        else:
            lines.append(came)
    if problems:
        raise RosterFileRefused(problems[:MOST_TOLD])
    if not lines:
        raise refused(2, FILE, "names nobody")
    return lines


def refused(line: int, field: str, words: str) -> RosterFileRefused:
    """The refusal of a file for one problem."""
    return RosterFileRefused([FileProblem(line=line, field=field, words=words)])


def as_text(lines: list[LineCame]) -> str:
    """The lines as the file that says the same, its hours to the minute as `hours` reads them again."""
    return "".join([f"{EMAIL},{HOURS}\n", *(f"{one.email},{hours_of(one.minutes)}\n" for one in lines)])


def hours_of(minutes: int) -> str:
    """Minutes as hours that read back as the same minutes, such as "1.5" for 90 and "1.33" for 80."""
    whole, rest = divmod((minutes * 100 + 30) // 60, 100)
    return f"{whole}.{rest:02}".rstrip("0").rstrip(".")


def _text(data: bytes) -> str:
    if len(data) > MOST_BYTES:
        raise refused(1, FILE, f"is larger than {MOST_BYTES // 1024} kB; {IN_PARTS}")
    if b"\0" in data:
        raise refused(_line_at(data, data.index(b"\0")), FILE, "has a character that is no text (NUL)")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise refused(_line_at(data, error.start), FILE, "is not UTF-8; save it as CSV UTF-8") from error


def _line_at(data: bytes, place: int) -> int:
    return data.count(b"\n", 0, place) + 1


def _cells(text: str) -> Iterator[tuple[int, list[str]]]:
    """Each row that is not blank: the line it ends on, and its cells."""
    reader = csv.reader(StringIO(text, newline=""), strict=True)
    count = 0
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            count += 1
            if count > MOST_PEOPLE + 1:
                raise refused(reader.line_num, FILE, f"names more than {MOST_PEOPLE} people; {IN_PARTS}")
            yield reader.line_num, cells
    except csv.Error as error:
        raise refused(reader.line_num, FILE, "cannot be read as CSV; look at its quotation marks") from error


def _check_header(line: int, cells: list[str]) -> int:
    """How many columns the file has."""
    names = [cell.strip().casefold() for cell in cells]
    if names not in ([EMAIL], [EMAIL, HOURS]):
        raise refused(line, "header", f"must be {EMAIL},{HOURS} or only {EMAIL}")
    return len(names)


def _line(line: int, cells: list[str], *, width: int, minutes: int, seen: dict[str, int]) -> LineCame:
    if any(cell.strip() for cell in cells[width:]):
        raise refused(line, HOURS if width == 1 else FILE, f"has more than the {width} columns of the first line")
    email = _email(line, cells[0])
    if email in seen:
        raise refused(line, EMAIL, f"stands on line {seen[email]} too")
    seen[email] = line
    hours = cells[1].strip() if len(cells) > 1 else ""
    return LineCame(line=line, email=email, minutes=_minutes(line, hours, most=minutes) if hours else minutes)


def _email(line: int, cell: str) -> str:
    if unicodedata.normalize("NFKC", cell).startswith(_FORMULA):
        raise refused(line, EMAIL, "begins like a formula; write the address alone")
    try:
        return normalise_email(cell)
    except InvalidField as error:
        raise refused(line, EMAIL, "is not an e-mail address like name@example.org") from error


def _minutes(line: int, hours: str, *, most: int) -> int:
    if unicodedata.normalize("NFKC", hours).startswith(_FORMULA):
        raise refused(line, HOURS, "begins like a formula; write a number like 1.5")
    if not _HOURS.fullmatch(hours):
        raise refused(line, HOURS, "must be a number like 1.5")
    whole, _, part = hours.partition(".")
    minutes = ((int(whole) * 100 + int(part.ljust(2, "0"))) * 60 + 50) // 100
    if not 1 <= minutes <= most:
        raise refused(line, HOURS, f"must be more than 0, and {hours_of(most)} at most: that is how long it lasted")
    return minutes
