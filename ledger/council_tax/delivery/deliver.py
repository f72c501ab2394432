"""Deliver a released batch's file, as often as it is asked for: it goes once, and every try is kept."""

import os
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Engine, insert, select
from sqlalchemy.orm import Session

from ledger.audit.operations import Subject, record_command
from ledger.council_tax.delivery.errors import DeliveryDiffers, DeliveryFailed, ExtraMissing
from ledger.council_tax.delivery.manifest import ENDING, manifest
from ledger.council_tax.delivery.models import DeliveryAttempt, SealedFile
from ledger.council_tax.delivery.place import place
from ledger.council_tax.delivery.rules import Outcome
from ledger.council_tax.queries import batch, batch_file
from ledger.council_tax.register import Registered, arrivals, register_arrival
from ledger.council_tax.views import BatchFile
from ledger.errors import LedgerError
from ledger.occasion import Occasion
from ledger.settings import Delivery
from ledger.store import insert_once, reading, run

SEALED = ".age"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Leaving:
    """A file that is to leave: of which batch, where to, by which command, and when."""

    engine: Engine
    sequence: int
    file: BatchFile
    delivery: Delivery
    command: str
    occasion: Occasion


def deliver_batch(
    engine: Engine, *, sequence: int, delivery: Delivery, register: Path, command: str, occasion: Occasion
) -> Outcome:
    """Deliver the file of a batch, then its manifest; found there as it should be, it is done.

    It is done, too, where the register says that it arrived, though books that were restored do not know it. The caller
    sees to it that the batch is released. Each try stands in `delivery_attempts`, in a unit of work of its own with its
    audit row, which says by which `command`. Raises NotFound, DeliveryDiffers, DeliveryFailed, ExtraMissing.
    """
    with reading(engine) as session:
        file, found = batch_file(session, sequence=sequence), batch(session, sequence=sequence)
    name, content = file.name, file.content
    leaving = _Leaving(
        engine=engine, sequence=sequence, file=file, delivery=delivery, command=command, occasion=occasion
    )
    this = Registered(sequence=sequence, sha256=file.sha256, file_name=file.name)
    if this in arrivals(register):
        _keep(leaving, Outcome.THERE_ALREADY)
        return Outcome.THERE_ALREADY
    try:
        if delivery.recipient:
            name, content = f"{name}{SEALED}", _sealed(leaving, delivery.recipient)
        done = manifest(name=name, content=content, file=file, batch=found)
        outcome = _place_all(delivery, {name: content, f"{name}{ENDING}": done})
        _note_arrival(register, this)
    except LedgerError as refusal:
        ended = Outcome.DIFFERS if isinstance(refusal, DeliveryDiffers) else Outcome.FAILED
        _keep(leaving, ended, problem=str(refusal))
        raise
    _keep(leaving, outcome)
    return outcome


def _note_arrival(register: Path, this: Registered) -> None:
    """Write the arrival down; a try that cannot is a failed one, and the next finds the file there."""
    try:
        register_arrival(register, this)
    except OSError as error:
        problem = f"it stands there, and {register} cannot be written: {os.strerror(error.errno or 0)}"
        raise DeliveryFailed(problem) from error


def _place_all(delivery: Delivery, files: dict[str, bytes]) -> Outcome:
    if delivery.target.startswith("sftp://"):
        placed: Outcome = _extra("sftp").place_all(delivery, files)
        return placed
    outcomes = [place(Path(delivery.target), name=name, content=content) for name, content in files.items()]
    return Outcome.DELIVERED if Outcome.DELIVERED in outcomes else Outcome.THERE_ALREADY


def _sealed(leaving: _Leaving, recipient: str) -> bytes:
    """The file encrypted for its recipient, the same bytes whenever it is asked for."""
    digest = bytes.fromhex(leaving.file.sha256)
    same = (SealedFile.digest == digest) & (SealedFile.recipient == recipient)
    stored = select(SealedFile.sealed_bytes).where(same)
    with reading(leaving.engine) as session:
        there = session.execute(stored).scalar_one_or_none()
    if there is not None:
        return bytes(there)
    sealed: bytes = _extra("encrypt").seal(leaving.file.content, recipient=recipient)
    row = {"digest": digest, "recipient": recipient, "sealed_bytes": sealed, "sealed_at": leaving.occasion.now}

    def keep(session: Session) -> bytes:
        if insert_once(session.connection(), SealedFile, row, taken=same):
            _audit(session, leaving, sealed_for=recipient)
        return bytes(session.execute(stored).scalar_one())

    return run(leaving.engine, keep)


def _keep(leaving: _Leaving, outcome: Outcome, *, problem: str = "") -> None:
    file, target = leaving.file, _shown(leaving.delivery.target)
    row = {
        "id": leaving.occasion.new_id(),
        "file_name": file.name,
        "digest": bytes.fromhex(file.sha256),
        "target": target,
        "attempted_at": leaving.occasion.now,
        "outcome": outcome.value,
        "problem": problem,
    }

    def work(session: Session) -> None:
        session.execute(insert(DeliveryAttempt), row)
        _audit(session, leaving, target=target, outcome=outcome.value)

    run(leaving.engine, work)


def _audit(session: Session, leaving: _Leaving, **details: str) -> None:
    subject = Subject(kind="council-tax", id=str(leaving.sequence))
    details |= {"file": leaving.file.name}
    record_command(session, leaving.command, subject=subject, details=details, occasion=leaving.occasion)


def _shown(target: str) -> str:
    """The target without the name by which we sign in to it."""
    address = urlsplit(target)
    return f"sftp://{address.hostname}{address.path}" if address.scheme == "sftp" else target


_EXTRAS = {
    "sftp": "ledger.council_tax.delivery.sftp",
    "encrypt": "ledger.council_tax.delivery.sealing",
}
"""What only those who use it install, and the module that needs it."""


def _extra(name: str) -> Any:
    try:
        return import_module(_EXTRAS[name])
    except ImportError as error:
        raise ExtraMissing(name) from error
