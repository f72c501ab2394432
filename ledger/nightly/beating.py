"""Say that a runner lives while it is at a long step, from a thread of its own."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial

from sqlalchemy import Engine

from ledger.nights.errors import NightLost
from ledger.nights.operations import TakenOn, beat
from ledger.nights.rules import BEAT_SECONDS
from ledger.store import run


@contextmanager
def beating(
    engine: Engine, *, night: TakenOn, now: Callable[[], datetime], every_seconds: float = BEAT_SECONDS
) -> Iterator[None]:
    """Beat every half minute until left. A beat that fails is missed, no more: the next step tells what is wrong."""
    over = threading.Event()

    def go_on() -> None:
        while not over.wait(every_seconds):
            try:
                run(engine, partial(beat, night=night, now=now()))
            except NightLost:
                return
            except Exception:  # noqa: S112 (a beat that is missed is no reason to stop; several make a lapse)
                continue

    thread = threading.Thread(target=go_on, name="heartbeat of the night", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
