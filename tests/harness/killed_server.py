"""A PostgreSQL of its own, with default durability on a real disk, that is killed under load and started again."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg

from tests import postgresql_server

ON_DISK = Path("/var/tmp")  # noqa: S108 (a fresh folder in it; /tmp may be memory, which no kill takes from)
SECONDS_TO_SERVE = 30
GONE = ("", "Z")
GONE_OR_STOPPED = (*GONE, "T")
"""States of a process as /proc tells them: not there, waiting for its parent to look, stopped."""


@dataclass(kw_only=True)
class KilledServer:
    """The server: its folder, its binaries, what it is started with, and its process."""

    directory: Path
    binaries: Path
    options: tuple[str, ...]
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        """The URL of its superuser."""
        return postgresql_server.url_in(self.directory)

    def kill(self) -> None:
        """End every process of it at once, as the loss of its host would, but for the disk's own memory."""
        os.kill(self.process.pid, signal.SIGSTOP)
        while _state(self.process.pid) not in GONE_OR_STOPPED:
            time.sleep(0.001)
        children = _children(self.process.pid)
        for child in children:
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        self.process.kill()
        self.process.wait()
        while any(_state(child) not in GONE for child in children):
            time.sleep(0.001)

    def start_again(self) -> float:
        """Start it as it was, again where it ends by itself, as a supervisor does; the seconds until it serves."""
        began = time.monotonic()
        self.process = postgresql_server.serve(self.binaries, self.directory, *self.options)
        while not _serves(self.url):
            assert time.monotonic() < began + SECONDS_TO_SERVE, "the server does not come back by itself"
            if self.process.poll() is not None:
                self.process = postgresql_server.serve(self.binaries, self.directory, *self.options)
            time.sleep(0.02)
        return time.monotonic() - began


@contextmanager
def killed_server(*options: str) -> Iterator[KilledServer]:
    """Such a server, made anew and removed afterwards."""
    directory = Path(tempfile.mkdtemp(prefix="tallystick-kills-", dir=ON_DISK))
    directory.chmod(0o755)
    binaries = postgresql_server.make_cluster(directory)
    server = KilledServer(
        directory=directory,
        binaries=binaries,
        options=options,
        process=postgresql_server.serve(binaries, directory, *options),
    )
    try:
        while not _serves(server.url):
            assert server.process.poll() is None, "the server starts"
            time.sleep(0.02)
        yield server
    finally:
        server.kill()
        shutil.rmtree(directory)


def _state(process: int) -> str:
    """One letter; none where there is no such process."""
    with suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    return ""


def _children(parent: int) -> list[int]:
    with suppress(FileNotFoundError):
        return [int(child) for child in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]
    return []


def _serves(url: str) -> bool:
    with suppress(psycopg.OperationalError):
        psycopg.connect(url.replace("+psycopg", ""), connect_timeout=2).close()
        return True
    return False
