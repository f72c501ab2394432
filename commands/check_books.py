"""`tallystick check-books`: whether the books are whole, and if not, what is wrong."""

import json
import sys
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import click

from commands.environment import PROBLEMS, current_engine, occasion, takes_settings
from ledger.check_books import Finding, check_books
from ledger.lasting import write_lasting
from ledger.settings import Settings
from ledger.store import reading

LAST_RUN = "books-checked.json"


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@takes_settings
def command(settings: Settings, as_json: bool) -> None:
    """Check every invariant of the books; status 1 where one is broken."""
    began = occasion("check-books").now
    with current_engine(settings) as engine, reading(engine) as session:
        findings = check_books(session)
    note_check(settings.data, at=began, findings=len(findings))
    click.echo(_as_json(began, findings) if as_json else _in_words(findings))
    if findings:
        sys.exit(PROBLEMS)


def _as_json(at: datetime, findings: list[Finding]) -> str:
    return json.dumps(
        {"at": at.isoformat(), "whole": not findings, "findings": [asdict(finding) for finding in findings]}
    )


def _in_words(findings: list[Finding]) -> str:
    if not findings:
        return "The books are whole: no difference."
    return "\n".join(f"{finding.id} {finding.subject}: {finding.message}" for finding in findings)


def note_check(data: Path, *, at: datetime, findings: int) -> None:
    """Leave when the books were checked for the foot of the office's pages. Raises OSError, with the note as it was."""
    data.mkdir(parents=True, exist_ok=True)
    write_lasting(data / LAST_RUN, json.dumps({"at": at.isoformat(), "findings": findings}).encode())
