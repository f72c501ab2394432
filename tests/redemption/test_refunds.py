"""A shop gives back a part, or all, of what it took: on the day or later, never more than it took."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from ledger.book.models import Transaction
from ledger.check_books import check_books
from ledger.errors import InvalidField, LedgerError, NotFound
from ledger.redemption.errors import AlreadyVoided, MoreThanTaken
from ledger.redemption.queries import takings_balance
from ledger.redemption.refunds import Refunded, refund
from ledger.store import reading, run
from ledger.wallets.rules import returned_parts
from tests.redemption.town import JUNE, MAY, NOON, Shop, Town, make_town, occasion_at

NEXT_DAY = NOON + timedelta(days=1)


def give_back(town: Town, reference: str, amount: int, *, shop: Shop | None = None) -> Refunded:
    """A shop refunds, the day after; the deli, unless a test says another."""
    asked = partial(
        refund,
        reference=reference,
        merchant_id=(shop or town.deli).merchant_id,
        amount=amount,
        occasion=occasion_at(NEXT_DAY),
    )
    return run(town.engine, asked)


def takings(town: Town) -> int:
    """What stands on the deli's takings."""
    with reading(town.engine) as session:
        return takings_balance(session, merchant_id=town.deli.merchant_id)


@pytest.fixture
def two_months(engine: Engine) -> Town:
    """A town whose resident has 10 credits of each of two months."""
    town = make_town(engine)
    town.award(1000, MAY)
    town.award(1000, JUNE)
    return town


def test_a_part_goes_back_to_the_purse_that_was_drawn_last(two_months: Town) -> None:
    reference = two_months.take(two_months.issue().token, 1200).reference

    first = give_back(two_months, reference, 150)
    assert (first.amount, first.returned) == (150, 150)
    assert two_months.purses() == {MAY: 0, JUNE: 950}
    second = give_back(two_months, reference, 350)

    assert (second.amount, second.returned) == (350, 500)
    assert two_months.purses() == {MAY: 300, JUNE: 1000}
    assert takings(two_months) == 700
    with reading(two_months.engine) as session:
        assert check_books(session) == []


def test_a_refund_cites_what_it_corrects(two_months: Town) -> None:
    redeemed = two_months.take(two_months.issue().token, 450)
    refunded = give_back(two_months, redeemed.reference, 450)

    with reading(two_months.engine) as session:
        query = select(Transaction.kind, Transaction.corrects).where(Transaction.id == refunded.transaction_id)
        assert session.execute(query).one() == ("refund", redeemed.transaction_id)


def test_no_more_than_was_taken_goes_back(two_months: Town) -> None:
    reference = two_months.take(two_months.issue().token, 450).reference
    give_back(two_months, reference, 400)

    with pytest.raises(MoreThanTaken) as refused:
        give_back(two_months, reference, 51)

    assert refused.value.left == 50
    assert takings(two_months) == 50


def test_after_a_part_the_rest_is_refunded_and_not_voided(two_months: Town) -> None:
    reference = two_months.take(two_months.issue().token, 450).reference
    run(
        two_months.engine,
        partial(
            refund,
            reference=reference,
            merchant_id=two_months.deli.merchant_id,
            amount=1,
            occasion=occasion_at(NOON),
        ),
    )

    with pytest.raises(MoreThanTaken):
        two_months.void(reference)

    assert takings(two_months) == 449


def test_what_was_voided_is_not_refunded(two_months: Town) -> None:
    reference = two_months.take(two_months.issue().token, 450).reference
    two_months.void(reference)

    with pytest.raises(AlreadyVoided):
        give_back(two_months, reference, 1)

    assert takings(two_months) == 0


@pytest.mark.parametrize("amount", [0, -1, 1.0, True])
def test_a_refund_is_a_whole_number_of_hundredths(two_months: Town, amount: object) -> None:
    reference = two_months.take(two_months.issue().token, 450).reference

    with pytest.raises(InvalidField):
        give_back(two_months, reference, amount)  # type: ignore[arg-type]  # what an attacker sends

    assert takings(two_months) == 450


def test_another_shops_redemption_is_not_found(two_months: Town) -> None:
    reference = two_months.take(two_months.issue().token, 450).reference

    with pytest.raises(NotFound):
        give_back(two_months, reference, 1, shop=two_months.baker)


def test_eight_who_refund_at_once_give_back_what_was_taken(two_months: Town) -> None:
    reference = two_months.take(two_months.issue().token, 450).reference

    def one(_number: int) -> str:
        try:
            give_back(two_months, reference, 100)
        except LedgerError as refusal:
            return refusal.code
        return "yes"

    with ThreadPoolExecutor(8) as threads:
        heard = sorted(threads.map(one, range(8)))

    assert heard == ["more_than_taken"] * 4 + ["yes"] * 4
    assert takings(two_months) == 50


@given(st.lists(st.integers(1, 500), min_size=1, max_size=6), st.lists(st.integers(1, 400), min_size=1, max_size=12))
def test_parts_give_each_purse_back_what_it_gave_in_reverse_order(drawn: list[int], asked: list[int]) -> None:
    """However a return is cut into parts, each hundredth goes back where it came from, the last drawn first."""
    total = sum(drawn)
    amounts = [amount for amount, after in zip(asked, accumulate(asked), strict=True) if after <= total]
    order = [place for place in reversed(range(len(drawn))) for _ in range(drawn[place])]
    returned = 0
    for amount in amounts:
        parts = returned_parts(drawn, returned=returned, amount=amount)
        assert [place for place, part in parts for _ in range(part)] == order[returned : returned + amount]
        returned += amount
