"""Tables for spreadsheets, as CSV and as XLSX, in which no cell is ever a formula (ASVS 5.0, 1.2.10)."""

import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import BinaryIO, TextIO

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from ledger.money import format_plain

LONGEST_CELL = 32_767
"""Characters that a cell of a workbook holds."""
_FORMULA = re.compile(r"(^|[;\t\r\n])(?=[\s\0]*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20|%\0\t])")


class Kind(StrEnum):
    """What a column holds: words, an amount in minor units, a whole number, or a day."""

    WORDS = "words"
    AMOUNT = "amount"
    NUMBER = "number"
    DAY = "day"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column's heading, with its unit where it has one, and what it holds."""

    heading: str
    kind: Kind = Kind.WORDS


Cell = str | int | date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table: its title (at most 31 characters, none of `[]:*?/\\`), its columns, and rows of as many cells."""

    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]


def disarmed(field: str) -> str:
    """A field that no spreadsheet computes, also where it cuts fields at semicolons, tabs or line ends."""
    return _FORMULA.sub(r"\1'", field)


def write_disarmed(fields: Iterable[Iterable[str]], file: TextIO) -> None:
    """Write rows of text as CSV (RFC 4180) with every field in quotes, and an apostrophe before what would compute."""
    writer = csv.writer(file, quoting=csv.QUOTE_ALL)
    writer.writerows([disarmed(field) for field in row] for row in fields)


def write_csv(table: Table, file: TextIO) -> None:
    """Write a table with its headings as CSV; amounts like 1234.50, days as ISO 8601, all of them text.

    A number is written as it is, below nothing too: it is no text that anybody typed.
    """
    csv.writer(file, quoting=csv.QUOTE_ALL).writerow([disarmed(column.heading) for column in table.columns])
    write_rows(table, file)


def write_rows(table: Table, file: TextIO) -> None:
    """As `write_csv`, without the headings: a later piece of a table that is written in pieces."""
    writer = csv.writer(file, quoting=csv.QUOTE_ALL)
    for row in table.rows:
        writer.writerow([_text(column.kind, cell) for column, cell in zip(table.columns, row, strict=True)])


def write_xlsx(tables: Iterable[Table], file: BinaryIO, *, at: datetime) -> None:
    """Write a workbook with a sheet for each table, made `at`; the same tables and instant give the same bytes.

    Raises ValueError for a cell of more than 32,767 characters.
    """
    with xlsxwriter.Workbook(file, {"in_memory": True}) as workbook:
        workbook.set_properties({"created": at.replace(tzinfo=None), "author": "Tallystick"})
        formats = {
            Kind.AMOUNT: workbook.add_format({"num_format": "#,##0.00"}),
            Kind.NUMBER: workbook.add_format({"num_format": "#,##0"}),
            Kind.DAY: workbook.add_format({"num_format": "yyyy-mm-dd"}),
        }
        bold = workbook.add_format({"bold": True})
        for table in tables:
            _write_sheet(workbook.add_worksheet(table.title), table, formats, bold)


def _text(kind: Kind, cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return disarmed(cell)
    if isinstance(cell, date):
        return cell.isoformat()
    return format_plain(cell) if kind == Kind.AMOUNT else str(cell)


def _write_sheet(sheet: Worksheet, table: Table, formats: dict[Kind, Format], bold: Format) -> None:
    for across, column in enumerate(table.columns):
        sheet.write_string(0, across, column.heading, bold)
    for down, row in enumerate(table.rows, start=1):
        for across, (column, cell) in enumerate(zip(table.columns, row, strict=True)):
            _write_cell(sheet, down, across, cell, column.kind, formats.get(column.kind))
    sheet.freeze_panes(1, 0)
    sheet.autofit()


def _write_cell(sheet: Worksheet, down: int, across: int, cell: Cell, kind: Kind, how: Format | None) -> None:
    if cell is None:
        return
    if isinstance(cell, str):
        if len(cell) > LONGEST_CELL:
            raise ValueError(f"a cell holds at most {LONGEST_CELL} characters, not {len(cell)}")
        sheet.write_string(down, across, cell)
    elif isinstance(cell, date):
        sheet.write_datetime(down, across, cell, how)
    else:
        sheet.write_number(down, across, Decimal(cell).scaleb(-2) if kind == Kind.AMOUNT else cell, how)
