"""Write a file so that it is absent or complete, whatever ends the writing, and lasts once it is said to be there."""

import errno
import fcntl
import os
import stat
from pathlib import Path


def write_lasting(path: Path, content: bytes, *, mode: int = 0o600) -> None:
    """Write a file in place of what stood there, for its owner alone (0600) unless `mode` lets others read it too.

    It is on the disk when this returns. Written and synced under the name of a part, which then gets the file's own;
    what an earlier run left of a part is written over. Raises OSError, with no half file under the name, where the disk
    cannot.
    """
    part = path.with_name(f"{path.name}.part")
    _write_synced(part, content, mode)
    part.rename(path)
    sync_folder(path.parent)


def _write_synced(part: Path, content: bytes, mode: int) -> None:
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as opened:
        os.fchmod(opened.fileno(), mode)  # whatever the umask of who runs this
        opened.write(content)
        opened.flush()
        os.fsync(opened.fileno())


def read_own(path: Path) -> bytes | None:
    """What the file of this name holds, None where nothing has the name.

    Raises OSError for whatever is no plain file: nobody who may write into the folder leads us out of it by a link.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        return None
    with os.fdopen(descriptor, "rb") as opened:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "not a plain file", str(path))
        return opened.read()


def sync_folder(folder: Path) -> None:
    """Make a rename last: the folder's own entries are synced too."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def append_lasting(path: Path, line: bytes) -> None:
    """Append a line to a file for its owner alone (0600), whole or not at all; on the disk when this returns.

    Raises OSError, with the file as it was, where the disk cannot take all of it.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "ab", buffering=0) as file:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        before = os.fstat(descriptor).st_size
        try:
            written = 0
            while written < len(line):
                written += file.write(line[written:]) or 0
            os.fsync(descriptor)
        except OSError:
            os.ftruncate(descriptor, before)
            raise
