"""Posting: whole, balanced, bounded, or refused with nothing written."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine, select, text, update

from ledger.book.errors import (
    AccountClosed,
    AccountFrozen,
    CeilingReached,
    InsufficientCredits,
    PostingMalformed,
    UnitsDiffer,
    UnknownAccount,
)
from ledger.book.models import Balance, Entry, Transaction, Transfer
from ledger.book.posting import post
from ledger.book.queries import trial_balance
from ledger.book.rollups import rollup_balance
from ledger.book.rules import Line, Status, Unit
from ledger.store import reading, unit_of_work
from tests.book.town import NOON, balance, open_rollup, open_strict, pay, posting, purse_of


def _rows(engine: Engine) -> tuple[int, int, int]:
    with reading(engine) as session:
        return tuple(len(session.execute(select(model.__table__)).all()) for model in (Transaction, Transfer, Entry))


def test_a_transfer_moves_value_and_the_books_still_sum_to_nothing(engine: Engine) -> None:
    issuance, purse = purse_of(engine, 1250)

    with unit_of_work(engine) as session:
        shop = open_rollup(session.connection(), kind="takings")
        pay(session.connection(), purse, shop, 450)

    assert balance(engine, purse) == 800
    with reading(engine) as session:
        connection = session.connection()
        assert rollup_balance(connection, issuance) == -1250
        assert rollup_balance(connection, shop) == 450
        assert sum(line.balance for line in trial_balance(connection)) == 0


def test_entries_are_numbered_and_carry_the_running_balance(engine: Engine) -> None:
    issuance, purse = purse_of(engine, 1000)
    with unit_of_work(engine) as session:
        pay(session.connection(), purse, issuance, 300)
        pay(session.connection(), issuance, purse, 50)

    with reading(engine) as session:
        entries = session.execute(
            select(Entry.version, Entry.change, Entry.balance).where(Entry.account_id == purse).order_by(Entry.version)
        ).all()

    assert [tuple(entry) for entry in entries] == [(1, 1000, 1000), (2, -300, 700), (3, 50, 750)]


def test_nobody_spends_more_than_there_is_and_nothing_is_written(engine: Engine) -> None:
    issuance, purse = purse_of(engine, 500)
    before = _rows(engine)

    with pytest.raises(InsufficientCredits) as refusal, unit_of_work(engine) as session:
        pay(session.connection(), purse, issuance, 501)

    assert (refusal.value.available, refusal.value.needed) == (500, 501)
    assert _rows(engine) == before


def test_a_balance_may_not_dip_even_between_two_lines(engine: Engine) -> None:
    issuance, purse = purse_of(engine, 100)

    with pytest.raises(InsufficientCredits), unit_of_work(engine) as session:
        post(session.connection(), posting((purse, issuance, 150), (issuance, purse, 200)))

    assert balance(engine, purse) == 100


def test_the_database_itself_refuses_a_balance_below_what_is_held(engine: Engine) -> None:
    _issuance, purse = purse_of(engine, 100)

    with pytest.raises(Exception, match="ck_balances_floor"), unit_of_work(engine) as session:
        session.connection().execute(update(Balance).where(Balance.account_id == purse).values(debited=101))


@pytest.mark.parametrize("amount", [0, -1, 10**12 + 1, 1.5, True, "5", None])
def test_an_amount_that_is_no_whole_number_in_range_is_refused_before_any_look_up(amount: object) -> None:
    malformed = replace(posting(), lines=[Line(debit=1, credit=2, amount=amount)])

    with pytest.raises(PostingMalformed):
        post(None, malformed)


def test_a_transaction_has_a_transfer_and_no_account_pays_itself() -> None:
    with pytest.raises(PostingMalformed):
        post(None, posting())
    with pytest.raises(PostingMalformed):
        post(None, posting((7, 7, 100)))
    with pytest.raises(PostingMalformed):
        post(None, replace(posting((1, 2, 100)), at=datetime(2026, 11, 23, 12, 0)))  # noqa: DTZ001 (naive on purpose)


def test_units_never_mix(engine: Engine) -> None:
    with pytest.raises(UnitsDiffer), unit_of_work(engine) as session:
        connection = session.connection()
        pay(connection, open_rollup(connection), open_rollup(connection, kind="payable", unit=Unit.GBP), 100)


def test_an_account_nobody_opened_is_refused(engine: Engine) -> None:
    issuance, _purse = purse_of(engine, 100)

    with pytest.raises(UnknownAccount), unit_of_work(engine) as session:
        pay(session.connection(), issuance, 999_999, 100)


def test_a_strict_account_without_its_balance_row_is_never_taken_for_a_rollup(
    engine: Engine, owner_engine: Engine
) -> None:
    issuance, purse = purse_of(engine, 100)
    with owner_engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("ALTER TABLE balances DISABLE TRIGGER USER"))
        else:
            connection.execute(text("DROP TRIGGER balances_no_delete"))
        connection.execute(text("DELETE FROM balances WHERE account_id = :purse"), {"purse": purse})

    with pytest.raises(UnknownAccount), unit_of_work(engine) as session:
        pay(session.connection(), purse, issuance, 10**9)


def test_an_account_holds_at_most_the_ceiling(engine: Engine) -> None:
    issuance, purse = purse_of(engine, 10**12)

    with pytest.raises(CeilingReached), unit_of_work(engine) as session:
        pay(session.connection(), issuance, purse, 1)


@pytest.mark.parametrize(("status", "refusal"), [(Status.FROZEN, AccountFrozen), (Status.CLOSED, AccountClosed)])
def test_a_frozen_account_may_be_credited_not_debited_and_a_closed_one_neither(
    engine: Engine, status: Status, refusal: type[Exception]
) -> None:
    issuance, purse = purse_of(engine, 100)
    with unit_of_work(engine) as session:
        session.connection().execute(update(Balance).where(Balance.account_id == purse).values(status=status))

    with pytest.raises(refusal), unit_of_work(engine) as session:
        pay(session.connection(), purse, issuance, 10)
    if status is Status.FROZEN:
        with unit_of_work(engine) as session:
            pay(session.connection(), issuance, purse, 10)
        assert balance(engine, purse) == 110


def test_recorded_instants_never_fall_as_an_accounts_version_rises(engine: Engine) -> None:
    issuance, purse = purse_of(engine, 100)

    with unit_of_work(engine) as session:
        posted = pay(session.connection(), issuance, purse, 10, at=NOON - timedelta(seconds=5))

    assert posted.posted_at == NOON


def test_half_past_eleven_utc_on_31_march_is_the_new_financial_year_in_london(engine: Engine) -> None:
    issuance, purse = purse_of(engine, 100)

    with unit_of_work(engine) as session:
        posted = pay(session.connection(), issuance, purse, 10, at=datetime(2027, 3, 31, 23, 30, tzinfo=UTC))

    with reading(engine) as session:
        effective_on = session.execute(select(Transaction.effective_on).where(Transaction.id == posted.id)).scalar_one()
    assert effective_on == date(2027, 4, 1)


def test_an_owner_has_one_account_of_a_kind_and_one_purse_a_month(engine: Engine) -> None:
    with unit_of_work(engine) as session:
        connection = session.connection()
        assert open_rollup(connection) == open_rollup(connection)
        assert open_strict(connection, expires_on=date(2027, 1, 31)) != open_strict(
            connection, expires_on=date(2027, 1, 31)
        )
