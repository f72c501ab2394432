"""A disk that is full: writing stops for a while rather than try in vain, and goes on by itself when there is room."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, Pool

from ledger.outages import StorageFull

SECONDS = 5
"""How long nothing is written after the disk was full; then one that comes tries."""


class FullDisk:
    """What is known of the disk under one database: full at the last try to write, until some seconds have gone by."""

    def __init__(self) -> None:
        self._until = 0.0

    @property
    def is_full(self) -> bool:
        """Whether writing is stopped."""
        return time.monotonic() < self._until

    def check(self) -> None:
        """Refuse to write. Raises StorageFull."""
        if self.is_full:
            raise StorageFull("the disk was full a moment ago")

    @contextmanager
    def noticing(self) -> Iterator[None]:
        """Stop what comes after where this finds the disk full."""
        try:
            yield
        except StorageFull:
            self._until = time.monotonic() + SECONDS
            raise


_KNOWN: WeakKeyDictionary[Pool, FullDisk] = WeakKeyDictionary()


def full_disk(engine: Engine) -> FullDisk:
    """What this process knows of the disk under an engine's database."""
    return _KNOWN.setdefault(engine.pool, FullDisk())
