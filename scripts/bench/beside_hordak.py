"""The best of the ways of django-hordak on the same server, beside our redemption as one statement."""

import subprocess
import sys
import venv
from collections.abc import Iterator
from pathlib import Path

from scripts.bench.clients import Load, rate
from scripts.bench.figures import Figure, Taken, side_by_side
from scripts.bench.postgresql import Effort, compared
from scripts.bench.server import SHOPS, Bench, bench_server

ROOT = Path(__file__).parents[2]
PLACE = ROOT / ".bench"
PROGRAM = Path(__file__).with_name("hordak_clients.py")
WAYS = ("transfer_to", "bulk_create")
CLIENTS = 8
BEST = "the best of django-hordak"


def hordak(effort: Effort) -> Iterator[Figure]:
    """Ours and its, in turns."""
    python = _installed()
    with bench_server(effort.residents) as bench:
        host = str(bench.server.directory / "postgresql")
        bench.administer("CREATE DATABASE hordak")
        subprocess.run([python, PROGRAM, "prepare", host], check=True)
        ours, *theirs = side_by_side(
            [
                lambda: _ours(bench, effort),
                *(lambda way=way: _theirs(python, host, way, effort.seconds) for way in WAYS),  # type: ignore[misc]
            ],
            effort.rounds,
        )
    best = max(theirs, key=lambda taken: taken.value)
    yield compared("redemption as one statement against django-hordak", ours, best, baseline_name=BEST)


def _ours(bench: Bench, effort: Effort) -> Taken:
    load = Load(
        url=bench.url,
        work="drawing",
        residents=bench.residents,
        shops=SHOPS,
        clients=CLIENTS,
        seconds=effort.seconds,
    )
    return rate(load)


def _theirs(python: Path, host: str, way: str, seconds: float) -> float:
    command = [python, PROGRAM, "run", host, way, str(CLIENTS), str(seconds)]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def _installed() -> Path:
    """The Python of an environment of its own, made once: the extra `benchmark` of setup.cfg is no part of ours."""
    python = PLACE / "bin" / "python"
    if not python.exists():
        venv.create(PLACE, with_pip=True)
        wanted = ["django-hordak>=2,<3", "psycopg[binary]>=3.2,<4"]
        subprocess.run([python, "-m", "pip", "install", "-qq", *wanted], check=True, stdout=sys.stderr)
    return python
