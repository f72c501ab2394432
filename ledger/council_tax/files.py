"""Write a built batch's file to disk: absent or complete, from the stored bytes, as often as it is asked for."""

import os
from pathlib import Path

from ledger.council_tax.errors import FileDiffers
from ledger.council_tax.views import BatchFile


def write_file(file: BatchFile, folder: Path) -> Path:
    """Write the file and then its `.done`, where they are missing; the file's path.

    `.done` is one line that `sha256sum --check` reads. Files are for the owner alone (0600), the folder is made 0700.
    Raises FileDiffers where a file of the name holds other bytes; OSError, with no half file, where the disk cannot.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / file.name
    _write_once(path, file.content)
    _write_once(path.with_name(f"{file.name}.done"), f"{file.sha256}  {file.name}\n".encode("ascii"))
    return path


def _write_once(path: Path, content: bytes) -> None:
    if path.exists():
        if path.read_bytes() != content:
            raise FileDiffers(path)
        return
    part = path.with_name(f"{path.name}.part")
    _write_synced(part, content)
    part.rename(path)
    _sync_folder(path.parent)


def _write_synced(part: Path, content: bytes) -> None:
    """Write and fsync under the name of a part; what an earlier run left there is written over."""
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(content)
        opened.flush()
        os.fsync(opened.fileno())


def _sync_folder(folder: Path) -> None:
    """Make a rename last: the folder's own entries are synced too."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
