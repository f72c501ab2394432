"""Wallets on real databases: draw order, the last good day, expiry, caps."""

import threading
from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from sqlalchemy import Engine

from ledger.book import holds
from ledger.book.errors import InsufficientCredits
from ledger.book.posting import post
from ledger.book.rules import Line, Posting
from ledger.clock import london_date
from ledger.money import Amount
from ledger.occasion import Occasion
from ledger.store import reading, run, unit_of_work
from ledger.wallets.errors import CapReached
from ledger.wallets.operations import draw_lines, expire_purses, give_back_cap, open_purse, purses_past, use_cap
from ledger.wallets.queries import cap_used, movements_of, outstanding_by_month, outstanding_sum, wallet_of
from ledger.wallets.rules import Cap
from tests.book.town import new_id, open_rollup, pay
from tests.days import noon

JANUARY, MARCH = date(2027, 1, 31), date(2027, 3, 31)
TODAY = date(2026, 11, 23)


def _give(engine: Engine, resident: UUID, expires_on: date, amount: Amount, occasion: Occasion) -> None:
    with unit_of_work(engine) as session:
        purse = open_purse(session, resident_id=resident, expires_on=expires_on, occasion=occasion)
        pay(session.connection(), open_rollup(session.connection()), purse, amount)


def _spend(engine: Engine, resident: UUID, amount: Amount, occasion: Occasion) -> None:
    with unit_of_work(engine) as session:
        connection = session.connection()
        shop = open_rollup(connection, kind="takings")
        drawn = draw_lines(session, resident_id=resident, amount=amount, now=occasion.now)
        lines = [Line(debit=purse, credit=shop, amount=taken) for purse, taken in drawn]
        post(connection, Posting(id=occasion.new_id(), kind="redeem", lines=lines, at=occasion.now, actor="test"))


def _months(engine: Engine, resident: UUID, today: date = TODAY) -> dict[date, Amount]:
    with reading(engine) as session:
        return {
            purse.expires_on: purse.balance
            for purse in wallet_of(session, resident_id=resident, now=noon(today)).purses
        }


def test_spending_12_from_10_and_10_leaves_nothing_and_8_on_the_right_months(
    engine: Engine, occasion: Occasion
) -> None:
    resident = new_id()
    _give(engine, resident, MARCH, 1000, occasion)
    _give(engine, resident, JANUARY, 1000, occasion)

    _spend(engine, resident, 1200, occasion)

    assert _months(engine, resident) == {MARCH: 800}


@pytest.mark.parametrize(
    ("instant", "good"),
    [
        (datetime(2027, 1, 31, 23, 59, 59, 999999, tzinfo=UTC), True),
        (datetime(2027, 2, 1, 0, 0, 0, tzinfo=UTC), False),
    ],
)
def test_a_credit_is_good_through_its_last_day_in_london_and_not_a_second_longer(
    engine: Engine, occasion: Occasion, instant: datetime, good: bool
) -> None:
    resident = new_id()
    _give(engine, resident, JANUARY, 1000, occasion)

    if good:
        _spend(engine, resident, 1000, replace(occasion, now=instant))
    else:
        with pytest.raises(InsufficientCredits) as refusal:
            _spend(engine, resident, 1, replace(occasion, now=instant))
        assert refusal.value.available == 0


def test_in_summer_the_last_day_ends_at_eleven_in_the_evening_utc(engine: Engine, occasion: Occasion) -> None:
    resident = new_id()
    _give(engine, resident, date(2027, 6, 30), 1000, occasion)

    _spend(engine, resident, 400, replace(occasion, now=datetime(2027, 6, 30, 22, 59, 59, tzinfo=UTC)))
    with pytest.raises(InsufficientCredits):
        _spend(engine, resident, 400, replace(occasion, now=datetime(2027, 6, 30, 23, 0, 0, tzinfo=UTC)))


def test_a_hold_lets_neither_spend_nor_expire_what_it_holds(engine: Engine, occasion: Occasion) -> None:
    resident = new_id()
    _give(engine, resident, JANUARY, 1000, occasion)
    with unit_of_work(engine) as session:
        drawn = draw_lines(session, resident_id=resident, amount=600, now=noon(TODAY))
        hold = holds.NewHold(id=occasion.new_id(), reason="council tax", lines=drawn, at=occasion.now)
        holds.place(session.connection(), hold)

    with pytest.raises(InsufficientCredits):
        _spend(engine, resident, 401, occasion)
    with unit_of_work(engine) as session:
        past = purses_past(session, business_date=JANUARY)
        expired = expire_purses(session, purses=past, business_date=JANUARY, occasion=occasion)

    assert expired == [400]
    assert _months(engine, resident) == {JANUARY: 600}


def test_expiry_takes_nothing_that_is_still_good(engine: Engine, occasion: Occasion) -> None:
    resident = new_id()
    _give(engine, resident, JANUARY, 1000, occasion)
    _give(engine, resident, MARCH, 500, occasion)

    with unit_of_work(engine) as session:
        past = purses_past(session, business_date=JANUARY)
        expire_purses(session, purses=past, business_date=JANUARY, occasion=occasion)

    assert _months(engine, resident) == {MARCH: 500}
    with reading(engine) as session:
        assert purses_past(session, business_date=JANUARY) == []


def test_a_history_shows_each_transaction_once_with_the_balance_after_it(engine: Engine, occasion: Occasion) -> None:
    resident = new_id()
    _give(engine, resident, JANUARY, 1000, occasion)
    _give(engine, resident, MARCH, 1000, occasion)
    _spend(engine, resident, 1200, replace(occasion, now=occasion.now.replace(hour=13)))

    with reading(engine) as session:
        movements = movements_of(session, resident_id=resident)

    assert (movements[0].kind, movements[0].change) == ("redeem", -1200)
    assert movements[0].balance == 800
    assert movements[-1].balance == movements[-1].change == 1000


def test_the_newest_of_a_history_are_its_first_each_whole(engine: Engine, occasion: Occasion) -> None:
    resident = new_id()
    _give(engine, resident, JANUARY, 1000, occasion)
    _give(engine, resident, MARCH, 1000, occasion)
    _spend(engine, resident, 1200, replace(occasion, now=occasion.now.replace(hour=13)))

    with reading(engine) as session:
        every = movements_of(session, resident_id=resident)
        newest = [movements_of(session, resident_id=resident, most=most) for most in (0, 1, 2, 3, 4)]

    assert len(every) == 3
    assert newest == [every[:most] for most in (0, 1, 2, 3, 4)]


def test_outstanding_is_told_by_last_good_day_and_each_resident_counts_once(engine: Engine, occasion: Occasion) -> None:
    amina, dev = new_id(), new_id()
    _give(engine, amina, JANUARY, 1000, occasion)
    _give(engine, amina, MARCH, 500, occasion)
    _give(engine, dev, MARCH, 250, occasion)

    with reading(engine) as session:
        months = outstanding_by_month(session, today=TODAY)
        residents = outstanding_sum(session, first=TODAY).residents

    assert [(one.expires_on, one.balance, one.residents) for one in months] == [(JANUARY, 1000, 1), (MARCH, 750, 2)]
    assert residents == 2


def _count(engine: Engine, owner: UUID, used: int) -> bool:
    try:
        run(
            engine,
            lambda session: use_cap(session, owner_id=owner, cap=Cap.EARNED_A_WEEK, day=TODAY, used=used, limit=4000),
        )
    except CapReached:
        return False
    return True


def test_a_cap_counts_up_to_its_limit_and_says_what_is_left(engine: Engine) -> None:
    owner = new_id()
    assert _count(engine, owner, 3500)

    with pytest.raises(CapReached) as refusal, unit_of_work(engine) as session:
        use_cap(session, owner_id=owner, cap=Cap.EARNED_A_WEEK, day=TODAY, used=501, limit=4000)

    assert (refusal.value.left, refusal.value.limit) == (500, 4000)


def test_a_cap_given_back_may_be_used_again(engine: Engine) -> None:
    owner = new_id()
    assert _count(engine, owner, 4000)
    with unit_of_work(engine) as session:
        give_back_cap(session, owner_id=owner, cap=Cap.EARNED_A_WEEK, day=TODAY, used=4000)

    assert _count(engine, owner, 4000)


def test_many_at_once_never_pass_a_cap(engine: Engine) -> None:
    owner = new_id()
    counted: list[bool] = []
    threads = [threading.Thread(target=lambda: counted.append(_count(engine, owner, 1000))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert counted.count(True) == 4
    with reading(engine) as session:
        assert cap_used(session, owner_id=owner, cap=Cap.EARNED_A_WEEK, day=TODAY) == 4000


def test_an_occasion_knows_what_day_it_is_in_london(occasion: Occasion) -> None:
    late = datetime(2027, 3, 31, 23, 30, tzinfo=UTC)

    assert replace(occasion, now=late).today == london_date(late) == date(2027, 4, 1)
