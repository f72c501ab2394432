"""Holds: set aside, then captured, voided or expired, once."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select

from ledger.book import capturing, holds
from ledger.book.errors import HoldEnded, HoldTooSmall, InsufficientCredits
from ledger.book.models import Balance, Entry, HoldEnd
from ledger.book.rules import AccountId, Ending
from ledger.store import reading, run, unit_of_work
from tests.book.town import NOON, balance, new_id, open_strict, pay, posting, purse_of


def _held(engine: Engine, account: AccountId) -> int:
    with reading(engine) as session:
        return session.execute(select(Balance.held).where(Balance.account_id == account)).scalar_one()


def _place(engine: Engine, *lines: tuple[AccountId, int], expires_at: object = None) -> holds.NewHold:
    hold = holds.NewHold(id=new_id(), reason="test", lines=lines, at=NOON, expires_at=expires_at)
    with unit_of_work(engine) as session:
        holds.place(session.connection(), hold)
    return hold


def test_what_is_held_cannot_be_spent(engine: Engine) -> None:
    issuance, purse = purse_of(engine, 1000)
    _place(engine, (purse, 600))

    with pytest.raises(InsufficientCredits) as refusal, unit_of_work(engine) as session:
        pay(session.connection(), purse, issuance, 401)

    assert refusal.value.available == 400


def test_nor_held_twice(engine: Engine) -> None:
    _issuance, purse = purse_of(engine, 1000)
    _place(engine, (purse, 600))

    with pytest.raises(InsufficientCredits):
        _place(engine, (purse, 401))

    assert _held(engine, purse) == 600


def test_a_capture_takes_its_part_in_draw_order_and_frees_the_rest(engine: Engine) -> None:
    issuance, earlier = purse_of(engine, 1000)
    with unit_of_work(engine) as session:
        later = open_strict(session.connection())
        pay(session.connection(), issuance, later, 1000)
    hold = _place(engine, (earlier, 1000), (later, 500))

    with unit_of_work(engine) as session:
        capturing.capture(session.connection(), hold_id=hold.id, amount=1200, credit=issuance, posting=posting())

    assert (balance(engine, earlier), balance(engine, later)) == (0, 800)
    assert (_held(engine, earlier), _held(engine, later)) == (0, 0)


def test_a_void_frees_all_and_moves_no_version(engine: Engine) -> None:
    _issuance, purse = purse_of(engine, 1000)
    hold = _place(engine, (purse, 600))

    with unit_of_work(engine) as session:
        holds.void(session.connection(), hold_id=hold.id, at=NOON)

    assert _held(engine, purse) == 0
    with reading(engine) as session:
        assert session.execute(select(Entry.version).where(Entry.account_id == purse)).scalars().all() == [1]


def test_a_capture_takes_at_most_the_hold(engine: Engine) -> None:
    issuance, purse = purse_of(engine, 1000)
    hold = _place(engine, (purse, 600))

    with pytest.raises(HoldTooSmall), unit_of_work(engine) as session:
        capturing.capture(session.connection(), hold_id=hold.id, amount=601, credit=issuance, posting=posting())


def test_an_expired_hold_cannot_be_captured_though_no_job_has_run(engine: Engine) -> None:
    issuance, purse = purse_of(engine, 1000)
    hold = _place(engine, (purse, 600), expires_at=NOON + timedelta(seconds=90))

    with pytest.raises(HoldEnded), unit_of_work(engine) as session:
        late = posting(at=NOON + timedelta(seconds=90))
        capturing.capture(session.connection(), hold_id=hold.id, amount=600, credit=issuance, posting=late)


def test_a_hold_leaves_open_exactly_once_however_many_try(engine: Engine) -> None:
    issuance, purse = purse_of(engine, 1000)
    hold = _place(engine, (purse, 600))
    endings: list[str] = []

    def capture() -> None:
        try:
            run(
                engine,
                lambda session: capturing.capture(
                    session.connection(), hold_id=hold.id, amount=600, credit=issuance, posting=posting()
                ),
            )
            endings.append(Ending.CAPTURED)
        except HoldEnded:
            endings.append("refused")

    def void() -> None:
        try:
            run(engine, lambda session: holds.void(session.connection(), hold_id=hold.id, at=NOON))
            endings.append(Ending.VOIDED)
        except HoldEnded:
            endings.append("refused")

    threads = [threading.Thread(target=target) for target in (capture, void, capture, void, capture, void)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(endings).count("refused") == 5
    assert _held(engine, purse) == 0
    with reading(engine) as session:
        assert len(session.execute(select(HoldEnd.hold_id)).all()) == 1
