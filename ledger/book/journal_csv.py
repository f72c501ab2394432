"""The journal as CSV (RFC 4180): one writing for machines, and one that no spreadsheet takes for formulas."""

import csv
from collections.abc import Iterable
from itertools import chain
from typing import TextIO

from ledger.book.journal import JournalRow
from ledger.identifiers import to_text
from ledger.money import format_plain
from ledger.spreadsheets import write_disarmed

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


def write_for_machines(rows: Iterable[JournalRow], file: TextIO) -> None:
    """Write every field as it is, amounts like 1234.50, instants as ISO 8601 in UTC."""
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    writer.writerows(_fields(row) for row in rows)


def write_for_spreadsheets(rows: Iterable[JournalRow], file: TextIO) -> None:
    """Write the same with every field in quotes, and an apostrophe before what would be a formula (ASVS 1.2.10)."""
    write_disarmed(chain([COLUMNS], map(_fields, rows)), file)


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
