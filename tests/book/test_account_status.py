"""Frozen, reopened and closed accounts: what goes on, what stops, and that each change is on record."""

import pytest
from sqlalchemy import Engine, select

from ledger.book import capturing, holds
from ledger.book.account_status import close, freeze, reopen
from ledger.book.errors import AccountClosed, AccountFrozen, AccountNotEmpty, UnknownAccount
from ledger.book.models import AccountEvent
from ledger.book.rules import AccountId
from ledger.errors import MoveRefused
from ledger.store import reading, unit_of_work
from tests.book.town import NOON, balance, new_id, open_rollup, pay, posting, purse_of


def _freeze(engine: Engine, account: AccountId) -> None:
    with unit_of_work(engine) as session:
        freeze(session.connection(), account, at=NOON)


def _events(engine: Engine, account: AccountId) -> list[str]:
    query = select(AccountEvent.event).where(AccountEvent.account_id == account).order_by(AccountEvent.id)
    with reading(engine) as session:
        return list(session.execute(query).scalars())


def _hold(engine: Engine, account: AccountId, amount: int) -> holds.NewHold:
    hold = holds.NewHold(id=new_id(), reason="test", lines=[(account, amount)], at=NOON)
    with unit_of_work(engine) as session:
        holds.place(session.connection(), hold)
    return hold


def test_a_frozen_account_is_neither_debited_nor_held(engine: Engine) -> None:
    issuance, purse = purse_of(engine, 1000)
    _freeze(engine, purse)

    with pytest.raises(AccountFrozen), unit_of_work(engine) as session:
        pay(session.connection(), purse, issuance, 100)
    with pytest.raises(AccountFrozen):
        _hold(engine, purse, 100)

    assert balance(engine, purse) == 1000


def test_credits_and_what_was_set_aside_before_go_on(engine: Engine) -> None:
    issuance, purse = purse_of(engine, 1000)
    kept, given_up = _hold(engine, purse, 300), _hold(engine, purse, 200)
    _freeze(engine, purse)

    with unit_of_work(engine) as session:
        connection = session.connection()
        pay(connection, issuance, purse, 50)
        capturing.capture(connection, hold_id=kept.id, amount=300, credit=issuance, posting=posting())
        holds.void(connection, hold_id=given_up.id, at=NOON)

    assert balance(engine, purse) == 750


def test_a_reopened_account_is_spent_from_again(engine: Engine) -> None:
    issuance, purse = purse_of(engine, 1000)
    _freeze(engine, purse)

    with unit_of_work(engine) as session:
        reopen(session.connection(), purse, at=NOON)
        pay(session.connection(), purse, issuance, 100)

    assert balance(engine, purse) == 900
    assert _events(engine, purse) == ["freeze", "reopen"]


def test_a_closed_account_is_empty_and_stays_so(engine: Engine) -> None:
    issuance, purse = purse_of(engine, 1000)
    with unit_of_work(engine) as session:
        emptied = pay(session.connection(), purse, issuance, 1000)
        close(session.connection(), purse, at=NOON, transaction_id=emptied.id)

    with pytest.raises(AccountClosed), unit_of_work(engine) as session:
        pay(session.connection(), issuance, purse, 1)
    with pytest.raises(MoveRefused), unit_of_work(engine) as session:
        reopen(session.connection(), purse, at=NOON)

    assert (balance(engine, purse), _events(engine, purse)) == (0, ["close"])


def test_an_account_with_something_on_it_or_set_aside_is_not_closed(engine: Engine) -> None:
    _issuance, purse = purse_of(engine, 1000)
    _hold(engine, purse, 1000)

    with pytest.raises(AccountNotEmpty) as refusal, unit_of_work(engine) as session:
        close(session.connection(), purse, at=NOON)

    assert (refusal.value.balance, refusal.value.held) == (1000, 1000)
    assert _events(engine, purse) == []


def test_freezing_twice_is_refused_and_recorded_once(engine: Engine) -> None:
    _issuance, purse = purse_of(engine, 1000)
    _freeze(engine, purse)

    with pytest.raises(MoveRefused):
        _freeze(engine, purse)

    assert _events(engine, purse) == ["freeze"]


def test_a_rollup_account_has_no_status(engine: Engine) -> None:
    with unit_of_work(engine) as session:
        issuance = open_rollup(session.connection())

    with pytest.raises(UnknownAccount):
        _freeze(engine, issuance)
