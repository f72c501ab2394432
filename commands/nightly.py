"""`tallystick nightly`: run every night that is due, the oldest first."""

import json
import secrets
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from pathlib import Path
from time import monotonic
from typing import Any

import click
from sqlalchemy import Engine

from commands.check_books import note_check
from commands.environment import current_engine, takes_settings
from commands.night_metrics import write_metrics
from commands.night_words import night_as_facts, night_in_words, plan_as_facts, plan_in_words
from commands.progress import showing
from ledger import clock
from ledger.check_books import Finding
from ledger.nightly import BooksNotWhole, NightResult, Progress, Runner, dates_due, plan_due, run_due
from ledger.nights.errors import AlreadyRunning
from ledger.settings import Settings

NOT_WHOLE = 3


@dataclass(kw_only=True)
class Report:
    """What a call of the command came to."""

    outcome: str = "stopped"
    nights: list[NightResult] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)


@click.command()
@click.option(
    "--business-date",
    type=click.DateTime(formats=["%Y-%m-%d"]),
    help="The last London day to run, like 2026-11-22; yesterday, where none is named.",
)
@click.option("--dry-run", is_flag=True, help="Say what would be done, and write nothing.")
@click.option("--resume", is_flag=True, help="Finish the nights that were begun, and begin no other.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option(
    "--metrics",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Leave figures for Prometheus in this file; TALLYSTICK_NIGHT_METRICS names it otherwise.",
)
@takes_settings
def command(
    settings: Settings,
    business_date: datetime | None,
    dry_run: bool,
    resume: bool,
    as_json: bool,
    metrics: Path | None,
) -> None:
    """Run every night that is due, the oldest first, each once; what a stopped run left is finished.

    \b
    Exit status:
      0   all is done, nothing was due, or another process is running it already
      1   a step failed: nothing is lost, and the next run goes on there
      2   the command was called wrongly, or a setting is missing
      3   the checks found the books not whole; later nights wait until they are
      75  the database or its disk could not take it: run it again
    """
    through = business_date.date() if business_date else None
    with current_engine(settings) as engine:
        if dry_run:
            _plan(engine, settings, through=through, only_begun=resume, as_json=as_json)
            return
        report = Report()
        try:
            _run(engine, settings, report, through=through, only_begun=resume, say=_quiet if as_json else click.echo)
        finally:
            _leave_notes(engine, settings, report, metrics or settings.night_metrics)
            if as_json:
                click.echo(json.dumps(_as_facts(report)))
    if report.findings:
        sys.exit(NOT_WHOLE)


def _run(
    engine: Engine,
    settings: Settings,
    report: Report,
    *,
    through: date | None,
    only_begun: bool,
    say: Callable[[str], None],
) -> None:
    with showing() as progress:
        runner = Runner(
            settings=settings,
            now=clock.now,
            token_bytes=secrets.token_bytes,
            progress=_timed(progress, report.seconds),
        )
        try:
            for night in run_due(engine, runner, through=through, only_begun=only_begun):
                report.nights.append(night)
                say(night_in_words(night))
        except AlreadyRunning as running:
            report.outcome = running.code
            say(str(running))
            return
        except BooksNotWhole as broken:
            report.outcome, report.findings = "not_whole", broken.findings
            click.echo(f"The books are not whole:\n{broken}", err=True)
            return
    report.outcome = "done" if report.nights else "nothing_due"
    if not report.nights:
        say("Nothing is due.")


def _quiet(_line: str) -> None:
    """Say nothing: one JSON object will."""


def _timed(progress: Progress, seconds: dict[str, float]) -> Progress:
    """Add up how long each step took, of all nights."""
    began: dict[str, float] = {}

    def tell(step: str, done: int, total: int) -> None:
        progress(step, done, total)
        if not done:
            began.setdefault(step, monotonic())
        if done == total and step in began:
            seconds[step] = seconds.get(step, 0.0) + monotonic() - began.pop(step)

    return tell


def _plan(engine: Engine, settings: Settings, *, through: date | None, only_begun: bool, as_json: bool) -> None:
    now = clock.now()
    dates = dates_due(engine, now=now, through=through, only_begun=only_begun)
    plans = plan_due(engine, dates=dates, now=now, rules=settings.rules)
    if as_json:
        click.echo(json.dumps({"outcome": "planned", "nights": [plan_as_facts(plan) for plan in plans]}))
    else:
        click.echo("\n".join(map(plan_in_words, plans)) or "Nothing is due.")


def _leave_notes(engine: Engine, settings: Settings, report: Report, metrics: Path | None) -> None:
    """When the books were checked, for the office's pages; figures, for whoever watches the machine.

    They may go to two disks: where the first is full, figures are left all the same.
    """
    now = clock.now()
    try:
        if report.nights or report.findings:
            note_check(settings.data, at=now, findings=len(report.findings))
    finally:
        if metrics is not None:
            _leave_figures(engine, report, metrics, now)


def _leave_figures(engine: Engine, report: Report, metrics: Path, now: datetime) -> None:
    write_metrics(
        metrics,
        engine=engine,
        now=now,
        outcome=report.outcome,
        nights=report.nights,
        findings=len(report.findings),
        seconds=report.seconds,
    )


def _as_facts(report: Report) -> dict[str, Any]:
    return {
        "outcome": report.outcome,
        "nights": [night_as_facts(night) for night in report.nights],
        "findings": [asdict(finding) for finding in report.findings],
    }
