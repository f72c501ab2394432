"""`tallystick keys`: draw the keys of a deployment, rotate one, seal anew, and retire those before."""

import secrets
import sys
from pathlib import Path

import click

from commands.environment import PROBLEMS, current_engine, honest_status, occasion, takes_settings
from ledger.audit.operations import record_command
from ledger.keys import KEY_SETTINGS, earlier_field_keys, new_keys, retire_field_keys, rotate_key
from ledger.seal_anew import Found, check_retirable, look, seal_anew
from ledger.settings import Settings
from ledger.store import run

ENDS = {
    "secret_key": "whoever is signing in just now begins again",
    "field_keys": "nothing ends: the earlier keys stay in the file and go on opening what they sealed, "
    "until `tallystick keys seal-anew` seals that with the new one",
    "code_key": "every code and every sign-in ends",
}
"""What becomes of what hangs on a key."""


@click.group()
def command() -> None:
    """Keys of a deployment."""


@command.command()
@click.option("--to", type=click.Path(path_type=Path, file_okay=False), required=True, help="The folder for the keys.")
def new(to: Path) -> None:
    """Draw three keys into a folder that only you can read; a key that stands there is never written over."""
    with honest_status():
        files = new_keys(to, secrets.token_bytes)
    click.echo("Drew three keys. Keep a copy somewhere safe, and name them in the settings:")
    for setting, path in files.items():
        click.echo(f"{setting}={path.absolute()}")


@command.command()
@click.option("--to", type=click.Path(path_type=Path, file_okay=False), required=True, help="The folder of the keys.")
@click.option("--dry-run", is_flag=True, help="Say what would end; change nothing.")
@click.argument("name", type=click.Choice(list(KEY_SETTINGS.values())))
def rotate(to: Path, name: str, dry_run: bool) -> None:
    """Draw one key anew, in its own file: from the next restart on."""
    if dry_run:
        click.echo(f"{to.absolute() / name} would be drawn anew. On the restart after that, {ENDS[name]}.")
        return
    with honest_status():
        path = rotate_key(to, name, secrets.token_bytes)
    click.echo(f"Drew {path.absolute()} anew. Keep a copy somewhere safe, and restart: systemctl restart tallystick")
    click.echo(f"Then {ENDS[name]}.")


@command.command("seal-anew")
@click.option("--dry-run", is_flag=True, help="Say how many values would be sealed anew; change nothing.")
@takes_settings
def anew(settings: Settings, dry_run: bool) -> None:
    """Put under the newest field key what an earlier one sealed: the secrets of officers' apps, notices that wait.

    Restart the service with the new key first. It may work meanwhile, and this may be run again.
    Status 1 where none of the keys opens a value; the others are sealed anew.
    """
    with current_engine(settings) as engine:
        if dry_run:
            found = look(engine, field_keys=settings.field_keys)
        else:
            found = seal_anew(engine, field_keys=settings.field_keys, occasion=occasion("command:seal-anew"))
    click.echo(f"{_counted(found)} {'would be' if dry_run else 'now'} sealed anew.")
    if found.unopened:
        click.echo(
            f"None of the keys opens {_values(found.unopened)}: name the key that sealed them, and run this again.",
            err=True,
        )
        sys.exit(PROBLEMS)


@command.command()
@click.option("--to", type=click.Path(path_type=Path, file_okay=False), required=True, help="The folder of the keys.")
@click.option("--dry-run", is_flag=True, help="Say how many keys would go; change nothing.")
@takes_settings
def retire(settings: Settings, to: Path, dry_run: bool) -> None:
    """Take the earlier field keys out of their file; refused while anything is sealed with one of them.

    Backups from before `keys seal-anew` are opened by those keys alone: keep a copy of them as long as of the backups.
    """
    newest, now = settings.field_keys[0], occasion("command:keys-retire")
    earlier = earlier_field_keys(to, newest=newest)
    with current_engine(settings) as engine:
        check_retirable(engine, newest=newest)
        if not dry_run:
            retired = {"retired": earlier}
            run(engine, lambda session: record_command(session, "keys-retire", details=retired, occasion=now))
            retire_field_keys(to, newest=newest)
    keys = f"{earlier:,} earlier key{'' if earlier == 1 else 's'}"
    click.echo(f"{keys} would go." if dry_run else f"{keys} gone. Restart: systemctl restart tallystick")


def _counted(found: Found) -> str:
    return f"{_values(found.officers + found.notices)} ({found.officers:,} of officers, {found.notices:,} of notices)"


def _values(number: int) -> str:
    return f"{number:,} value{'' if number == 1 else 's'}"
