"""Awards: who may give them, when, to whom, how much, and what a refusal leaves behind."""

from sqlalchemy import Engine

from ledger.store import reading, unit_of_work
from ledger.wallets.queries import wallet_of
from tests import factories


def test_awarded_credits_are_in_the_residents_wallet(engine: Engine) -> None:
    with unit_of_work(engine) as session:
        resident = factories.resident(session)
        outcome = factories.awarded(session, resident_id=resident, amount=500)
        assert outcome.refused is None
    with reading(engine) as session:
        wallet = wallet_of(session, resident_id=resident, today=factories.NOON.date())
    assert wallet.available == 500
