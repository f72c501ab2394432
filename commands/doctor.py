"""`tallystick doctor`: whether the deployment is well, one line each, and what to do where it is not."""

import json
import sys
from dataclasses import asdict
from pathlib import Path

import click

from commands.environment import PROBLEMS, read_settings, takes_folder
from ledger import clock
from ledger.doctor import Diagnosis, diagnose, diagnose_refused
from ledger.settings import SettingsRefused


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@takes_folder
def command(folder: Path | None, as_json: bool) -> None:
    """Look at settings, keys, folder, database, triggers, grants, clock, rules and more; status 1 on a problem."""
    looked = _look(folder)
    well = all(one.well for one in looked)
    if as_json:
        click.echo(json.dumps({"well": well, "checks": [{**asdict(one), "well": one.well} for one in looked]}))
    else:
        click.echo("\n".join(_line(one) for one in looked))
    if not well:
        sys.exit(PROBLEMS)


def _look(folder: Path | None) -> list[Diagnosis]:
    try:
        settings = read_settings(folder)
    except SettingsRefused as refusal:
        return diagnose_refused(refusal.problems)
    return diagnose(settings, clock.now)


def _line(one: Diagnosis) -> str:
    told = "".join(f"\n{'':<12} {note}." for note in one.notes)
    return f"{one.name:<12} {'ok' if one.well else '; '.join(one.problems) + '. ' + one.remedy}{told}"
