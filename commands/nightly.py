"""`tallystick nightly`: expire what ended, build the night's council-tax file."""

import json
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

import click

from commands.environment import current_engine, occasion, takes_settings
from commands.progress import showing
from ledger.money import format_amount, format_pounds
from ledger.nightly import NightResult, run_night
from ledger.settings import Settings


@click.command()
@click.option(
    "--business-date",
    type=click.DateTime(formats=["%Y-%m-%d"]),
    required=True,
    help="The London day that has ended, like 2026-11-22.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@takes_settings
def command(settings: Settings, business_date: datetime, as_json: bool) -> None:
    """Run the night of a business date; run again, it finishes what is left and changes nothing else."""
    now = occasion("nightly")
    with current_engine(settings) as engine, showing() as progress:
        night = run_night(
            engine, business_date=business_date.date(), settings=settings, occasion=now, progress=progress
        )
    click.echo(json.dumps(as_facts(night)) if as_json else _in_words(night))


def as_facts(night: NightResult) -> dict[str, Any]:
    """The night for a machine: amounts in minor units and pence."""
    counts = {
        "expired_purses": night.expiry.purses,
        "expired": night.expiry.amount,
        "lines": night.lines,
        "reductions": night.reductions,
        "reversals": night.reversals,
    }
    return {
        "business_date": _day(night.business_date),
        "state": str(night.state),
        "sequence": night.sequence,
        "counts": counts,
        "files": [asdict(file) | {"path": str(file.path)} for file in night.files],
    }


def _day(day: date) -> str:
    return day.isoformat()


def _in_words(night: NightResult) -> str:
    expired = f"Expired {format_amount(night.expiry.amount)} credits on {night.expiry.purses} purses."
    total = f"{night.lines} lines, {format_pounds(night.reductions)}"
    built = f"Batch {night.sequence} for {_day(night.business_date)}: {total}."
    return "\n".join([expired, built, *(f"{file.path}\n  SHA-256 {file.sha256}" for file in night.files)])
