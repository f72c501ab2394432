"""`tallystick emergency`: what is done at once when something has gone wrong, and how that is rehearsed."""

import click
from sqlalchemy.orm import Session

from commands.environment import current_engine, occasion, takes_settings
from ledger.audit.operations import record_command
from ledger.occasion import Occasion
from ledger.people.rules import Realm
from ledger.people.sign_ins import end_sign_ins, live_sign_ins
from ledger.settings import Settings
from ledger.store import reading, run


@click.group()
def command() -> None:
    """What is done at once when something has gone wrong."""


@command.command("end-sign-ins")
@click.option(
    "--realm",
    "realms",
    multiple=True,
    type=click.Choice([realm.value for realm in Realm]),
    help="Those of this face; give it once for each. Otherwise all of them.",
)
@click.option("--reason", required=True, help="Why, for the audit.")
@click.option("--dry-run", is_flag=True, help="Say how many would end; change nothing.")
@takes_settings
def end_all(settings: Settings, realms: tuple[str, ...], reason: str, dry_run: bool) -> None:
    """Sign everybody out, tills too, from their next request on. They come in again as they always do."""
    chosen = [Realm(realm) for realm in realms] or list(Realm)
    with current_engine(settings) as engine:
        if dry_run:
            with reading(engine) as session:
                click.echo(f"{_counted(live_sign_ins(session, realms=chosen))} would end.")
            return
        now = occasion("command:end-sign-ins")
        ended = run(engine, lambda session: _end(session, chosen, reason, now))
    click.echo(f"{_counted(ended)} ended.")


def _end(session: Session, realms: list[Realm], reason: str, now: Occasion) -> int:
    ended = end_sign_ins(session, realms=realms, occasion=now)
    record_command(session, "end-sign-ins", reason=reason, details={"realms": realms, "ended": ended}, occasion=now)
    return ended


def _counted(number: int) -> str:
    return f"{number:,} sign-in{'' if number == 1 else 's'}"
