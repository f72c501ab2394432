"""A till takes an amount by a code, once, or says why not."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import Engine

from ledger.book.errors import AccountFrozen, InsufficientCredits
from ledger.book.holds import NewHold, place
from ledger.errors import InvalidField, LedgerError
from ledger.redemption.errors import (
    CodeAlreadyRedeemed,
    CodeExpired,
    CodeInvalid,
    CodeRevoked,
    CodeSuperseded,
    OverCap,
    OverTillLimit,
)
from ledger.redemption.queries import takings_balance
from ledger.store import reading, unit_of_work
from ledger.wallets.operations import draw_lines, purses_past
from tests.redemption.town import JUNE, MAY, NOON, Shop, Town, later, make_town, occasion_at


def takings(town: Town, shop: Shop) -> int:
    """What stands on a shop's takings."""
    with reading(town.engine) as session:
        return takings_balance(session, merchant_id=shop.merchant_id)


def test_a_till_takes_an_amount_by_the_token_of_a_qr(town: Town) -> None:
    redeemed = town.take(town.issue().token, 450)

    assert (redeemed.amount, redeemed.at) == (450, NOON)
    assert town.purses() == {MAY: 1550}
    assert takings(town, town.deli) == 450


@pytest.mark.parametrize("before", ["HTTPS://CREDITS.EXAMPLE.ORG/P/", "https://credits.example.org:8443/p/", "/P/"])
def test_a_till_takes_the_address_that_the_qr_holds(town: Town, before: str) -> None:
    assert town.take(before + town.issue().token, 450).amount == 450


def test_a_till_takes_the_short_code_as_people_type_it(town: Town) -> None:
    assert town.take(town.issue().short_code.lower().replace("-", " "), 450).amount == 450


def test_spending_draws_on_the_purse_that_ends_first(engine: Engine) -> None:
    town = make_town(engine)
    town.award(1000, MAY)
    town.award(1000, JUNE)

    town.take(town.issue().token, 1200)

    assert town.purses() == {MAY: 0, JUNE: 800}


def test_a_used_code_is_refused_with_the_shops_own_receipt(town: Town) -> None:
    token = town.issue().token
    redeemed = town.take(token, 450)

    with pytest.raises(CodeAlreadyRedeemed) as refused:
        town.take(token, 450, now=later(1))

    assert refused.value.reference == redeemed.reference
    assert town.purses() == {MAY: 1550}


def test_another_shop_learns_nothing_of_the_first_use(town: Town) -> None:
    token = town.issue().token
    town.take(token, 450)

    with pytest.raises(CodeAlreadyRedeemed) as refused:
        town.take(token, 450, now=later(1), shop=town.baker)

    assert vars(refused.value) == {"reference": None}
    assert refused.value.args == ("this code has been redeemed",)
    assert (town.purses(), takings(town, town.baker)) == ({MAY: 1550}, 0)


def test_a_qr_is_good_to_its_last_second_by_the_servers_clock(town: Town) -> None:
    code = town.issue()
    for seconds in (60, 61):
        with pytest.raises(CodeExpired):
            town.take(code.token, 450, now=later(seconds))

    assert town.take(code.token, 450, now=later(59)).amount == 450


def test_a_short_code_is_good_for_two_minutes(town: Town) -> None:
    code = town.issue()
    with pytest.raises(CodeExpired):
        town.take(code.short_code, 450, now=later(120))

    assert town.take(code.short_code, 450, now=later(119)).amount == 450


def test_a_used_code_stays_used_after_its_end(town: Town) -> None:
    code = town.issue()
    redeemed = town.take(code.token, 450)

    with pytest.raises(CodeAlreadyRedeemed) as refused:
        town.take(code.token, 450, now=later(3600))

    assert refused.value.reference == redeemed.reference


def test_more_than_the_cap_is_refused_and_the_code_stays_good(town: Town) -> None:
    token = town.issue(cap=1000).token
    with pytest.raises(OverCap) as refused:
        town.take(token, 1001)

    assert vars(refused.value) == {"amount": 1001}
    assert town.take(token, 1000).amount == 1000


def test_a_code_that_was_partly_used_is_used(town: Town) -> None:
    token = town.issue().token
    town.take(token, 500)

    with pytest.raises(CodeAlreadyRedeemed):
        town.take(token, 500)

    assert town.purses() == {MAY: 1500}


def test_a_till_takes_at_most_20_at_once(town: Town) -> None:
    with pytest.raises(OverTillLimit) as refused:
        town.take(town.issue().token, 2001)

    assert refused.value.limit == 2000


@pytest.mark.parametrize("amount", [0, -1])
def test_a_till_takes_at_least_a_hundredth(town: Town, amount: int) -> None:
    with pytest.raises(InvalidField):
        town.take(town.issue().token, amount)


def test_a_frozen_residents_code_is_refused(town: Town) -> None:
    token = town.issue().token
    town.freeze()

    with pytest.raises(AccountFrozen):
        town.take(token, 450, now=later(1))

    assert town.purses() == {MAY: 2000}


def test_a_superseded_and_a_revoked_code_are_refused(town: Town) -> None:
    first, second = town.issue(), town.issue(later(1))
    town.not_me(second, later(2))

    refusals: list[type[LedgerError]] = []
    for token in (first.token, second.token):
        with pytest.raises(LedgerError) as refused:
            town.take(token, 450, now=later(3))
        refusals.append(refused.type)

    assert refusals == [CodeSuperseded, CodeRevoked]


def test_a_token_nobody_was_given_is_refused(town: Town) -> None:
    with pytest.raises(CodeInvalid) as refused:
        town.take("0" * 26, 450)

    assert refused.value.reason == "unknown"


def test_what_went_meanwhile_is_not_taken_and_the_code_stays_good(town: Town) -> None:
    token = town.issue().token
    with unit_of_work(town.engine) as session:
        drawn = draw_lines(session, resident_id=town.resident_id, amount=2000, now=NOON)
        hold = NewHold(id=occasion_at(NOON).new_id(), reason="council_tax", lines=drawn, at=NOON)
        place(session.connection(), hold)

    with pytest.raises(InsufficientCredits) as refused:
        town.take(token, 450)

    assert (refused.value.available, refused.value.needed) == (0, 450)
    town.award(1000, JUNE)
    assert town.take(token, 450).amount == 450


@pytest.mark.parametrize(
    ("last_second", "last_day"),
    [
        (datetime(2027, 7, 31, 22, 59, 59, tzinfo=UTC), date(2027, 7, 31)),
        (datetime(2027, 1, 31, 23, 59, 59, tzinfo=UTC), date(2027, 1, 31)),
    ],
    ids=["summer", "winter"],
)
def test_a_credit_is_good_through_its_last_day_in_london_and_not_a_second_longer(
    engine: Engine, last_second: datetime, last_day: date
) -> None:
    town = make_town(engine)
    town.award(1000, last_day)
    town.award(100, JUNE)

    town.take(town.issue(last_second).token, 400, now=last_second)
    assert town.purses() == {last_day: 600, JUNE: 100}

    midnight = datetime.fromtimestamp(last_second.timestamp() + 1, UTC)
    code = town.issue(midnight)
    assert code.cap == 100
    with pytest.raises(OverCap):
        town.take(code.token, 101, now=midnight)
    with unit_of_work(town.engine) as session:
        assert len(purses_past(session, business_date=last_day)) == 1, "the nightly run has not been yet"
