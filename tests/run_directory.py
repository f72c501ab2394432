"""One folder for one test run, shared by its worker processes: what is made once is made under its lock."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

VARIABLE = "TALLYSTICK_TEST_RUN_DIRECTORY"


def is_named() -> bool:
    """Whether a folder was given to this run, as to one that a test runs: whoever gave it will put it away."""
    return VARIABLE in os.environ


def make() -> Path:
    """A new folder, named in the environment so that worker processes find it; other accounts may pass through it."""
    directory = Path(tempfile.mkdtemp(prefix="tallystick-tests-"))
    directory.chmod(0o755)
    os.environ[VARIABLE] = str(directory)
    return directory


def path() -> Path:
    """The folder of this run."""
    return Path(os.environ[VARIABLE])


def remove() -> None:
    """Remove the folder and forget it."""
    shutil.rmtree(path(), ignore_errors=True)
    del os.environ[VARIABLE]


@contextmanager
def locked() -> Iterator[Path]:
    """The folder, while no other process of this run is in here."""
    with (path() / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield path()
