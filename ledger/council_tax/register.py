"""The register of files beside the database: which sequence left with which digest, whatever happens to the database.

A database that was restored may not know of files that were built and arrived since. The register does, so nothing
leaves twice: a line for a file that was built, and one that ends in `arrived` for one that was delivered.
"""

from dataclasses import dataclass
from pathlib import Path

from ledger.council_tax.errors import SequencePublished
from ledger.lasting import append_lasting
from ledger.settings import Settings

NAME, ARRIVED = "council-tax.register", "arrived"
FOLDER = "council-tax"


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """A line of the register."""

    sequence: int
    sha256: str
    file_name: str


def register_of(settings: Settings) -> Path:
    """Where the register of files that left stands."""
    return settings.file_register or settings.data / NAME


def folder_of(settings: Settings) -> Path:
    """Where the files of council tax stand, each with its `.done` once it is whole."""
    return settings.data / FOLDER


def read_register(path: Path) -> list[Registered]:
    """What was built to leave, in the order in which it was; nothing where there is no register yet."""
    return [_registered(words) for words in _lines(path) if ARRIVED not in words]


def arrivals(path: Path) -> list[Registered]:
    """What arrived, in the order in which it did."""
    return [_registered(words) for words in _lines(path) if ARRIVED in words]


def _lines(path: Path) -> list[list[str]]:
    return [line.split() for line in path.read_text(encoding="ascii").splitlines()] if path.exists() else []


def _registered(words: list[str]) -> Registered:
    number, digest, name = words[:3]
    return Registered(sequence=int(number), sha256=digest, file_name=name)


def _add(path: Path, one: Registered, *more: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    words = (f"{one.sequence:06d}", one.sha256, one.file_name, *more)
    append_lasting(path, f"{' '.join(words)}\n".encode("ascii"))


def check_register(path: Path, *, known: int) -> None:
    """Refuse to build where something left that the books, whose newest file is `known`, do not hold.

    Raises SequencePublished.
    """
    newest = max((one.sequence for one in read_register(path)), default=0)
    if newest > known:
        raise SequencePublished(sequence=newest, known=known)


def register(path: Path, one: Registered, *, replaces: str | None = None) -> None:
    """Write down that a file left, once; `replaces` is the digest of what it was built in place of before its release.

    Raises SequencePublished where another of its sequence did; OSError.
    """
    standing = {line.sequence: line for line in read_register(path)}.get(one.sequence)
    if standing is None or (replaces is not None and standing.sha256 == replaces):
        _add(path, one)
    elif standing != one:
        raise SequencePublished(sequence=one.sequence, known=one.sequence - 1)


def register_arrival(path: Path, one: Registered) -> None:
    """Write down that a file arrived, once. Raises OSError."""
    if one not in arrivals(path):
        _add(path, one, ARRIVED)
