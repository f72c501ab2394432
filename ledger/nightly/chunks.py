"""Work on many things in short units of work, each with its audit row where something was done in it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from time import monotonic
from typing import Generic, TypeVar

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from ledger.store import run

CHUNK_SECONDS = 0.2
"""How long a chunk may hold the writer, so that tills get in between (faults_and_invariants §3.11)."""

Item = TypeVar("Item")
Done = TypeVar("Done")


@dataclass(frozen=True, slots=True, kw_only=True)
class Work(Generic[Item, Done]):
    """What is done with `at_once` items, telling what was; and what writes that down, once in a unit of work.

    Without `audit` it is written down where it is done.
    """

    do: Callable[[Session, Sequence[Item]], list[Done]]
    audit: Callable[[Session, list[Done]], None] | None = None
    at_once: int


def in_chunks(
    engine: Engine, items: Sequence[Item], work: Work[Item, Done], *, progress: Callable[[int, int], None]
) -> Iterator[list[Done]]:
    """What each unit of work of about 200 ms did, `at_once` items at least in it; one that did nothing is not audited.

    `progress` is called with how many items were looked at, and how many there are.
    """
    looked_at = 0
    progress(looked_at, len(items))
    while looked_at < len(items):
        count, did = run(engine, partial(_chunk, items=items[looked_at:], work=work))
        looked_at += count
        progress(looked_at, len(items))
        yield did


def _chunk(session: Session, *, items: Sequence[Item], work: Work[Item, Done]) -> tuple[int, list[Done]]:
    started, looked_at = monotonic(), 0
    did: list[Done] = []
    while looked_at < len(items) and (not looked_at or monotonic() - started < CHUNK_SECONDS):
        some = items[looked_at : looked_at + work.at_once]
        did += work.do(session, some)
        looked_at += len(some)
    if did and work.audit is not None:
        work.audit(session, did)
    return looked_at, did
