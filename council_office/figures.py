"""Tables of figures: as a page shows them, and as CSV or XLSX that the same figures are downloaded as."""

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from flask import Response

from ledger.errors import NotFound
from ledger.money import format_amount, format_signed
from ledger.spreadsheets import Cell, Column, Kind, Table, write_csv, write_xlsx
from shared_web.days import plain_day
from shared_web.downloads import file_answer

NOT_KNOWN = "Not known yet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """One table: its name in addresses, whether its last row sums the others, and which columns show their sign.

    `missing` is what stands where a number is not there.
    """

    name: str
    table: Table
    total: bool = True
    signed: frozenset[int] = frozenset()
    missing: str = NOT_KNOWN


def shown(figures: Figures) -> dict[str, object]:
    """What a template draws of it."""
    columns = figures.table.columns
    rows = [
        [
            _text(cell, column, signed=across in figures.signed, missing=figures.missing)
            for across, (cell, column) in enumerate(pairs)
        ]
        for pairs in (list(zip(row, columns, strict=True)) for row in figures.table.rows)
    ]
    return {
        "name": figures.name,
        "title": figures.table.title,
        "columns": [
            {"text": column.heading, "number": across > 0 and is_number(column)}
            for across, column in enumerate(columns)
        ],
        "rows": rows[:-1] if figures.total else rows,
        "total": rows[-1] if figures.total else None,
    }


def is_number(column: Column) -> bool:
    """Whether a column stands at the right."""
    return column.kind in (Kind.AMOUNT, Kind.NUMBER)


def _text(cell: Cell, column: Column, *, signed: bool, missing: str) -> str:
    if cell is None:
        return missing if is_number(column) else ""
    if isinstance(cell, date):
        return plain_day(cell)
    if isinstance(cell, str):
        return cell
    if column.kind == Kind.AMOUNT:
        return format_signed(cell) if signed else format_amount(cell)
    return f"{cell:,}"


def downloaded(found: Sequence[Figures], *, name: str, ending: str, subject: str, at: datetime, day: date) -> Response:
    """One of these tables as CSV or XLSX, or with the name "all" each on a sheet of one workbook. Raises NotFound."""
    tables = [one.table for one in found if name in (one.name, "all")]
    write = WRITERS.get(ending)
    if not tables or write is None or (ending == "csv" and len(tables) > 1):
        raise NotFound("table")
    return file_answer(write(tables, at), name=f"{subject}-{name}-{day.isoformat()}.{ending}")


def _csv(tables: Sequence[Table], _at: datetime) -> bytes:
    file = io.StringIO(newline="")
    write_csv(tables[0], file)
    return file.getvalue().encode("utf-8")


def _xlsx(tables: Sequence[Table], at: datetime) -> bytes:
    file = io.BytesIO()
    write_xlsx(tables, file, at=at)
    return file.getvalue()


WRITERS: Mapping[str, Callable[[Sequence[Table], datetime], bytes]] = {"csv": _csv, "xlsx": _xlsx}
