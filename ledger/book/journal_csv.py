"""The journal as CSV (RFC 4180): one writing for machines, and one that no spreadsheet takes for formulas."""

import csv
import re
from collections.abc import Iterable
from typing import TextIO

from ledger.book.journal import JournalRow
from ledger.identifiers import to_text
from ledger.money import format_plain

COLUMNS = (
    "posted_at",
    "effective_on",
    "transaction",
    "line",
    "kind",
    "debit_account",
    "credit_account",
    "amount",
    "unit",
    "actor",
    "narrative",
    "reverses",
    "corrects",
)
"""Their names and their order stay as they are; a new one comes last."""
_FORMULA = re.compile(r"(^|[;\t\r\n])(?=[\s\0]*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20|%\0\t])")


def write_for_machines(rows: Iterable[JournalRow], file: TextIO) -> None:
    """Write every field as it is, amounts like 1234.50, instants as ISO 8601 in UTC."""
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    writer.writerows(_fields(row) for row in rows)


def write_for_spreadsheets(rows: Iterable[JournalRow], file: TextIO) -> None:
    """Write the same with every field in quotes, and an apostrophe before what would be a formula (ASVS 1.2.10)."""
    writer = csv.writer(file, quoting=csv.QUOTE_ALL)
    writer.writerow(COLUMNS)
    writer.writerows([disarmed(field) for field in _fields(row)] for row in rows)


def disarmed(field: str) -> str:
    """A field that no spreadsheet computes, also where it cuts fields at semicolons, tabs or line ends."""
    return _FORMULA.sub(r"\1'", field)


def _fields(row: JournalRow) -> tuple[str, ...]:
    return (
        row.posted_at.isoformat(),
        row.effective_on.isoformat(),
        to_text(row.transaction_id),
        str(row.line),
        row.kind,
        str(row.debit),
        str(row.credit),
        format_plain(row.amount),
        row.debit.unit,
        row.actor,
        row.narrative,
        to_text(row.reverses) if row.reverses else "",
        to_text(row.corrects) if row.corrects else "",
    )
