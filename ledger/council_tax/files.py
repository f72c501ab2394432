"""Write a built batch's file to disk: absent or complete, from the stored bytes; take its `.done` away again."""

import hashlib
from pathlib import Path

from ledger.council_tax.errors import CannotWithdraw, FileDiffers
from ledger.council_tax.views import BatchFile
from ledger.lasting import read_own, sync_folder, write_lasting


def write_file(file: BatchFile, folder: Path) -> Path:
    """Write the file and then its `.done`, where they are missing; the file's path.

    `.done` is one line that `sha256sum --check` reads. Files are for the owner alone (0600), the folder is made 0700.
    A file that was sent back before its release gives way to the one that was built in its place. Raises FileDiffers
    where a file of the name holds any other bytes; OSError, with no half file, where the disk cannot.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / file.name
    done = path.with_name(f"{file.name}.done")
    if file.replaces is not None and _sha256(path) == file.replaces:
        write_lasting(path, file.content)
    _write_once(path, file.content)
    _write_done(done, f"{file.sha256}  {file.name}\n".encode("ascii"), file)
    return path


def withdraw_done(name: str, folder: Path) -> None:
    """Take away the `.done` of a file, if there is one: whoever looks for it takes the file no more.

    It is gone from the disk when this returns. Raises CannotWithdraw where the disk does not let it go.
    """
    if not folder.exists():
        return
    done = folder / f"{name}.done"
    try:
        done.unlink(missing_ok=True)
        sync_folder(folder)
    except OSError as error:
        raise CannotWithdraw(done) from error


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else ""


def _write_done(path: Path, line: bytes, file: BatchFile) -> None:
    """Write the line that says the file is whole, in place of the one about what was sent back."""
    if file.replaces is not None and path.exists() and path.read_bytes().startswith(file.replaces.encode("ascii")):
        write_lasting(path, line)
    _write_once(path, line)


def _write_once(path: Path, content: bytes) -> None:
    try:
        there = read_own(path)
    except OSError as error:
        raise FileDiffers(path) from error
    if there is None:
        write_lasting(path, content)
    elif there != content:
        raise FileDiffers(path)
