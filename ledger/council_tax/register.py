"""The register of files beside the database: which sequence left with which digest, whatever happens to the database.

A database that was restored may not know of files that left since. The register does, so nothing leaves twice.
"""

from dataclasses import dataclass
from pathlib import Path

from ledger.council_tax.errors import SequencePublished
from ledger.lasting import append_lasting

NAME = "council-tax.register"


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """A line of the register."""

    sequence: int
    sha256: str
    file_name: str


def read_register(path: Path) -> list[Registered]:
    """What left, in the order in which it did; nothing where there is no register yet."""
    if not path.exists():
        return []
    lines = (line.split() for line in path.read_text(encoding="ascii").splitlines())
    return [Registered(sequence=int(number), sha256=digest, file_name=name) for number, digest, name in lines]


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
        path.parent.mkdir(parents=True, exist_ok=True)
        append_lasting(path, f"{one.sequence:06d} {one.sha256} {one.file_name}\n".encode("ascii"))
    elif standing != one:
        raise SequencePublished(sequence=one.sequence, known=one.sequence - 1)
