"""The book against its model: every operation and every refusal, the same answers from both databases and from it."""

import random
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import seed as hypothesis_seed
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test
from sqlalchemy import Engine, select

from ledger.book import errors
from ledger.book.models import Entry, HoldEnd, Transfer
from ledger.check_books import check_books
from ledger.errors import LedgerError, MoveRefused
from ledger.store import make_engine, reading
from tests import databases
from tests.drawn import SEED
from tests.long_table import record
from tests.model import operations as ask
from tests.model.generated import ACCOUNTS, BEGIN, Generated
from tests.model.operations import OPERATIONS, Answer, Move, Operation
from tests.model.reference import Reference
from tests.model.world import World

pytestmark = pytest.mark.slow

PARTS, OF_EACH, OF_EACH_OF_THE_LONG_TIER = 4, 5_000, 25_000
CHECK_EVERY = 1_000
STRICT, CREDITS = range(2, 7), range(7)
LINES = st.tuples(st.integers(0, 8), st.integers(0, 8), st.integers(-1, 500))
MOVES = st.lists(st.builds(Move, lines=st.lists(LINES, max_size=3).map(tuple)), min_size=1, max_size=4)
KEYS = st.none() | st.sampled_from(["one key", "another key"])
LEFT_TO_THE_FEATURES = {"I-07", "I-23", "I-27", "I-31"}
"""What the book alone does not hold: that a hold is a feature's, that a business date is the night's, that what is
taken back stands beside what it is taken from, and that a rollup account has a ceiling."""


class Together:
    """The model and some databases, asked the same."""

    def __init__(self, engines: Sequence[Engine]) -> None:
        self.reference, self.worlds = Reference(), [World(engine) for engine in engines]
        self.asked: Counter[str] = Counter()
        self.heard: Counter[str] = Counter()

    def do(self, operation: Operation) -> Answer:
        """The one answer of them all."""
        expected = self.reference.do(operation)
        for world in self.worlds:
            assert world.do(operation) == expected, (SEED, world.engine.dialect.name, operation)
        self.asked[type(operation).__name__] += 1
        self.heard.update(codes_in(expected))
        return expected

    def check(self) -> None:
        """Balances are the model's, and the books are whole."""
        expected = [
            (one["balance"], one["held"], one["status"]) for one in self.reference.state.accounts if one["strict"]
        ]
        for world in self.worlds:
            assert world.balances() == expected, SEED
            with reading(world.engine) as session:
                assert {finding.id for finding in check_books(session)} <= LEFT_TO_THE_FEATURES, SEED


def codes_in(answer: object) -> list[str]:
    """Every refusal in an answer, also of the items of many."""
    if not isinstance(answer, tuple) or not answer:
        return []
    if answer[0] == "refused":
        return [str(answer[1])]
    return [code for part in answer for code in codes_in(part)]


def rows(engine: Engine) -> list[list[tuple[object, ...]]]:
    """What the databases must hold alike, row by row: ids are drawn alike, and numbers given in order."""
    queries = [
        select(Entry.version, Entry.transaction_id, Entry.line, Entry.change, Entry.balance, Entry.headroom),
        select(Transfer.transaction_id, Transfer.line, Transfer.amount),
        select(HoldEnd.hold_id, HoldEnd.ending, HoldEnd.transaction_id),
    ]
    with reading(engine) as session:
        return [sorted(map(tuple, session.execute(query)), key=repr) for query in queries]


def run_generated(engines: Sequence[Engine], seed: str, count: int) -> Together:
    """So many operations, drawn by a seed."""
    together = Together(engines)
    generated = Generated(together.reference, seed)
    for operation in generated.opening():
        together.do(operation)
    for number in range(count):
        together.do(generated.next())
        if number % CHECK_EVERY == CHECK_EVERY - 1:
            together.check()
    together.check()
    return together


def every_refusal_of_the_book() -> set[str]:
    """The codes of ledger.book.errors, and of a status that has no such move."""
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, LedgerError)]
    return {kind.code for kind in kinds if kind is not LedgerError} | {MoveRefused.code}


class BookMachine(RuleBasedStateMachine):
    """Hypothesis draws the operations, and shrinks those that lead to two answers to the fewest."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        copy = shutil.copyfile(databases.sqlite_template(), Path(self.folder.name, "book.sqlite"))
        self.together = Together([make_engine(f"sqlite:///{copy}")])
        self.at = BEGIN
        for unit, mode in ACCOUNTS:
            self.together.do(ask.OpenAccount(at=BEGIN, unit=unit, mode=mode))

    def teardown(self) -> None:
        """Look once more, and leave nothing behind."""
        self.together.check()
        self.together.worlds[0].engine.dispose()
        self.folder.cleanup()

    @rule(seconds=st.sampled_from([60, 3_600, 86_400 * 20, -7_200]))
    def time_passes(self, seconds: int) -> None:
        """The clock goes on, or back."""
        self.at += timedelta(seconds=seconds)

    @rule(moves=MOVES, at_once=st.sampled_from(["post", "many", "each"]), key=KEYS)
    def post(self, moves: list[Move], at_once: str, key: str | None) -> None:
        """Post one transaction, or several."""
        if at_once == "post":
            self.together.do(ask.Post(at=self.at, key=key, move=moves[0]))
        elif at_once == "many":
            self.together.do(ask.PostMany(at=self.at, key=key, moves=tuple(moves)))
        else:
            self.together.do(ask.PostEach(at=self.at, key=key, moves=tuple(moves)))

    @rule(account=st.sampled_from(STRICT), amount=st.integers(1, 300), lasts=st.sampled_from([None, 60, 7_200]))
    def place(self, account: int, amount: int, lasts: int | None) -> None:
        """Set value aside."""
        expires_at = None if lasts is None else self.at + timedelta(seconds=lasts)
        self.together.do(ask.Place(at=self.at, lines=((account, amount),), expires_at=expires_at))

    @precondition(lambda self: self.together.reference.state.holds)
    @rule(data=st.data(), amount=st.integers(0, 300), credit=st.sampled_from(CREDITS), voids=st.booleans())
    def end_a_hold(self, data: st.DataObject, amount: int, credit: int, voids: bool) -> None:
        """Take from a hold, or free it."""
        hold = data.draw(st.integers(0, len(self.together.reference.state.holds) - 1))
        if voids:
            self.together.do(ask.Void(at=self.at, hold=hold))
        else:
            self.together.do(ask.Capture(at=self.at, hold=hold, amount=amount, credit=credit))

    @precondition(lambda self: self.together.reference.state.transactions)
    @rule(data=st.data())
    def reverse(self, data: st.DataObject) -> None:
        """Take a transaction back."""
        number = data.draw(st.integers(0, len(self.together.reference.state.transactions) - 1))
        self.together.do(ask.Reverse(at=self.at, transaction=number))

    @rule(account=st.sampled_from(STRICT), event=st.sampled_from(["freeze", "reopen", "close"]))
    def change_status(self, account: int, event: str) -> None:
        """Freeze, reopen or close an account."""
        self.together.do(ask.ChangeStatus(at=self.at, account=account, event=event))

    @rule(back=st.integers(0, 2), opens=st.booleans())
    def close_or_reopen_a_month(self, back: int, opens: bool) -> None:
        """Close one of the last months, or open it again."""
        month = (self.at.date().replace(day=15) - timedelta(days=30 * back)).replace(day=1)
        self.together.do((ask.ReopenMonth if opens else ask.CloseMonth)(at=self.at, month=month))

    @rule(account=st.sampled_from(STRICT), hours=st.integers(0, 100))
    def look(self, account: int, hours: int) -> None:
        """Ask what stood earlier, and end what has expired."""
        then = self.at - timedelta(hours=hours)
        self.together.do(ask.Sweep(at=self.at))
        self.together.do(ask.LookAt(at=self.at, account=account, recorded=then, effective=then.date()))


def test_the_book_is_its_model_by_whatever_hypothesis_draws() -> None:
    few = settings(max_examples=25, stateful_step_count=30, deadline=None, database=None, print_blob=True)
    run_state_machine_as_test(hypothesis_seed(SEED)(BookMachine), settings=few)


@pytest.fixture
def engines(sqlite_url: str, postgres_url: str) -> Iterator[list[Engine]]:
    """Both databases, side by side."""
    made = [make_engine(sqlite_url), make_engine(postgres_url)]
    yield made
    for engine in made:
        engine.dispose()


@pytest.mark.parametrize("shuffle", range(5))
def test_in_any_order_and_however_often_each_key_is_done_once(engines: list[Engine], shuffle: int) -> None:
    """Void before capture, capture after void, twice, late: one of them ends the hold, as limits allow (§3.5)."""
    together, chance = Together(engines), random.Random(f"{SEED} {shuffle}")
    for unit, mode in ACCOUNTS:
        together.do(ask.OpenAccount(at=BEGIN, unit=unit, mode=mode))
    together.do(ask.Post(at=BEGIN, move=Move(lines=((0, 2, 500),))))
    for lasts in (None, 1, 3_600):
        expires_at = None if lasts is None else BEGIN + timedelta(seconds=lasts)
        together.do(ask.Place(at=BEGIN, lines=((2, 100),), expires_at=expires_at))
    later = BEGIN + timedelta(minutes=1)
    late: list[Operation] = [
        *(ask.Post(at=later, key=f"spend {n}", move=Move(lines=((2, 1, 60),))) for n in range(5)),
        *(ask.Capture(at=later, key=f"capture {n}", hold=n, amount=80, credit=1) for n in range(3)),
        *(ask.Void(at=later, key=f"void {n}", hold=n) for n in range(3)),
        ask.Sweep(at=later),
    ]
    several = [operation for operation in late for _time in range(3)]
    chance.shuffle(several)

    answers: dict[str, set[Answer]] = {}
    for operation in several:
        answers.setdefault(operation.key or "", set()).add(together.do(operation))

    assert all(len(heard) == 1 for key, heard in answers.items() if key)
    state = together.reference.state
    assert [hold["ending"] in ("captured", "voided", "expired") for hold in state.holds] == [True] * 3
    assert state.accounts[2]["balance"] - state.accounts[2]["held"] >= 0
    together.check()
    assert rows(engines[0]) == rows(engines[1])


def check_part(engines: Sequence[Engine], part: int, count: int) -> None:
    together = run_generated(engines, f"{SEED} {part}", count)
    record(
        f"model of the book, part {part}", operations=together.asked.total(), refused=together.heard.total(), seed=SEED
    )
    assert rows(engines[0]) == rows(engines[1])
    assert set(together.asked) == {kind.__name__ for kind in OPERATIONS}
    assert every_refusal_of_the_book() - set(together.heard) == set()


@pytest.mark.parametrize("part", range(PARTS))
def test_databases_and_model_answer_alike(engines: list[Engine], part: int) -> None:
    check_part(engines, part, OF_EACH)


@pytest.mark.long
@pytest.mark.parametrize("part", range(PARTS))
def test_databases_and_model_answer_alike_for_long(engines: list[Engine], part: int) -> None:
    check_part(engines, part, OF_EACH_OF_THE_LONG_TIER)
