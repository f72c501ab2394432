"""Two things at the same moment: credits are applied while the link ends, or while some of them are set aside."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event
from typing import TypeVar

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from ledger.book.holds import NewHold, place
from ledger.council_tax.errors import NotLinked
from ledger.council_tax.operations import Applied, end_link
from ledger.council_tax.queries import items_of
from ledger.store import reading, unit_of_work
from ledger.wallets.operations import draw_lines
from tests.council_tax.town import JANUARY, MARCH, NOON, apply, available, held, link, linked_resident, resident_with

Result = TypeVar("Result")
SECONDS_TO_BEGIN = 0.3


@contextmanager
def beginning_within(
    engine: Engine, act: Callable[[], Result], *, first: Callable[[Session], object]
) -> Iterator[Future[Result]]:
    """`act` begins after `first` has written and before it is committed; the answer of `act` is a future."""
    written = Event()

    def after_it() -> Result:
        written.wait(10)
        return act()

    with ThreadPoolExecutor(1) as threads:
        answer: Future[Result] = threads.submit(after_it)
        with unit_of_work(engine) as session:
            first(session)
            session.flush()
            written.set()
            Event().wait(SECONDS_TO_BEGIN)
        yield answer


def test_nothing_is_applied_to_an_account_whose_link_is_ending(engine: Engine) -> None:
    resident = linked_resident(engine, 3000)

    def end(session: Session) -> None:
        end_link(session, resident_id=resident, occasion=NOON)

    with beginning_within(engine, lambda: apply(engine, resident, 1000), first=end) as answer, pytest.raises(NotLinked):
        answer.result()
    assert held(engine, resident) == 0
    with reading(engine) as session:
        assert items_of(session, resident_id=resident) == []


def test_what_is_set_aside_meanwhile_only_changes_the_purses_drawn(engine: Engine) -> None:
    resident = resident_with(engine, (JANUARY, 1000), (MARCH, 3000))
    link(engine, resident)

    def set_aside(session: Session) -> None:
        lines = draw_lines(session, resident_id=resident, amount=400, now=NOON.now)
        place(session.connection(), NewHold(id=NOON.new_id(), reason="council_tax", lines=lines, at=NOON.now))

    with beginning_within(engine, lambda: apply(engine, resident, 2500), first=set_aside) as answer:
        applied: Applied = answer.result()
    assert (applied.amount, held(engine, resident), available(engine, resident)) == (2500, 2900, 1100)
