"""A shop undoes its own redemption, whole, once, the same London day."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, select

from ledger.book.models import Transaction
from ledger.errors import LedgerError, NotFound
from ledger.redemption.errors import AlreadyVoided, CodeAlreadyRedeemed, VoidTooLate
from ledger.redemption.models import Redemption
from ledger.redemption.queries import takings_balance
from ledger.store import reading
from tests.redemption.town import JUNE, MAY, Town, later, make_town


def takings(town: Town) -> int:
    """What stands on the deli's takings."""
    with reading(town.engine) as session:
        return takings_balance(session, merchant_id=town.deli.merchant_id)


def test_a_void_gives_back_to_the_purses_it_came_from(engine: Engine) -> None:
    town = make_town(engine)
    town.award(1000, MAY)
    town.award(1000, JUNE)
    redeemed = town.take(town.issue().token, 1200)

    voided = town.void(redeemed.reference, now=later(60))

    assert (voided.amount, voided.reference) == (1200, redeemed.reference)
    assert town.purses() == {MAY: 1000, JUNE: 1000}
    assert takings(town) == 0


def test_a_void_cites_the_transaction_it_undoes(town: Town) -> None:
    redeemed = town.take(town.issue().token, 450)
    voided = town.void(redeemed.reference)

    with reading(town.engine) as session:
        corrects = select(Transaction.corrects).where(Transaction.id == voided.transaction_id)
        assert session.execute(corrects).scalar_one() == redeemed.transaction_id
        row = session.execute(select(Redemption.returned, Redemption.voided_at)).one()
    assert (row.returned, row.voided_at) == (450, voided.at)


def test_a_redemption_is_voided_once(town: Town) -> None:
    reference = town.take(town.issue().token, 450).reference
    town.void(reference)

    with pytest.raises(AlreadyVoided):
        town.void(reference)

    assert (town.purses(), takings(town)) == ({MAY: 2000}, 0)


def test_eight_who_void_at_once_give_back_once(town: Town) -> None:
    reference = town.take(town.issue().token, 450).reference

    def void_it(_turn: int) -> str:
        try:
            return town.void(reference).reference
        except LedgerError as error:
            return error.code

    with ThreadPoolExecutor(8) as tills:
        outcomes = list(tills.map(void_it, range(8)))

    assert sorted(outcomes) == sorted([reference] + ["already_voided"] * 7)
    assert (town.purses(), takings(town)) == ({MAY: 2000}, 0)


def test_a_voided_code_stays_used(town: Town) -> None:
    code = town.issue()
    town.void(town.take(code.token, 450).reference)

    with pytest.raises(CodeAlreadyRedeemed):
        town.take(code.token, 450)


def test_another_shops_redemption_is_not_found(town: Town) -> None:
    reference = town.take(town.issue().token, 450).reference

    with pytest.raises(NotFound):
        town.void(reference, shop=town.baker)

    assert town.purses() == {MAY: 1550}


@pytest.mark.parametrize("reference", ["", "2222-222", "0000-000", "x", "\u017f222-222"])
def test_a_reference_nobody_has_is_not_found(town: Town, reference: str) -> None:
    with pytest.raises(NotFound):
        town.void(reference)


def test_a_reference_is_read_as_people_say_it(town: Town) -> None:
    reference = town.take(town.issue().token, 450).reference

    assert town.void(reference.lower().replace("-", " ")).reference == reference


@pytest.mark.parametrize(
    ("taken_at", "last_second"),
    [
        (datetime(2027, 6, 30, 23, 30, tzinfo=UTC), datetime(2027, 7, 1, 22, 59, 59, tzinfo=UTC)),
        (datetime(2027, 1, 31, 0, 0, tzinfo=UTC), datetime(2027, 1, 31, 23, 59, 59, tzinfo=UTC)),
    ],
    ids=["summer", "winter"],
)
def test_a_void_belongs_to_the_same_london_day(town: Town, taken_at: datetime, last_second: datetime) -> None:
    first = town.take(town.issue(taken_at).token, 450, now=taken_at)
    second = town.take(town.issue(taken_at).token, 450, now=taken_at)

    assert town.void(first.reference, now=last_second).amount == 450
    with pytest.raises(VoidTooLate):
        town.void(second.reference, now=datetime.fromtimestamp(last_second.timestamp() + 1, UTC))


def test_credits_taken_on_their_last_day_come_back_to_their_own_purse(engine: Engine) -> None:
    town = make_town(engine)
    evening = datetime(2028, 5, 31, 21, 0, tzinfo=UTC)
    town.award(1000, MAY)
    redeemed = town.take(town.issue(evening).token, 1000, now=evening)

    town.void(redeemed.reference, now=datetime(2028, 5, 31, 22, 59, 59, tzinfo=UTC))

    assert town.purses() == {MAY: 1000}


def test_a_frozen_resident_gets_the_credits_back(town: Town) -> None:
    reference = town.take(town.issue().token, 450).reference
    town.freeze()

    town.void(reference)

    assert town.purses() == {MAY: 2000}
