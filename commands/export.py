"""`tallystick export journal`: every transfer of the book, for machines, spreadsheets, hledger and beancount."""

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from io import TextIOWrapper
from pathlib import Path
from typing import Any, TextIO

import click
from sqlalchemy.engine import Connection, Engine

from commands.environment import current_engine, occasion, takes_settings
from ledger.audit.operations import record_command
from ledger.book import journal, journal_csv, journal_text
from ledger.book.journal import Period
from ledger.lasting import sync_folder
from ledger.settings import Settings
from ledger.store import run, snapshot

TEXTS: dict[str, Callable[..., Iterator[str]]] = {
    "hledger": journal_text.hledger,
    "beancount": journal_text.beancount,
}
TABLES: dict[str, Callable[[Iterable[journal.JournalRow], TextIO], None]] = {
    "csv": journal_csv.write_for_machines,
    "spreadsheet": journal_csv.write_for_spreadsheets,
}


def _day(_context: click.Context, _parameter: click.Parameter, given: datetime | None) -> date | None:
    return given.date() if given else None


def _takes_day(flag: str, name: str, text: str) -> Callable[[Any], Any]:
    return click.option(flag, name, type=click.DateTime(["%Y-%m-%d"]), callback=_day, metavar="DAY", help=text)


@click.group()
def command() -> None:
    """What others read."""


@command.command("journal")
@click.option(
    "--format",
    "form",
    type=click.Choice([*TABLES, *TEXTS]),
    required=True,
    help="csv is for machines; spreadsheet is the same, with nothing in it that a spreadsheet would compute.",
)
@_takes_day("--from", "first", "The first London day, by the day a transaction counts for.")
@_takes_day("--to", "last", "The last London day.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="The file; else it is printed.")
@takes_settings
def export_journal(settings: Settings, form: str, first: date | None, last: date | None, out: Path | None) -> None:
    """Write every transfer, in the order of the books. hledger and beancount also check what it all comes to.

    That it was asked for is written down in the audit before anything is written.
    """
    if first and last and first > last:
        raise click.UsageError("--from is after --to.")
    with current_engine(settings) as engine:
        _record(engine, form, first, last)
        with snapshot(engine) as session, _opened(out) as file:
            _write(session.connection(), form, Period(first=first, last=last), file)


def _record(engine: Engine, form: str, first: date | None, last: date | None) -> None:
    days = {name: day.isoformat() for name, day in (("first", first), ("last", last)) if day}
    now, details = occasion("command:export-journal"), {"format": form, **days}
    run(engine, lambda session: record_command(session, "export-journal", details=details, occasion=now))


def _write(connection: Connection, form: str, period: Period, file: TextIO) -> None:
    rows = journal.journal_rows(connection, period)
    if form in TABLES:
        TABLES[form](rows, file)
        return
    lines = TEXTS[form](
        accounts=journal.journal_accounts(connection, period),
        rows=rows,
        totals=journal.journal_totals(connection, period),
        last_day=journal.last_day(connection, period),
    )
    file.writelines(f"{line}\n" for line in lines)


@contextmanager
def _opened(out: Path | None) -> Iterator[TextIO]:
    """The file, for its owner's eyes, which stands under its name only once it is whole; or what is printed."""
    if out is None:
        printed = TextIOWrapper(sys.stdout.buffer, encoding="utf-8", newline="")
        yield printed
        printed.detach()
        return
    partial = out.with_name(f"{out.name}.part")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "w", encoding="utf-8", newline="") as file:
        yield file
        file.flush()
        os.fsync(descriptor)
    os.replace(partial, out)
    sync_folder(out.parent)
