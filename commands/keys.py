"""`tallystick keys new`: draw the keys of a deployment."""

import secrets
from pathlib import Path

import click

from commands.environment import honest_status
from ledger.keys import new_keys


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
