"""`tallystick import activities`: a council's own list of food-growing projects, reported row by row."""

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any
from uuid import UUID

import click
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from commands.environment import PROBLEMS, current_engine, occasion, takes_settings
from commands.identity import Identity
from ledger.audit.operations import Subject, record_command
from ledger.earning.activities_file import RowOutcome, RowReport, import_activities, read_rows
from ledger.earning.queries import programmes
from ledger.earning.rules import ProgrammeState
from ledger.identifiers import to_text
from ledger.occasion import Occasion
from ledger.settings import Settings
from ledger.store import reading, run


@click.group()
def command() -> None:
    """Bring in what a council has in files."""


@command.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--programme", type=Identity(), help="The programme they belong to; the open one, where there is one.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@takes_settings
def activities(settings: Settings, file: Path, programme: UUID | None, as_json: bool) -> None:
    """Make an organiser and an activity of each row; rows that were imported before stay as they are.

    Status 1 where a row was refused; the others are in.
    """
    now, rows = occasion("command:import-activities"), read_rows(file.read_bytes())
    with current_engine(settings) as engine:
        chosen = programme or _only_open_programme(engine, now)
        reports = run(engine, lambda session: _import(session, rows, chosen, now))
    counts = Counter(report.outcome for report in reports)
    click.echo(_as_json(reports, counts) if as_json else _in_words(reports, counts))
    if counts[RowOutcome.REFUSED]:
        sys.exit(PROBLEMS)


def _import(session: Session, rows: list[RowReport], programme_id: UUID, now: Occasion) -> list[RowReport]:
    reports = import_activities(session, rows=rows, programme_id=programme_id, occasion=now)
    subject = Subject(kind="programmes", id=to_text(programme_id))
    record_command(session, "import-activities", subject=subject, details={"rows": len(reports)}, occasion=now)
    return reports


def _only_open_programme(engine: Engine, now: Occasion) -> UUID:
    with reading(engine) as session:
        opened = [one for one in programmes(session, today=now.today) if one.state == ProgrammeState.OPEN]
    if len(opened) == 1:
        return opened[0].id
    listed = "".join(f"\n  {to_text(one.id)}  {one.name}" for one in opened)
    said = f"several programmes are open; name one:{listed}" if opened else "no programme is open; open one first"
    raise click.UsageError(f"--programme: {said}")


def _as_json(reports: list[RowReport], counts: Counter[RowOutcome]) -> str:
    return json.dumps({"counts": _counted(counts), "rows": [_facts(report) for report in reports]})


def _counted(counts: Counter[RowOutcome]) -> dict[str, int]:
    return {str(outcome): counts[outcome] for outcome in RowOutcome}


def _facts(report: RowReport) -> dict[str, Any]:
    return {
        "line": report.line,
        "outcome": str(report.outcome),
        "name": report.name,
        "changes": list(report.changes),
        "reason": report.reason,
        "activity": to_text(report.activity_id) if report.activity_id else None,
        "added": report.added,
    }


def _in_words(reports: list[RowReport], counts: Counter[RowOutcome]) -> str:
    lines = [f"{report.line:>4} {report.outcome:<8} {report.name}{_why(report)}" for report in reports]
    totals = ", ".join(f"{number} {outcome}" for outcome, number in _counted(counts).items())
    return "\n".join([*lines, f"{len(reports)} rows: {totals}."])


def _why(report: RowReport) -> str:
    reasons = [*report.changes, *([report.reason] if report.reason else [])]
    return f": {'; '.join(reasons)}" if reasons else ""
