"""Many at once on the same accounts: one takes the whole, no deadlock reaches a caller, readers see one total."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from random import Random

import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from ledger.book.errors import InsufficientCredits
from ledger.book.models import Balance, Transfer
from ledger.book.posting import post
from ledger.book.queries import trial_balance
from ledger.book.rollups import rollup_balance
from ledger.book.rules import AccountId
from ledger.errors import LedgerError
from ledger.outages import Busy
from ledger.store import FOR_COMMANDS, make_engine, reading, run, unit_of_work
from tests.book.town import balance, open_rollup, open_strict, pay, posting, purse_of

pytestmark = pytest.mark.slow

THREADS = 8
EACH_WAY = 500
WHOLE = 12_345
TELLERS, MOVES, READERS = 4, 120, 3
ACCOUNTS, EACH = 10, 1_000
OTHERS = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")


def answer_to(engine: Engine, work: Callable[[Session], object]) -> str:
    """What a caller learns: yes, or the code of the refusal. Anything else, a deadlock above all, is raised."""
    try:
        run(engine, work)
    except LedgerError as refusal:
        return refusal.code
    return "yes"


def until_taken(engine: Engine, work: Callable[[Session], object]) -> str:
    """The answer, asked for again while the database is too busy, as a caller is told to."""
    while (answer := answer_to(engine, work)) == Busy.code:
        continue
    return answer


def in_threads(count: int, work: Callable[[int], str]) -> Counter[str]:
    """The answers to so many calls, eight at a time."""
    with ThreadPoolExecutor(THREADS) as threads:
        return Counter(threads.map(work, range(count)))


def test_of_fifty_attempts_at_the_whole_balance_one_succeeds(engine: Engine) -> None:
    _, purse = purse_of(engine, WHOLE)
    with unit_of_work(engine) as session:
        shops = [open_rollup(session.connection(), kind="takings-a"), open_strict(session.connection(), kind="budget")]

    answers = in_threads(
        50, lambda number: until_taken(engine, lambda session: pay_from(session, purse, shops[number % 2], WHOLE))
    )

    assert answers == {"yes": 1, InsufficientCredits.code: 49}
    assert balance(engine, purse) == 0
    with reading(engine) as session:
        connection = session.connection()
        reached = rollup_balance(connection, shops[0]) + balance(engine, shops[1])
        assert reached == WHOLE
        assert connection.execute(select(func.count()).select_from(Transfer)).scalar_one() == 2


def pay_from(session: Session, debit: AccountId, credit: AccountId, amount: int) -> None:
    """Post one transfer in this unit of work."""
    pay(session.connection(), debit, credit, amount)


def deadlocks(engine: Engine) -> int:
    """How many PostgreSQL counted in this test's database; SQLite, which has one writer at a time, has none."""
    if engine.dialect.name != "postgresql":
        return 0
    engine.dispose()
    with reading(engine) as session:
        deadline = time.monotonic() + 10
        while session.execute(OTHERS).scalar_one() and time.monotonic() < deadline:
            time.sleep(0.01)  # who leaves hands in what it counted as it goes
        query = text("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return int(session.execute(query).scalar_one())


@pytest.mark.parametrize("lines", [1, 2])
def test_five_hundred_there_against_five_hundred_back_meet_no_deadlock(engine: Engine, lines: int) -> None:
    """Also where each posting touches the accounts twice, in the order that is not the order of their numbers."""
    issuance, first = purse_of(engine, 100_000)
    with unit_of_work(engine) as session:
        second = open_strict(session.connection())
        pay(session.connection(), issuance, second, 100_000)
    ways = [(first, second), (second, first)]

    def move(number: int) -> str:
        debit, credit = ways[number % 2]
        there = [(debit, credit, 3), (credit, debit, 1)][:lines]
        return until_taken(engine, lambda session: post(session.connection(), posting(*there)))

    assert in_threads(2 * EACH_WAY, move) == {"yes": 2 * EACH_WAY}
    assert (balance(engine, first), balance(engine, second)) == (100_000, 100_000)
    assert deadlocks(engine) == 0


def test_postings_of_the_same_many_accounts_never_wait_for_each_other_in_a_ring(engine: Engine) -> None:
    """Whatever the order of their lines: each locks all it touches in ascending number, so that one of them goes on."""
    issuance, first = purse_of(engine, 1_000)
    with unit_of_work(engine) as session:
        connection = session.connection()
        purses = [first, *(open_strict(connection) for _ in range(39))]
        for purse in purses[1:]:
            pay(connection, issuance, purse, 1_000)
    met = threading.Barrier(TELLERS)

    def move(teller: int) -> None:
        order = purses[::-1] if teller % 2 else purses
        for _ in range(15):
            met.wait(timeout=5)
            run(engine, lambda session: post(session.connection(), posting(*((purse, issuance, 1) for purse in order))))

    with ThreadPoolExecutor(TELLERS) as threads:
        list(threads.map(move, range(TELLERS)))
    assert {balance(engine, purse) for purse in purses} == {1_000 - 15 * TELLERS}
    assert deadlocks(engine) == 0


def test_who_waits_for_an_account_has_locked_those_of_lower_number_and_none_above(postgres_url: str) -> None:
    """B10, and the reason why nobody waits in a ring; SQLite, which has one writer at a time, has no such locks."""
    engine = make_engine(postgres_url, patience=FOR_COMMANDS)
    issuance, first = purse_of(engine, 1_000)
    with unit_of_work(engine) as session:
        purses = [first, *(open_strict(session.connection()) for _ in range(39))]
    order = [*purses[::2], *purses[1::2]]
    many = posting(*((issuance, purse, 1) for purse in order))

    with ThreadPoolExecutor(1) as threads:
        with unit_of_work(engine) as neighbour:
            neighbour.execute(select(Balance).where(Balance.account_id == purses[20]).with_for_update())
            waits = threads.submit(run, engine, lambda session: post(session.connection(), many))
            free = free_while_one_waits(engine)
        waits.result(timeout=10)
    engine.dispose()

    assert free == purses[21:]


def free_while_one_waits(engine: Engine) -> list[AccountId]:
    """The accounts that nobody has locked, once somebody waits for a lock."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with unit_of_work(engine) as session:
            if session.execute(WAITING).scalar_one():
                query = select(Balance.account_id).order_by(Balance.account_id).with_for_update(skip_locked=True)
                return list(session.execute(query).scalars())
    raise AssertionError("nobody came to wait")


def test_a_deadlock_that_the_order_of_locks_cannot_prevent_is_tried_again(engine: Engine) -> None:
    """Two units of work post twice each, in opposite order; both callers hear yes, and neither that it is busy.

    PostgreSQL breaks the deadlock after a second (`deadlock_timeout`), a little before a wait for a lock ends.
    """
    issuance, first = purse_of(engine, 1_000)
    with unit_of_work(engine) as session:
        second = open_strict(session.connection())
        pay(session.connection(), issuance, second, 1_000)
    begun = Counter[int]()
    met = threading.Barrier(2)

    def move(number: int) -> str:
        order = [first, second] if number else [second, first]

        def work(session: Session) -> None:
            begun[number] += 1
            pay_from(session, order[0], issuance, 10)
            if begun[number] == 1 and session.get_bind().dialect.name == "postgresql":
                met.wait(timeout=5)
            pay_from(session, order[1], issuance, 10)

        return answer_to(engine, work)

    with ThreadPoolExecutor(2) as threads:
        assert list(threads.map(move, range(2))) == ["yes", "yes"]
    assert (balance(engine, first), balance(engine, second)) == (980, 980)
    if engine.dialect.name == "postgresql":
        assert sum(begun.values()) > 2


def test_readers_see_one_total_while_transfers_run(engine: Engine) -> None:
    """A bank: value moves among strict accounts and through a rollup account; what is seen sums to what was issued."""
    with unit_of_work(engine) as session:
        connection = session.connection()
        issuance, clearing = open_rollup(connection), open_rollup(connection, kind="clearing")
        accounts = [open_strict(connection) for _number in range(ACCOUNTS)]
        post(connection, posting(*((issuance, account, EACH) for account in accounts)))
    done = threading.Event()

    with ThreadPoolExecutor(TELLERS + READERS) as threads:
        readers = [threads.submit(watch, engine, done) for _reader in range(READERS)]
        tellers = [threads.submit(teller, engine, accounts, clearing, number) for number in range(TELLERS)]
        moved = sum((one.result() for one in tellers), Counter[str]())
        done.set()
        seen = [totals for reader in readers for totals in reader.result()]

    assert set(moved) <= {"yes", InsufficientCredits.code}
    assert moved["yes"] > TELLERS * MOVES / 2
    assert len(seen) >= READERS
    assert set(seen) == {(ACCOUNTS * EACH, 0)}


def teller(engine: Engine, accounts: list[AccountId], clearing: AccountId, number: int) -> Counter[str]:
    """Moves at random: from one account to another at once, or by way of the rollup account; the answers."""
    chance, answers = Random(number), Counter[str]()
    for _move in range(MOVES):
        debit, credit = chance.sample(accounts, 2)
        amount, through = chance.randint(1, EACH // 3), chance.random() < 0.5
        lines = [(debit, clearing, amount), (clearing, credit, amount)] if through else [(debit, credit, amount)]
        answers[until_taken(engine, lambda session, lines=lines: post(session.connection(), posting(*lines)))] += 1
    return answers


def watch(engine: Engine, done: threading.Event) -> list[tuple[int, int]]:
    """What a reader sees until the transfers end, at least once."""
    seen = []
    while not (seen and done.is_set()):
        with reading(engine) as session:
            seen.append(totals(session))
    return seen


def totals(session: Session) -> tuple[int, int]:
    """What strict accounts hold, and what the trial balance comes to: each asked in one statement, one snapshot."""
    connection = session.connection()
    strict = connection.execute(select(func.sum(Balance.credited - Balance.debited))).scalar_one()
    return int(strict), sum(line.balance for line in trial_balance(connection))
