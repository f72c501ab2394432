"""Writers of files, each to be interrupted in a process of its own."""

import hashlib
from pathlib import Path

from ledger.council_tax.delivery.place import place
from ledger.council_tax.files import write_file
from ledger.council_tax.views import BatchFile
from ledger.keys import new_keys
from ledger.lasting import append_lasting

NAME = "CTX_E09000022_P_000001_20261122.csv"
CONTENT = b"".join(b"D,%06d\r\n" % line for line in range(2_000))
FILE = BatchFile(name=NAME, content=CONTENT, sha256=hashlib.sha256(CONTENT).hexdigest())
DONE = f"{NAME}.done"
DONE_LINE = f"{FILE.sha256}  {NAME}\n".encode()
LINES = "outbox.jsonl"


def night(folder: Path) -> None:
    """A batch's file, as the night writes it."""
    write_file(FILE, folder)


def delivery(folder: Path) -> None:
    """The same file put where others take it from."""
    place(folder, name=NAME, content=CONTENT)
    place(folder, name=DONE, content=DONE_LINE)


def keys(folder: Path) -> None:
    """The keys of a new scheme."""
    new_keys(folder, lambda count: bytes(count))


def lines(folder: Path) -> None:
    """Three lines of an outbox."""
    for number in range(3):
        append_lasting(folder / LINES, b'{"number": %d}\n' % number)
