"""Many transactions at once: what they leave is what the same transactions leave one by one, to the last column."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.engine import Connection

from ledger.book import holds
from ledger.book.account_status import freeze
from ledger.book.deciding import Posted
from ledger.book.errors import AccountFrozen, InsufficientCredits, PostingMalformed, UnitsDiffer, UnknownAccount
from ledger.book.models import Balance, Entry, Transaction, Transfer
from ledger.book.posting import CHUNK, post, post_each, post_many
from ledger.book.rules import AccountId, Posting, Unit
from ledger.check_books import check_books
from ledger.errors import LedgerError
from ledger.store import reading, unit_of_work
from ledger.tables import table_of
from tests.book.town import NOON, balance, new_id, open_rollup, open_strict, pay, posting, purse_of

SEEDS = range(6)
PURSES, POSTINGS = 5, 60
MISSING = 10**9
TRANSFER_COLUMNS = ("transaction_id", "line", "debit_account", "credit_account", "amount")


class UndoneOnPurpose(Exception):
    """Ends a unit of work so that nothing of it stands."""


def books(connection: Connection) -> list[list[tuple[object, ...]]]:
    """Every row of the tables that posting writes; of transfers, all but their number and who wrote them."""
    seen = [table_of(model) for model in (Balance, Transaction, Entry)]
    transfers = table_of(Transfer)
    order = transfers.c.transaction_id, transfers.c.line
    rows = [connection.execute(select(table).order_by(*table.primary_key)) for table in seen]
    rows.append(connection.execute(select(*(transfers.c[name] for name in TRANSFER_COLUMNS)).order_by(*order)))
    in_order = connection.execute(select(*order).order_by(transfers.c.seq))
    return [[tuple(row) for row in result] for result in (*rows, in_order)]


def furnish(connection: Connection) -> list[AccountId]:
    """Accounts of every kind that a posting meets: rollups, purses with something on them, one held, one frozen."""
    issuance, shop = open_rollup(connection), open_rollup(connection, "shop")
    pounds = open_rollup(connection, "bank", Unit.GBP)
    purses = [open_strict(connection) for _ in range(PURSES)]
    for number, purse in enumerate(purses):
        pay(connection, issuance, purse, 300, at=NOON + timedelta(minutes=number))
    holds.place(connection, holds.NewHold(id=new_id(), reason="test", lines=[(purses[0], 250)], at=NOON))
    freeze(connection, account_id=purses[1], at=NOON)
    return [issuance, shop, pounds, *purses]


def random_postings(accounts: Sequence[AccountId], source: Random) -> Iterator[Posting]:
    """Postings as they come: some of several lines, some refused for each reason there is, clocks that go back."""
    for _ in range(POSTINGS):
        lines = []
        for _ in range(source.choice([1, 1, 1, 2, 3])):
            debit, credit = source.sample(accounts, 2)
            if source.random() < 0.03:
                debit = MISSING
            lines.append((debit, credit, source.choice([0, 1, 40, 120, 290])))
        made = posting(*lines, at=NOON + timedelta(minutes=source.randint(-9, 9)))
        yield replace(made, details={"note": 'a "quoted", {odd} \\ text'}, narrative='a, b {c} "d" \\ é')


def one_by_one(connection: Connection, postings: Sequence[Posting]) -> list[Posted | LedgerError]:
    """What `post` says to each."""
    said: list[Posted | LedgerError] = []
    for one in postings:
        try:
            said.append(post(connection, one))
        except LedgerError as refusal:
            said.append(refusal)
    return said


def comparable(results: Sequence[Posted | LedgerError]) -> list[object]:
    """Refusals by their code and facts, so that two of them can be told equal."""
    return [one if isinstance(one, Posted) else (type(one), str(one), vars(one)) for one in results]


@pytest.mark.parametrize("seed", SEEDS)
def test_many_at_once_leave_what_they_leave_one_by_one(engine: Engine, seed: int) -> None:
    with unit_of_work(engine) as session:
        accounts = furnish(session.connection())
    postings = list(random_postings(accounts, Random(seed)))

    with pytest.raises(UndoneOnPurpose), unit_of_work(engine) as session:
        expected = comparable(one_by_one(session.connection(), postings))
        expected_books = books(session.connection())
        raise UndoneOnPurpose
    with unit_of_work(engine) as session:
        results = comparable(post_each(session.connection(), postings))
        assert results == expected
        assert books(session.connection()) == expected_books
    with reading(engine) as session:
        assert {finding.id for finding in check_books(session)} <= {"I-07"}, "a hold that no council-tax item placed"
    refused = {said[0] for said in results if isinstance(said, tuple)}
    assert refused >= {PostingMalformed, InsufficientCredits, AccountFrozen, UnitsDiffer}
    assert any(isinstance(said, Posted) for said in results)


def test_one_refusal_refuses_them_all(engine: Engine) -> None:
    issuance, purse = purse_of(engine, 100)
    with reading(engine) as session:
        before = books(session.connection())

    with unit_of_work(engine) as session, pytest.raises(InsufficientCredits) as refused:
        post_many(session.connection(), [posting((purse, issuance, 60)), posting((purse, issuance, 60))])

    assert (refused.value.available, refused.value.needed) == (40, 60)
    with reading(engine) as session:
        assert books(session.connection()) == before


def test_a_balance_may_not_dip_in_the_middle_of_a_batch(engine: Engine) -> None:
    """The end would be fine: the order is not."""
    issuance, purse = purse_of(engine, 100)
    dips = [posting((purse, issuance, 150)), posting((issuance, purse, 80))]

    with unit_of_work(engine) as session, pytest.raises(InsufficientCredits):
        post_many(session.connection(), dips)
    with unit_of_work(engine) as session:
        results = post_each(session.connection(), dips)

    assert [type(one) for one in results] == [InsufficientCredits, Posted]
    assert balance(engine, purse) == 180


def test_what_is_held_is_not_dipped_into_either(engine: Engine) -> None:
    issuance, purse = purse_of(engine, 100)
    with unit_of_work(engine) as session:
        hold = holds.NewHold(id=new_id(), reason="test", lines=[(purse, 70)], at=NOON)
        holds.place(session.connection(), hold)

    with unit_of_work(engine) as session, pytest.raises(InsufficientCredits) as refused:
        post_many(session.connection(), [posting((purse, issuance, 31)), posting((issuance, purse, 50))])

    assert refused.value.available == 30


def test_an_unknown_account_refuses_its_own_posting_alone(engine: Engine) -> None:
    issuance, purse = purse_of(engine, 100)
    with unit_of_work(engine) as session:
        results = post_each(
            session.connection(), [posting((purse, MISSING, 1)), posting((purse, issuance, 1)), posting()]
        )

    assert [type(one) for one in results] == [UnknownAccount, Posted, PostingMalformed]
    assert balance(engine, purse) == 99


def test_nothing_at_all_is_posted(engine: Engine) -> None:
    with unit_of_work(engine) as session:
        assert post_many(session.connection(), []) == []
        assert post_each(session.connection(), []) == []


@pytest.mark.slow
def test_more_than_a_chunk_is_written_as_one(engine: Engine) -> None:
    """The versions run on over the edge of a chunk; a refusal in the second chunk takes the first back."""
    issuance, purse = purse_of(engine, 100)
    postings = [posting((issuance, purse, 1)) for _ in range(CHUNK + 5)]

    with unit_of_work(engine) as session:
        posted = post_many(session.connection(), postings)
        latest = session.execute(select(Balance.version).where(Balance.account_id == purse)).scalar_one()
    with reading(engine) as session:
        before = books(session.connection())
    again = [replace(one, id=new_id()) for one in postings]
    with unit_of_work(engine) as session, pytest.raises(InsufficientCredits):
        post_many(session.connection(), [*again, posting((purse, issuance, 10**6))])

    assert [one.id for one in posted] == [one.id for one in postings]
    assert posted[-1].balances == {purse: 100 + CHUNK + 5}
    assert latest == 1 + CHUNK + 5
    with reading(engine) as session:
        assert books(session.connection()) == before
        assert check_books(session) == []
