"""The service as a real process on a fresh database, and the settings that it and in-process tests are given."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from ledger.settings import Settings

TALLYSTICK = Path(sys.executable).parent / "tallystick"
SECONDS_TO_START = 30
KEYS = {
    "SECRET_KEY": "only-for-tests-" * 4,
    "TALLYSTICK_FIELD_KEYS": "b25seS1mb3ItdGVzdHMtb25seS1mb3ItdGVzdHMtMTI=",
    "TALLYSTICK_CODE_KEY": "0f" * 32,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A running service: where it answers, its database, its folder, and the environment commands beside it need."""

    url: str
    database_url: str
    data: Path
    environment: dict[str, str]

    def log(self) -> str:
        """What the process wrote so far."""
        return (self.data / "serve.log").read_text(encoding="utf-8")

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `tallystick` with these arguments on the same database and folder; its answer, whatever its status."""
        return subprocess.run(
            [TALLYSTICK, *arguments], env=self.environment, cwd=self.data, capture_output=True, text=True, check=False
        )


def environment(*, database_url: str, data: Path, base_url: str = "http://localhost", **more: str) -> dict[str, str]:
    """Every setting that must be given, for a test; `more` by their names."""
    return {
        **KEYS,
        "DATABASE_URL": database_url,
        "TALLYSTICK_BASE_URL": base_url,
        "TALLYSTICK_DATA": str(data),
        "TALLYSTICK_SCHEME_NAME": "Lambeth Credits",
        "TALLYSTICK_SCHEME_CODE": "LCC",
        "TALLYSTICK_SCHEME_PHONE": "020 7946 0123",
        "TALLYSTICK_SCHEME_DESK_HOURS": "Monday to Friday, 9am to 5pm",
        "TALLYSTICK_AUTHORITY": "E09000022",
        "TALLYSTICK_ENVIRONMENT": "T",
        "TALLYSTICK_NOTICES": "file",
        **more,
    }


def settings_for(*, database_url: str, data: Path, **more: str) -> Settings:
    """The same settings, for an application in the test's own process."""
    return Settings.from_environ(environment(database_url=database_url, data=data, **more))


@contextmanager
def serve(*, database_url: str, data: Path, **more: str) -> Iterator[Service]:
    """The service as people start it, ready to answer; stopped on leaving."""
    url = f"http://localhost:{_free_port()}"
    variables = environment(database_url=database_url, data=data, base_url=url, **more)
    variables |= {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    service = Service(url=url, database_url=database_url, data=data, environment=variables)
    with (data / "serve.log").open("wb") as log:
        command = [TALLYSTICK, "serve", "--port", url.rpartition(":")[2]]
        process = subprocess.Popen(command, env=variables, cwd=data, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        _wait_until_ready(service, process)
        yield service
    finally:
        _end(process)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        port: int = probe.getsockname()[1]
    return port


def _wait_until_ready(service: Service, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"tallystick serve ended with status {process.returncode}:\n{service.log()}")
        try:
            with urllib.request.urlopen(f"{service.url}/readyz", timeout=1):  # noqa: S310 (our own http address)
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    raise RuntimeError(f"tallystick serve was not ready within {SECONDS_TO_START} seconds:\n{service.log()}")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@pytest.fixture
def live_server(database_url: str, tmp_path: Path) -> Iterator[Service]:
    """The running service, once on each database.

    One alone: @pytest.mark.parametrize("database_url", ["sqlite"], indirect=True).
    """
    data = tmp_path / "data"
    data.mkdir()
    with serve(database_url=database_url, data=data) as service:
        yield service
