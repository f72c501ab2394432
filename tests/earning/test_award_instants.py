"""When an award stands: at the instant the books recorded, which never falls as an account's version rises."""

from datetime import timedelta

from sqlalchemy import Engine, select

from ledger.book.models import Transaction
from ledger.earning.models import Award
from ledger.store import unit_of_work
from tests import factories
from tests.factories import NOON


def test_an_award_stands_at_the_instant_the_books_recorded(engine: Engine) -> None:
    with unit_of_work(engine) as session:
        resident_id = factories.resident(session)
        for hours in (4, 8):
            factories.awarded(session, resident_id=resident_id, at=NOON - timedelta(hours=hours))
        recorded = select(Award.at, Transaction.posted_at).join(Transaction, Transaction.id == Award.transaction_id)
        told = session.execute(recorded.order_by(Award.id)).all()
    assert [row.at for row in told] == [row.posted_at for row in told] == [NOON] * 2  # when their allowances came
