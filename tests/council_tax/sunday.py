"""A council of which one resident's application is in the file of a Sunday, for the tests of how that file leaves."""

from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import Engine

from ledger.council_tax.queries import items_of
from ledger.council_tax.rules import ItemState
from ledger.store import reading
from tests.council_tax.town import apply
from tests.revenues.town import Exchange, exchange, household

SUNDAY, MONDAY = date(2026, 11, 22), date(2026, 11, 23)


@pytest.fixture
def made(engine: Engine) -> Exchange:
    """A council with two officers who may release."""
    return exchange(engine)


@pytest.fixture
def resident(made: Exchange) -> UUID:
    """A resident whose 25.00 are in the file of Sunday."""
    resident = household(made)
    apply(made.engine, resident, 2500)
    made.build(SUNDAY)
    return resident


def state(made: Exchange, resident: UUID) -> ItemState:
    """How a resident's application stands."""
    with reading(made.engine) as session:
        return items_of(session, resident_id=resident)[0].state
