"""How far a long command is: a bar on a terminal once it takes more than a second, lines in the log otherwise."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

import structlog
from rich.console import Console
from rich.progress import Progress as Bars
from rich.progress import TaskID

Progress = Callable[[str, int, int], None]

PATIENCE = 1.0
LINE_EVERY = 10.0


@contextmanager
def showing() -> Iterator[Progress]:
    """A function to call with a step's name, how much of it is done, and how much there is."""
    if not sys.stderr.isatty():
        yield _lines()
        return
    bars = Bars(console=Console(stderr=True), transient=True)
    try:
        yield _on(bars)
    finally:
        bars.stop()


def _on(bars: Bars) -> Progress:
    began = monotonic()
    tasks: dict[str, TaskID] = {}

    def tell(step: str, done: int, total: int) -> None:
        if step not in tasks:
            tasks[step] = bars.add_task(step.capitalize(), total=total)
        bars.update(tasks[step], completed=done, total=total)
        if monotonic() - began > PATIENCE and not bars.live.is_started:
            bars.start()

    return tell


def _lines() -> Progress:
    told: dict[str, float] = {}

    def tell(step: str, done: int, total: int) -> None:
        now = monotonic()
        if step not in told or done == total or now - told[step] > LINE_EVERY:
            told[step] = now
            structlog.get_logger("progress").info("progress", step=step, done=done, total=total)

    return tell
