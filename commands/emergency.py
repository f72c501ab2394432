"""`tallystick emergency`: what is done at once when something has gone wrong, and how that is rehearsed."""

from uuid import UUID

import click
from sqlalchemy.orm import Session

from commands.environment import current_engine, occasion, takes_settings
from commands.identity import Identity
from ledger.audit.operations import Subject, record_command
from ledger.identifiers import to_text
from ledger.occasion import Occasion
from ledger.people.rules import Realm
from ledger.people.sign_ins import end_sign_in, end_sign_ins, live_sign_ins
from ledger.people.tills import TillFound, find_till
from ledger.settings import Settings
from ledger.store import read, reading, run


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


@command.command("end-till")
@click.argument("till_id", metavar="ID", type=Identity())
@click.option("--reason", required=True, help="Why, for the audit.")
@click.option("--dry-run", is_flag=True, help="Say whose till it is and how to ring them; change nothing.")
@takes_settings
def end_one(settings: Settings, till_id: UUID, reason: str, dry_run: bool) -> None:
    """End one till from its next request on; its shop opens another as it always does.

    ID is the till's `sign_in_id` in the log, and what stands after `till:` in the audit.
    """
    with current_engine(settings) as engine:
        if dry_run:
            till = read(engine, lambda session: find_till(session, till_id=till_id))
        else:
            now = occasion("command:end-till")
            till = run(engine, lambda session: _end_till(session, till_id, reason, now))
    click.echo(f"{till.name} of {till.shop} ({till.telephone or 'no telephone number'}) {_what(till, dry_run)}.")


def _end_till(session: Session, till_id: UUID, reason: str, now: Occasion) -> TillFound:
    found = find_till(session, till_id=till_id)
    end_sign_in(session, sign_in_id=till_id, occasion=now)
    subject = Subject(kind="devices", id=to_text(till_id))
    details = {"ended": int(found.ended_at is None)}
    record_command(session, "end-till", subject=subject, reason=reason, details=details, occasion=now)
    return found


def _what(till: TillFound, dry_run: bool) -> str:
    if till.ended_at is not None:
        return "had ended already"
    return "would end" if dry_run else "ended"


def _counted(number: int) -> str:
    return f"{number:,} sign-in{'' if number == 1 else 's'}"
