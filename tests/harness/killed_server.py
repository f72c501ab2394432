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
        for child in _children(self.process.pid):
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        self.process.kill()
        self.process.wait()

    def start_again(self) -> float:
        """Start it as it was started, with no other step; the seconds until it serves."""
        began = time.monotonic()
        self.process = postgresql_server.serve(self.binaries, self.directory, *self.options)
        _wait_until_it_serves(self.url)
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
        _wait_until_it_serves(server.url)
        yield server
    finally:
        server.kill()
        shutil.rmtree(directory)


def _children(parent: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]


def _wait_until_it_serves(url: str) -> None:
    deadline = time.monotonic() + SECONDS_TO_SERVE
    while True:
        try:
            psycopg.connect(url.replace("+psycopg", ""), connect_timeout=2).close()
            return
        except psycopg.OperationalError:
            assert time.monotonic() < deadline, "the server does not come back by itself"
            time.sleep(0.02)
