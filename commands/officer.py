"""`tallystick officer`: the first officers of a council and those who follow, and another app where a phone is lost."""

import sys

import click
from qrcode.main import QRCode
from sqlalchemy.orm import Session

from commands.environment import current_engine, occasion, takes_settings
from ledger.audit.operations import Subject, record_command
from ledger.identifiers import to_text
from ledger.occasion import Occasion
from ledger.people.apps import NewApp, give_new_app
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
    _show(added.totp_uri)


@command.command("new-app")
@click.option("--email", required=True, help="Whose phone is lost.")
@click.option("--reason", required=True, help="Why, for the audit.")
@takes_settings
def new_app(settings: Settings, email: str, reason: str) -> None:
    """Give an officer a new code for another authenticator app, and sign them out everywhere.

    The digits of the app before are refused from now on. Run again, it draws another code: the last one counts.
    """
    now = occasion("command:officer-new-app")
    with current_engine(settings) as engine:
        given = run(engine, lambda session: _give_new_app(session, email, reason, settings, now))
    ended = f"{given.ended:,} sign-in{'' if given.ended == 1 else 's'}"
    click.echo(f"{ended} of {given.name} ended. Their new app reads this code, which is not shown again:")
    _show(given.totp_uri)


def _give_new_app(session: Session, email: str, reason: str, settings: Settings, now: Occasion) -> NewApp:
    given = give_new_app(session, email=email, field_keys=settings.field_keys, occasion=now)
    subject, details = Subject(kind="officers", id=to_text(given.officer_id)), {"ended": given.ended}
    record_command(session, "officer-new-app", subject=subject, reason=reason, details=details, occasion=now)
    return given


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


def _show(uri: str) -> None:
    code = QRCode(border=2)
    code.add_data(uri)
    code.print_ascii(out=sys.stdout, invert=sys.stdout.isatty())
    click.echo(uri)
