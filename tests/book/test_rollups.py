"""Rollup accounts: their subtotals lose nobody who is slow, and one that must not fall below 0 does not."""

import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from ledger.book.errors import InsufficientCredits
from ledger.book.models import Rollup
from ledger.book.posting import post, post_each
from ledger.book.rollups import advance_rollups, rebuild_rollups, rollup_balance
from ledger.book.rules import AccountId
from ledger.check_books import check_books
from ledger.errors import LedgerError
from ledger.outages import Busy
from ledger.store import reading, run, unit_of_work
from tests.book.town import open_rollup, open_strict, pay, posting

DEBITS, EACH = 32, 100


@pytest.fixture
def accounts(engine: Engine) -> tuple[AccountId, AccountId, AccountId]:
    """The issuance account and two shops; the first shop has 1,000."""
    with unit_of_work(engine) as session:
        connection = session.connection()
        issuance, first, second = (open_rollup(connection, kind) for kind in ("issuance", "one", "another"))
        pay(connection, issuance, first, 1_000)
    return issuance, first, second


def held(engine: Engine, account: AccountId) -> int:
    """What a rollup account holds."""
    with reading(engine) as session:
        return rollup_balance(session.connection(), account)


def subtotal(engine: Engine, account: AccountId) -> tuple[int, int]:
    """Its subtotal: credited and debited."""
    with reading(engine) as session:
        row = session.execute(select(Rollup.credited, Rollup.debited).where(Rollup.account_id == account)).one()
    return row.credited, row.debited


def advance(engine: Engine) -> None:
    """Take subtotals, as the night does."""
    run(engine, lambda session: advance_rollups(session.connection()))


def reaches(engine: Engine, account: AccountId, amounts: tuple[int, int]) -> bool:
    """Whether a subtotal comes to these amounts: a horizon waits for whatever the server does for other tests."""
    deadline = time.monotonic() + 30
    while subtotal(engine, account) != amounts and time.monotonic() < deadline:
        advance(engine)
    return subtotal(engine, account) == amounts


def test_a_subtotal_holds_what_was_posted_and_the_rest_is_added(
    engine: Engine, accounts: tuple[AccountId, AccountId, AccountId]
) -> None:
    issuance, first, second = accounts
    with unit_of_work(engine) as session:
        pay(session.connection(), first, second, 250)

    assert reaches(engine, first, (1_000, 250))
    assert reaches(engine, second, (250, 0))
    with unit_of_work(engine) as session:
        pay(session.connection(), issuance, first, 7)

    assert subtotal(engine, first) == (1_000, 250)
    assert [held(engine, account) for account in accounts] == [-1_007, 757, 250]
    assert reaches(engine, first, (1_007, 250))
    with reading(engine) as session:
        assert check_books(session) == []


def test_who_is_slower_than_a_neighbour_is_not_lost(
    engine: Engine, accounts: tuple[AccountId, AccountId, AccountId]
) -> None:
    """B26: the first to draw its `seq` is the last to be committed, after a subtotal was taken."""
    issuance, first, second = accounts
    if engine.dialect.name == "sqlite":
        slow = None  # one writer at a time: nobody is between drawing a seq and committing it
    else:
        slow = Session(engine)
        pay(slow.connection(), issuance, first, 30)
    with unit_of_work(engine) as session:
        pay(session.connection(), issuance, second, 5)

    advance(engine)
    assert held(engine, first) == 1_000
    if slow is not None:
        slow.commit()
        slow.close()
    assert held(engine, first) == (1_000 if slow is None else 1_030)
    advance(engine)
    assert held(engine, first) == (1_000 if slow is None else 1_030)
    with reading(engine) as session:
        assert check_books(session) == []


def test_subtotals_are_taken_anew_from_the_transfers(
    engine: Engine, accounts: tuple[AccountId, AccountId, AccountId]
) -> None:
    """After a logical restore the horizon of another cluster means nothing."""
    assert reaches(engine, accounts[1], (1_000, 0))
    with unit_of_work(engine) as session:
        session.execute(Rollup.__table__.update().values(through=10**15, credited=1))

    run(engine, lambda session: rebuild_rollups(session.connection()))

    assert held(engine, accounts[1]) == 1_000
    assert reaches(engine, accounts[1], (1_000, 0))


def outcomes(engine: Engine, works: list[Callable[[Session], object]]) -> Counter[str]:
    """What each of these hears, eight at a time; who hears that the database is busy asks again."""

    def answer(work: Callable[[Session], object]) -> str:
        while True:
            try:
                run(engine, work)
            except Busy:
                continue
            except LedgerError as refusal:
                return refusal.code
            return "yes"

    with ThreadPoolExecutor(8) as threads:
        return Counter(threads.map(answer, works))


@pytest.mark.slow
@pytest.mark.parametrize("subtotals", [False, True])
def test_thirty_two_debits_of_a_rollup_that_may_not_fall_below_0_stop_there(
    engine: Engine, accounts: tuple[AccountId, AccountId, AccountId], subtotals: bool
) -> None:
    """B25: lock and sum in one statement, and the sum is older than the wait; this ended at -600."""
    issuance, first, second = accounts
    if subtotals:
        advance(engine)
    with unit_of_work(engine) as session:
        purse = open_strict(session.connection())

    def debit(target: AccountId) -> Callable[[Session], object]:
        one = replace(posting((first, target, EACH)), floors=frozenset({first}))
        return lambda session: post(session.connection(), one)

    works = [debit(purse if number % 2 else second) for number in range(DEBITS)]
    meanwhile: list[Callable[[Session], object]] = [
        (lambda session: pay(session.connection(), issuance, second, 1)) for _ in range(DEBITS)
    ]
    heard = outcomes(engine, [work for pair in zip(works, meanwhile, strict=True) for work in pair])

    assert heard == {"yes": 10 + DEBITS, InsufficientCredits.code: DEBITS - 10}
    assert held(engine, first) == 0
    with reading(engine) as session:
        assert check_books(session) == []


def test_a_floor_holds_among_many_too_and_between_two_lines(
    engine: Engine, accounts: tuple[AccountId, AccountId, AccountId]
) -> None:
    issuance, first, second = accounts
    floors = frozenset({first})
    with unit_of_work(engine) as session:
        results = post_each(
            session.connection(),
            [
                replace(posting((first, second, 600)), floors=floors),
                replace(posting((first, second, 600)), floors=floors),
                replace(posting((first, second, 401), (issuance, first, 1)), floors=floors),
                replace(posting((issuance, first, 1), (first, second, 401)), floors=floors),
            ],
        )

    refused = [(one.available, one.needed) if isinstance(one, InsufficientCredits) else None for one in results]
    assert refused == [None, (400, 600), (400, 401), None]
    assert held(engine, first) == 0


def test_a_floor_counts_what_those_before_it_took_without_asking_for_one(
    engine: Engine, accounts: tuple[AccountId, AccountId, AccountId]
) -> None:
    """They were decided in one go; the model of the book found that they were not counted."""
    _issuance, first, second = accounts
    asks, does_not = posting((first, second, 600)), posting((first, second, 600))
    with unit_of_work(engine) as session:
        results = post_each(
            session.connection(),
            [does_not, replace(asks, floors=frozenset({first})), posting((second, first, 1))],
        )

    assert isinstance(results[1], InsufficientCredits)
    assert held(engine, first) == 401
