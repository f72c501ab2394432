"""The seed that a run draws by, and a few of many cases: the long tier takes them all."""

import os
import random
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from tests.long_table import record

VARIABLE = "TALLYSTICK_TEST_SEED"
SEED = int(os.environ.get(VARIABLE) or random.randrange(10**6))
"""Set TALLYSTICK_TEST_SEED to draw again what a run drew that printed its seed."""

Few = Callable[[Sequence[Any], int], Sequence[Any]]


def tell_workers() -> None:
    """Let the worker processes of this run draw by its seed."""
    os.environ[VARIABLE] = str(SEED)


@pytest.fixture(params=["some", pytest.param("all", marks=pytest.mark.long)])
def few(request: pytest.FixtureRequest) -> Few:
    """Draws so many of the cases it is given, others each time; all of them in the long tier."""
    if request.param == "all":
        return lambda cases, count: cases
    record(request.node.name, seed=SEED)
    source = random.Random(f"{SEED} {request.node.name}")
    return lambda cases, count: source.sample(cases, min(count, len(cases)))
