"""`tallystick wind-down`: everyone's balance, history and receipts as files each can be given, and the journal."""

from pathlib import Path

import click

from commands.environment import current_engine, occasion, takes_settings
from commands.progress import showing
from ledger.audit.operations import record_command
from ledger.money import format_amount
from ledger.settings import Settings
from ledger.store import run
from ledger.wind_down.write import WoundDown, wind_down


@click.command()
@click.option(
    "--to",
    "out",
    type=click.Path(path_type=Path, resolve_path=False),
    required=True,
    help="The folder to make; it must not be there yet.",
)
@takes_settings
def command(settings: Settings, out: Path) -> None:
    """Write a folder for each resident and shop, the journal, and HOW-TO-CHECK.html; nothing is changed in the books.

    That it was asked for is written down in the audit before anything else is.
    The files of residents hold their names: give each to its own person alone. private/index.csv says whose each is,
    for whoever hands them out. Publish the rest.
    """
    now = occasion("command:wind-down")
    with current_engine(settings) as engine, showing() as progress:
        run(engine, lambda session: record_command(session, "wind-down", details={}, occasion=now))
        done = wind_down(engine, folder=out, scheme=settings.scheme.name, occasion=now, progress=progress)
    click.echo(_in_words(done))


def _in_words(done: WoundDown) -> str:
    lines = [f"{done.folder} is written."]
    for folder, count in done.people.items():
        amounts = [
            f"{format_amount(total)} {unit}" for (of, unit), total in sorted(done.totals.items()) if of == folder
        ]
        lines.append(f"  {count:,} {folder}: {', '.join(amounts) or 'nothing'}")
    return "\n".join(lines)
