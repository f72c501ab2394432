"""Answers that lie in a folder: each taken in once, in the order of their names, and put away when it is."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from ledger.audit.operations import Subject, record_command
from ledger.council_tax.answers import TakenIn
from ledger.council_tax.errors import AnswerDamaged, AnswerDiffers
from ledger.council_tax.taking_in import take_in
from ledger.lasting import read_own, sync_folder, write_lasting
from ledger.occasion import Occasion
from ledger.settings import Scheme
from ledger.store import run

TAKEN, REFUSED = "taken", "refused"
_NAME = re.compile(r"CT[RU]_[A-Z0-9]{9}_[PT]_[0-9]{6}_[0-9]{8}\.csv", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """What became of a file: what was taken in, or why it was refused whole."""

    name: str
    taken: TakenIn | None = None
    problem: str = ""


def take_in_audited(
    session: Session,
    *,
    content: bytes,
    scheme: Scheme,
    command: str,
    occasion: Occasion,
    came_as: Mapping[str, str] = MappingProxyType({}),
) -> TakenIn:
    """As `take_in`, by a command, with its audit row unless it was taken in before; `came_as` is kept with it."""
    taken = take_in(session, content=content, scheme=scheme, occasion=occasion)
    if not taken.again:
        subject = Subject(kind="council-tax-answer", id=f"{taken.kind} {taken.sequence:06d}")
        details = {"lines": taken.lines, "applied": taken.applied, "returned": taken.returned, **came_as}
        record_command(session, command, subject=subject, details=details, occasion=occasion)
    return taken


def take_in_folder(engine: Engine, folder: Path, *, scheme: Scheme, occasion: Occasion) -> Iterator[Incoming]:
    """Take in each CTR and CTU file of a folder, by name, each in a unit of work of its own.

    What was taken in is moved to `taken/`, what was refused to `refused/` with a `.why` that names line and field; both
    under names that hold their digest, so that nothing is written over. Where a run stops between the books and the
    folder, the next takes the file in again, which is nothing again. Names that are not ours and what is no plain file
    are left where they are.
    """
    if not folder.is_dir():
        return
    for path in sorted(path for path in folder.iterdir() if _NAME.fullmatch(path.name)):
        try:
            content = read_own(path)
        except OSError:
            yield Incoming(name=path.name, problem="is no plain file that can be read")
            continue
        if content is not None:
            yield _take_one(engine, path, content, scheme, occasion)


def _take_one(engine: Engine, path: Path, content: bytes, scheme: Scheme, occasion: Occasion) -> Incoming:
    work = partial(take_in_audited, content=content, scheme=scheme, command="nightly", occasion=occasion)
    try:
        taken = run(engine, work)
    except (AnswerDamaged, AnswerDiffers) as refusal:
        kept = _kept(path, content, REFUSED)
        write_lasting(kept.with_name(f"{kept.name}.why"), f"{refusal}\n".encode())
        _put_away(path, kept)
        return Incoming(name=path.name, problem=str(refusal))
    _put_away(path, _kept(path, content, TAKEN))
    return Incoming(name=path.name, taken=taken)


def _kept(path: Path, content: bytes, where: str) -> Path:
    """Where a file is kept, in a folder that is made unless it is there."""
    folder = path.parent / where
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder / f"{path.stem}.{hashlib.sha256(content).hexdigest()[:12]}{path.suffix}"


def _put_away(path: Path, kept: Path) -> None:
    path.rename(kept)
    sync_folder(kept.parent)
    sync_folder(path.parent)
