"""`tallystick officer add`: the first officers of a council, and those who follow."""

import sys

import click
from qrcode.main import QRCode
from sqlalchemy.orm import Session

from commands.environment import current_engine, occasion, takes_settings
from ledger.audit.operations import Subject, record_command
from ledger.identifiers import to_text
from ledger.occasion import Occasion
from ledger.people.register import OfficerAdded, add_officer
from ledger.people.rules import Permission
from ledger.settings import Settings
from ledger.store import run


@click.group()
def command() -> None:
    """Officers of the council."""


@command.command()
@click.option("--name", required=True)
@click.option("--email", required=True)
@click.option(
    "--permission",
    "permissions",
    multiple=True,
    type=click.Choice([str(permission) for permission in Permission]),
    help="What they may do; give it once for each.",
)
@takes_settings
def add(settings: Settings, name: str, email: str, permissions: tuple[str, ...]) -> None:
    """Add an officer, and show once what their authenticator app needs."""
    now = occasion("command:officer-add")
    with current_engine(settings) as engine:
        added = run(engine, lambda session: _add(session, name, email, permissions, settings, now))
    click.echo(f"{name} is an officer. Their app reads this code, which is not shown again:")
    _draw(added.totp_uri)
    click.echo(added.totp_uri)


def _add(
    session: Session, name: str, email: str, permissions: tuple[str, ...], settings: Settings, now: Occasion
) -> OfficerAdded:
    added = add_officer(
        session,
        name=name,
        email=email,
        permissions=[Permission(permission) for permission in permissions],
        field_keys=settings.field_keys,
        occasion=now,
    )
    subject = Subject(kind="officers", id=to_text(added.id))
    record_command(session, "officer-add", subject=subject, details={"permissions": [*permissions]}, occasion=now)
    return added


def _draw(text: str) -> None:
    code = QRCode(border=2)
    code.add_data(text)
    code.print_ascii(out=sys.stdout, invert=sys.stdout.isatty())
