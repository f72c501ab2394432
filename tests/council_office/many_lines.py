"""A night of thousands of lines for a test's town: one resident's applications, set aside by a few statements."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from sqlalchemy import Table, insert, select, update
from sqlalchemy.orm import Session

from ledger.book.models import Balance, Hold, HoldLine
from ledger.council_tax.models import CouncilTaxItem, CouncilTaxLink
from ledger.council_tax.rules import ItemCode, ItemState, Reason
from ledger.identifiers import crockford
from ledger.store import FOR_COMMANDS, make_engine
from ledger.tables import table_of
from tests import factories
from tests.council_office import town as office
from tests.council_tax.decided import decide
from tests.web_town import WebTown

BASE, AMOUNT = "20001234", 100
"""The account that all of it is for, and what each line reduces it by, in pence."""


def batch_of(town: WebTown, lines: int) -> None:
    """Build the town's first batch, of so many lines, and release it."""
    resident_id = town.resident(email=f"{BASE}@example.org")
    office.link_to(town, resident_id, base=BASE)
    town.work(lambda session: decide(session, occasion=town.occasion()))
    with as_commands_wait(town):
        town.work(lambda session: _set_aside(session, town, resident_id, lines))
        town.wait(seconds=1)
        office.night(town, town.now.date())
        office.release(town)


@contextmanager
def as_commands_wait(town: WebTown) -> Iterator[None]:
    """The town's own work takes as long as a command's may; what the application answers does not."""
    ours, town.engine = town.engine, make_engine(town.engine.url, patience=FOR_COMMANDS)
    try:
        yield
    finally:
        town.engine.dispose()
        town.engine = ours


def _set_aside(session: Session, town: WebTown, resident_id: UUID, lines: int) -> None:
    """What applying this often leaves behind, past every cap."""
    purse = factories.purse(session, resident_id=resident_id, amount=lines * AMOUNT, at=town.now)
    link_id = session.execute(select(CouncilTaxLink.id)).scalar_one()
    held = update(Balance).where(Balance.account_id == purse).values(held=lines * AMOUNT)
    session.connection().execute(held)
    for table, rows in _rows(town, resident_id, link_id, purse, lines):
        session.connection().execute(insert(table), rows)


def _rows(
    town: WebTown, resident_id: UUID, link_id: UUID, purse: int, lines: int
) -> Iterator[tuple[Table, list[dict[str, object]]]]:
    occasion = town.occasion()
    holds = [occasion.new_id() for _ in range(lines)]
    yield table_of(Hold), [{"id": one, "reason": "council_tax", "placed_at": town.now} for one in holds]
    yield table_of(HoldLine), [{"hold_id": one, "line": 1, "account_id": purse, "amount": AMOUNT} for one in holds]
    alike = {
        "resident_id": resident_id,
        "link_id": link_id,
        "code": ItemCode.REDUCTION.value,
        "reason": Reason.VOLUNTARY.value,
        "amount": AMOUNT,
        "state": ItemState.HELD.value,
        "applied_at": town.now,
        "leaves_on": town.now.date(),
        "returned": 0,
    }
    yield (
        table_of(CouncilTaxItem),
        [
            alike | {"id": occasion.new_id(), "reference": f"CT-{crockford(number, 7)}", "hold_id": hold}
            for number, hold in enumerate(holds)
        ],
    )
