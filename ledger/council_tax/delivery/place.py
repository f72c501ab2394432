"""Put a file into a folder where others take it from: as a part, compared, then under its name; never over another."""

import errno
import os
from pathlib import Path

from ledger.council_tax.delivery.errors import DeliveryDiffers, DeliveryFailed
from ledger.council_tax.delivery.rules import Outcome, check_name
from ledger.lasting import read_own, write_lasting


def place(folder: Path, *, name: str, content: bytes) -> Outcome:
    """Put a file into a folder, which must be there, or find the same bytes there already.

    Raises InvalidField for a name that is none, DeliveryDiffers, DeliveryFailed.
    """
    path = folder / check_name(name)
    try:
        there = read_own(path)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.EINVAL, errno.EISDIR):
            raise DeliveryDiffers(path) from error
        raise DeliveryFailed(f"{path}: {os.strerror(error.errno or 0)}") from error
    if there is not None:
        if there != content:
            raise DeliveryDiffers(path)
        return Outcome.THERE_ALREADY
    _write(path, content)
    return Outcome.DELIVERED


def _write(path: Path, content: bytes) -> None:
    try:
        write_lasting(path, content)
        written = read_own(path)
    except OSError as error:
        raise DeliveryFailed(f"{path}: {os.strerror(error.errno or 0)}") from error
    if written != content:
        raise DeliveryFailed(f"{path} does not read as it was written")
