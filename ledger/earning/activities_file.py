"""Import a council's list of food-growing projects: each row an organiser with one activity, reported row by row."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from io import StringIO
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.earning.activities import add_activity
from ledger.earning.activity_rows import COLUMNS, CleanRow, clean_row, tidy_text
from ledger.earning.errors import NotAnActivitiesFile, RowRefused
from ledger.earning.models import Activity
from ledger.earning.rules import TariffPer
from ledger.money import Amount
from ledger.occasion import Occasion
from ledger.people.models import Organisation
from ledger.people.register import add_organisation
from ledger.people.rules import OrganisationKind

TARIFF: Amount = 250
"""What an imported activity gives for an hour until its organiser says otherwise, minor units."""

NOT_DESCRIBED = "Help to grow food."


class RowOutcome(StrEnum):
    """What became of a row: taken as it is, taken with changes, or refused."""

    TOOK = "took"
    CHANGED = "changed"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class RowReport:
    """One row of the file: what became of it, each change in a sentence, and why it was refused.

    `row` is there unless it was refused; the ids once it is imported, `added` if this import made them.
    """

    line: int
    outcome: RowOutcome
    name: str
    changes: tuple[str, ...] = ()
    reason: str | None = None
    row: CleanRow | None = None
    organiser_id: UUID | None = None
    activity_id: UUID | None = None
    added: bool = False


def read_rows(data: bytes) -> list[RowReport]:
    """A report for each row of the file that is not blank, in order; nothing is written.

    UTF-8 or UTF-16 with its mark, UTF-8, else Windows-1252. Raises NotAnActivitiesFile.
    """
    rows = _cells(_text(data))
    _line, header = next(rows, (0, []))
    if tuple(cell.strip().casefold() for cell in header[: len(COLUMNS)]) != tuple(name.casefold() for name in COLUMNS):
        raise NotAnActivitiesFile(f"the first line must be {','.join(COLUMNS)}")
    seen: dict[tuple[object, ...], int] = {}
    return [_report(line, cells, seen) for line, cells in rows if any(cell.strip() for cell in cells)]


def import_activities(
    session: Session, *, rows: Iterable[RowReport], programme_id: UUID, occasion: Occasion
) -> list[RowReport]:
    """Make an organiser and an activity, at 2.50 an hour, of each row that was not refused; the rows with their ids.

    A row that was imported before is found by its source and left as it stands. Raises NotFound for the programme.
    """
    return [
        report if report.row is None else _import(session, report, report.row, programme_id, occasion)
        for report in rows
    ]


def _import(session: Session, report: RowReport, row: CleanRow, programme_id: UUID, occasion: Occasion) -> RowReport:
    known = select(Activity.id, Activity.organiser_id).where(Activity.source == row.source)
    if found := session.execute(known).first():
        return replace(report, organiser_id=found.organiser_id, activity_id=found.id)
    organiser_id = _organiser(session, row, occasion)
    activity_id = add_activity(
        session,
        organiser_id=organiser_id,
        programme_id=programme_id,
        title=f"Growing at {row.name}"[:200],
        description=row.description or NOT_DESCRIBED,
        place=row.place,
        postcode=row.postcode,
        easting=row.easting,
        northing=row.northing,
        tariff=TARIFF,
        tariff_per=TariffPer.HOUR,
        source=row.source,
        occasion=occasion,
    )
    return replace(report, organiser_id=organiser_id, activity_id=activity_id, added=True)


def _organiser(session: Session, row: CleanRow, occasion: Occasion) -> UUID:
    known = select(Organisation.id).where(Organisation.source == row.source)
    found = session.execute(known).scalar_one_or_none()
    return found or add_organisation(
        session,
        kind=OrganisationKind.ORGANISER,
        name=row.name,
        address=row.place,
        postcode=row.postcode,
        source=row.source,
        occasion=occasion,
    )


def _text(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _cells(text: str) -> Iterator[tuple[int, list[str]]]:
    """Each row's line in the file, and its cells. Raises NotAnActivitiesFile where no CSV can be read."""
    reader = csv.reader(StringIO(text.replace("\0", ""), newline=""))
    try:
        for cells in reader:
            yield reader.line_num, cells
    except csv.Error as error:
        raise NotAnActivitiesFile(f"line {reader.line_num} cannot be read: {error}") from error


def _report(line: int, cells: list[str], seen: dict[tuple[object, ...], int]) -> RowReport:
    try:
        row, changes = clean_row(cells)
        _check_new(row, seen)
    except RowRefused as error:
        name = tidy_text(cells[4]) if len(cells) > 4 else ""
        return RowReport(line=line, outcome=RowOutcome.REFUSED, name=name, reason=error.reason)
    outcome = RowOutcome.CHANGED if changes else RowOutcome.TOOK
    return RowReport(line=line, outcome=outcome, name=row.name, changes=tuple(changes), row=row)


def _check_new(row: CleanRow, seen: dict[tuple[object, ...], int]) -> None:
    """Refuse a number that stood before, and the same name at the same postcode or grid reference."""
    if (row.number,) in seen:
        raise RowRefused(f"number {row.number} stood before")
    name = "".join(symbol for symbol in row.name.casefold() if symbol.isalnum())
    keys = [(name, place) for place in (row.postcode, (row.easting, row.northing)) if place not in (None, (None, None))]
    for key in keys:
        if key in seen:
            raise RowRefused(f"row {seen[key]} has the same name and place")
    seen.update(dict.fromkeys([(row.number,), *keys], row.number))
