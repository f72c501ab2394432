"""An account at its ceiling takes nothing more, is not changed by being asked, and sums stay exact (AM-02)."""

from dataclasses import dataclass

import pytest
from sqlalchemy import Engine, func, select, text, update
from sqlalchemy.exc import IntegrityError

from ledger.book.errors import CeilingReached, PostingMalformed
from ledger.book.models import CEILING, Balance, Transfer
from ledger.book.posting import post
from ledger.book.queries import trial_balance
from ledger.book.rollups import rollup_balance
from ledger.book.rules import AccountId
from ledger.money import MOST_IN_ONE_TRANSFER
from ledger.schema import metadata
from ledger.store import constraint_name, reading, unit_of_work
from tests.book.rows import contents
from tests.book.town import balance, open_rollup, open_strict, pay, posting, purse_of

pytestmark = pytest.mark.slow


@dataclass(frozen=True, slots=True, kw_only=True)
class Full:
    """A purse that holds all that one may, and where it came from."""

    engine: Engine
    issuance: AccountId
    purse: AccountId


@pytest.fixture
def full(engine: Engine) -> Full:
    issuance, purse = purse_of(engine, MOST_IN_ONE_TRANSFER - 5)
    with unit_of_work(engine) as session:
        pay(session.connection(), issuance, purse, 5)
    return Full(engine=engine, issuance=issuance, purse=purse)


def everything(engine: Engine) -> dict[str, object]:
    """Every row of every table."""
    return {table.name: contents(engine, table) for table in metadata().sorted_tables}


@pytest.mark.parametrize("more", [1, 100, MOST_IN_ONE_TRANSFER])
def test_a_full_account_takes_nothing_more_and_nothing_is_written(full: Full, more: int) -> None:
    before = everything(full.engine)

    with pytest.raises(CeilingReached) as refusal, unit_of_work(full.engine) as session:
        pay(session.connection(), full.issuance, full.purse, more)

    assert refusal.value.ceiling == MOST_IN_ONE_TRANSFER
    assert everything(full.engine) == before


def test_not_even_between_two_lines_that_together_would_fit(full: Full) -> None:
    before = everything(full.engine)

    with pytest.raises(CeilingReached), unit_of_work(full.engine) as session:
        lines = ((full.issuance, full.purse, 1), (full.purse, full.issuance, 1))
        post(session.connection(), posting(*lines))

    assert everything(full.engine) == before


def test_a_full_account_may_pay_and_then_takes_as_much_again(full: Full) -> None:
    with unit_of_work(full.engine) as session:
        pay(session.connection(), full.purse, full.issuance, 7)
        pay(session.connection(), full.issuance, full.purse, 7)

    assert balance(full.engine, full.purse) == MOST_IN_ONE_TRANSFER


def test_more_than_the_ceiling_is_no_amount_at_all(engine: Engine) -> None:
    with pytest.raises(PostingMalformed):
        purse_of(engine, MOST_IN_ONE_TRANSFER + 1)


def test_sums_over_a_thousand_full_accounts_are_exact(engine: Engine) -> None:
    """10^15 and seven: floats would have it still, 32 bits would not; the issuance sums as far below nothing."""
    with unit_of_work(engine) as session:
        connection = session.connection()
        issuance = open_rollup(connection)
        purses = [open_strict(connection) for _number in range(1_000)]
        post(connection, posting(*((issuance, purse, MOST_IN_ONE_TRANSFER) for purse in purses)))
        pay(connection, issuance, open_strict(connection), 7)

    with reading(engine) as session:
        connection = session.connection()
        assert int(connection.execute(select(func.sum(Transfer.amount))).scalar_one()) == 10**15 + 7
        assert rollup_balance(connection, issuance) == -(10**15) - 7
        assert {line.kind: line.balance for line in trial_balance(connection)} == {
            "issuance": -(10**15) - 7,
            "purse": 10**15 + 7,
        }


def test_the_database_itself_keeps_what_was_ever_credited_within_what_sums_exactly(full: Full) -> None:
    """One who writes past the library meets the CHECK at 10^15, far inside 64 bits."""
    beyond = update(Balance).where(Balance.account_id == full.purse).values(credited=CEILING + 1)

    with pytest.raises(IntegrityError) as refusal, unit_of_work(full.engine) as session:
        session.execute(beyond)

    assert constraint_name(refusal.value) == "ck_balances_credited"


@pytest.mark.parametrize("amount", ["0", "-1", "1000000000001", str(2**63 - 1)])
def test_the_database_itself_refuses_a_transfer_out_of_range(full: Full, amount: str) -> None:
    copy = (
        "INSERT INTO transfers (transaction_id, line, debit_account, credit_account, amount) "
        f"SELECT transaction_id, 2, debit_account, credit_account, {amount} FROM transfers LIMIT 1"
    )

    with pytest.raises(IntegrityError) as refusal, unit_of_work(full.engine) as session:
        session.execute(text(copy))

    assert constraint_name(refusal.value) == "ck_transfers_amount"
