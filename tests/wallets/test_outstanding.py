"""What is outstanding over everybody, and how it came about: figures that add up, from the books."""

from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Engine

from ledger.store import reading, unit_of_work
from ledger.wallets.operations import expire_purses, purses_past
from ledger.wallets.queries import outstanding_sum, purse_movement
from tests import factories

OCTOBER = datetime(2026, 10, 20, 12, 0, tzinfo=UTC)
LAST_OF_OCTOBER = date(2026, 10, 31)
NOVEMBER = date(2026, 11, 1)


def test_the_month_opens_with_what_came_before_it_and_adds_up(engine: Engine) -> None:
    with unit_of_work(engine) as session:
        resident = factories.resident(session)
        factories.purse(session, resident_id=resident, amount=700, at=OCTOBER)
        factories.awarded(session, resident_id=resident, amount=300)
        factories.purse(session, resident_id=resident, amount=50, expires_on=LAST_OF_OCTOBER, at=OCTOBER)
    with unit_of_work(engine) as session:
        past = purses_past(session, business_date=LAST_OF_OCTOBER)
        night = factories.occasion_at(datetime(2026, 11, 2, 1, 30, tzinfo=UTC))
        expire_purses(session, purses=past, business_date=NOVEMBER, occasion=night)
    with reading(engine) as session:
        movement = purse_movement(session, first=NOVEMBER)
    assert (movement.opening, movement.awarded, movement.expired) == (750, 300, -50)
    assert movement.outstanding == 1000
    assert (movement.spent, movement.to_council_tax, movement.returned) == (0, 0, 0)


def test_a_transaction_counts_in_the_month_it_counts_for(engine: Engine) -> None:
    with unit_of_work(engine) as session:
        resident = factories.resident(session)
        factories.purse(session, resident_id=resident, amount=50, expires_on=LAST_OF_OCTOBER, at=OCTOBER)
    with unit_of_work(engine) as session:
        past = purses_past(session, business_date=LAST_OF_OCTOBER)
        night = factories.occasion_at(datetime(2026, 11, 1, 1, 30, tzinfo=UTC))
        expire_purses(session, purses=past, business_date=LAST_OF_OCTOBER, occasion=night)
    with reading(engine) as session:
        movement = purse_movement(session, first=NOVEMBER)
    assert (movement.opening, movement.expired, movement.outstanding) == (0, 0, 0)


def test_a_resident_with_two_purses_counts_once(engine: Engine) -> None:
    with unit_of_work(engine) as session:
        one, other = factories.resident(session), factories.resident(session)
        for months in (3, 4):
            day = date(2027, months, 28)
            factories.purse(session, resident_id=one, amount=100, expires_on=day)
        factories.purse(session, resident_id=other, amount=100, expires_on=date(2027, 3, 28))
    with reading(engine) as session:
        everything = outstanding_sum(session)
        march = outstanding_sum(session, last=date(2027, 3, 31))
        later = outstanding_sum(session, first=date(2027, 3, 31) + timedelta(days=1))
    assert (everything.balance, everything.held, everything.residents) == (300, 0, 2)
    assert (march.available, march.residents) == (200, 2)
    assert (later.available, later.residents) == (100, 1)


def test_an_empty_town_has_nothing_outstanding(engine: Engine) -> None:
    with reading(engine) as session:
        movement, everything = purse_movement(session, first=NOVEMBER), outstanding_sum(session)
    assert (movement.opening, movement.outstanding, everything.residents) == (0, 0, 0)
