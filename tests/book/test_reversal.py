"""Reversal: the whole mirror of a transaction, once."""

import pytest
from sqlalchemy import Engine

from ledger.book.errors import AlreadyReversed, CannotReverse
from ledger.book.reversal import reverse
from ledger.errors import NotFound
from ledger.store import unit_of_work
from tests.book.town import balance, new_id, pay, posting, purse_of


def test_a_reversal_mirrors_every_transfer(engine: Engine) -> None:
    issuance, purse = purse_of(engine, 1000)
    with unit_of_work(engine) as session:
        mistake = pay(session.connection(), purse, issuance, 400)

    with unit_of_work(engine) as session:
        reverse(session.connection(), original=mistake.id, posting=posting())

    assert balance(engine, purse) == 1000


def test_a_transaction_is_reversed_once_and_a_reversal_never(engine: Engine) -> None:
    issuance, purse = purse_of(engine, 1000)
    with unit_of_work(engine) as session:
        mistake = pay(session.connection(), purse, issuance, 400)
    with unit_of_work(engine) as session:
        reversal = reverse(session.connection(), original=mistake.id, posting=posting())

    for original in (mistake.id, reversal.id):
        with pytest.raises(AlreadyReversed), unit_of_work(engine) as session:
            reverse(session.connection(), original=original, posting=posting())


def test_a_reversal_an_account_cannot_bear_says_how_much_it_could(engine: Engine) -> None:
    issuance, purse = purse_of(engine, 100)
    with unit_of_work(engine) as session:
        award = pay(session.connection(), issuance, purse, 1000)
        pay(session.connection(), purse, issuance, 800)

    with pytest.raises(CannotReverse) as refusal, unit_of_work(engine) as session:
        reverse(session.connection(), original=award.id, posting=posting())

    assert refusal.value.reversible == 300
    assert balance(engine, purse) == 300


def test_a_transaction_that_is_not_there_is_not_found(engine: Engine) -> None:
    with pytest.raises(NotFound), unit_of_work(engine) as session:
        reverse(session.connection(), original=new_id(), posting=posting())
