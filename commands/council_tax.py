"""`tallystick council-tax answer`: take in what the revenues system answered, or changed later by itself."""

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import click

from commands.environment import PROBLEMS, current_engine, occasion, takes_settings
from commands.layouts import read_by
from ledger.council_tax.answer_codes import FILE_CODES
from ledger.council_tax.answers import TakenIn
from ledger.council_tax.delivery.due import deliver_released
from ledger.council_tax.delivery.errors import DeliveryDiffers, DeliveryFailed
from ledger.council_tax.incoming import take_in_audited
from ledger.council_tax.queries import batch
from ledger.council_tax.register import register_of
from ledger.council_tax.rules import AnswerKind, BatchState
from ledger.money import format_pounds
from ledger.settings import Settings
from ledger.store import reading, run


@click.group()
def command() -> None:
    """Exchange council-tax files with the revenues system."""


@command.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--layout", "name", help="A layout of answers by which another system wrote FILE: its name, or a file.")
@click.option("--sequence", type=click.IntRange(1, 999_999), help="With --layout, the batch that FILE answers.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@takes_settings
def answer(settings: Settings, file: Path, name: str | None, sequence: int | None, as_json: bool) -> None:
    """Take in FILE, a CTR answer or a CTU file of changes, told by its header; taken in again, it does nothing.

    With --layout, it is another system's answer to a batch, which is read by that layout (`layouts list`).

    A damaged file is refused whole, with its line and field. Status 1 where that is so, where the revenues system
    refused the file it answers, and where the books do not account for every penny of it.
    """
    if (name is None) != (sequence is None):
        raise click.UsageError("--layout and --sequence go together")
    came, now = file.read_bytes(), occasion("command:council-tax-answer")
    came_as = {} if name is None else {"layout": name, "sha256": hashlib.sha256(came).hexdigest()}
    with current_engine(settings) as engine:
        content = came if name is None or sequence is None else read_by(engine, settings, name, came, sequence, now)
        taken = run(
            engine,
            lambda session: take_in_audited(
                session,
                content=content,
                scheme=settings.scheme,
                command="council-tax-answer",
                occasion=now,
                came_as=came_as,
            ),
        )
        reconciled = True
        if taken.kind == AnswerKind.RESPONSE:
            with reading(engine) as session:
                reconciled = batch(session, sequence=taken.sequence).state == BatchState.RECONCILED
    click.echo(json.dumps(_facts(taken, reconciled)) if as_json else _in_words(taken, reconciled))
    if not reconciled or taken.rejects_all:
        sys.exit(PROBLEMS)


@command.command()
@takes_settings
def deliver(settings: Settings) -> None:
    """Deliver the released files that have not arrived yet, in sequence; run again, it delivers nothing twice.

    Where they go is the setting TALLYSTICK_DELIVERY. Status 1 where one could not be delivered, or where something
    else has its name.
    """
    if settings.delivery is None:
        click.echo("Nothing is delivered: TALLYSTICK_DELIVERY is not set.")
        return
    with current_engine(settings) as engine:
        try:
            register, now = register_of(settings), occasion("command:deliver")
            for sequence in deliver_released(
                engine, delivery=settings.delivery, register=register, command="council-tax-deliver", occasion=now
            ):
                click.echo(f"{sequence:06d} delivered.")
        except (DeliveryDiffers, DeliveryFailed) as refusal:
            click.echo(str(refusal), err=True)
            sys.exit(PROBLEMS)


def _facts(taken: TakenIn, reconciled: bool) -> dict[str, Any]:
    """What was done, for a machine: pence."""
    return {
        "kind": str(taken.kind),
        "sequence": taken.sequence,
        "code": taken.code,
        "again": taken.again,
        "lines": taken.lines,
        "applied": taken.applied,
        "returned": taken.returned,
        "reconciled": reconciled,
    }


def _in_words(taken: TakenIn, reconciled: bool) -> str:
    name = f"{taken.kind} {taken.sequence:06d}"
    if taken.again:
        return f"{name} was taken in before. Nothing was done."
    pence = f"{format_pounds(taken.applied)} applied, {format_pounds(taken.returned)} returned"
    done = f"{name}: {taken.lines} lines, {pence}."
    if taken.rejects_all:
        why = f"{taken.code}, {FILE_CODES[taken.code]}"
        done = f"{name}: the whole file was refused ({why}). Its {taken.lines} items are held again."
    return done if reconciled else f"{done}\nThe books do not account for all of it. Nothing more may be sent: look."
