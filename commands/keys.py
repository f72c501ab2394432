"""`tallystick keys`: draw the keys of a deployment, and rotate one."""

import secrets
from pathlib import Path

import click

from commands.environment import honest_status
from ledger.keys import KEY_SETTINGS, new_keys, rotate_key

ENDS = {
    "secret_key": "whoever is signing in just now begins again",
    "field_keys": "nothing ends: the earlier keys stay in the file and go on opening what they sealed",
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
