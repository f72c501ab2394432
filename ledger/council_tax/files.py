"""Write a built batch's file to disk: absent or complete, from the stored bytes, as often as it is asked for."""

from pathlib import Path

from ledger.council_tax.errors import FileDiffers
from ledger.council_tax.views import BatchFile
from ledger.lasting import read_own, write_lasting


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
    try:
        there = read_own(path)
    except OSError as error:
        raise FileDiffers(path) from error
    if there is None:
        write_lasting(path, content)
    elif there != content:
        raise FileDiffers(path)
