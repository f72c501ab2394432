"""Holds that have expired hold nothing: end them where their value is wanted, and every night."""

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from ledger.book.errors import AccountNotEmpty, CannotReverse, HoldEnded, InsufficientCredits
from ledger.book.holds import lapsed_holds
from ledger.book.rules import Ending
from ledger.occasion import Occasion
from ledger.store import reading, run
from ledger.wallets.operations import free_hold

Result = TypeVar("Result")

WANTING = (InsufficientCredits, CannotReverse, AccountNotEmpty)
"""Refusals that a hold which should have ended may be the cause of."""


def sweep(engine: Engine, *, occasion: Occasion) -> int:
    """End every hold that has expired, each in a unit of work of its own; how many were ended here."""
    with reading(engine) as session:
        lapsed = lapsed_holds(session.connection(), at=occasion.now)
    swept = 0
    for hold_id in lapsed:
        try:
            run(engine, partial(free_hold, hold_id=hold_id, ending=Ending.EXPIRED, occasion=occasion))
        except HoldEnded:  # somebody was first
            continue
        swept += 1
    return swept


def run_sweeping(engine: Engine, work: Callable[[Session], Result], *, occasion: Occasion) -> Result:
    """As `store.run`; where something is wanting, holds that have expired are ended first, and the work done once more.

    The refusal left the work undone, so that nothing is written twice. Raises what `work` raises.
    """
    try:
        return run(engine, work)
    except WANTING:
        if not sweep(engine, occasion=occasion):
            raise
    return run(engine, work)
