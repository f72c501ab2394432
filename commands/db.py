"""`tallystick db upgrade`: bring the database to the schema of this release."""

import click

from commands.environment import takes_settings
from ledger.migrations.upgrade import upgrade
from ledger.settings import Settings


@click.group()
def command() -> None:
    """The database."""


@command.command("upgrade")
@click.option("--owner-role", help="PostgreSQL: the role that owns the tables, of which the login is a member.")
@takes_settings
def bring_up(settings: Settings, owner_role: str | None) -> None:
    """Bring the database to the schema of this release; run again, it changes nothing."""
    if settings.database_url.startswith("sqlite"):
        settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    click.echo(f"The database stands at {upgrade(settings.database_url, owner_role=owner_role)}.")
