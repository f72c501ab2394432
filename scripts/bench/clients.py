"""Clients of our own: processes of threads that do one thing again and again, and how often they did it in a second."""

import multiprocessing
import os
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from random import Random
from uuid import UUID

from sqlalchemy import Engine, literal_column, select
from sqlalchemy.orm import Session

from ledger.book.drawing import Purses, always, given, insert_from, plan_drawing, post_drawing
from ledger.book.models import Account
from ledger.book.posting import post
from ledger.book.requests import Answer, Asked, answer_or_turn, answer_values, is_first, keep_answer, record_answer
from ledger.book.rules import Line, Posting, Unit
from ledger.identifiers import reference
from ledger.notices.models import Notice
from ledger.occasion import Occasion
from ledger.prepared import Prepared
from ledger.redemption.at_once import Taking, redeem_at_once, redemption_parts, values_of
from ledger.redemption.redemptions import Redeemed
from ledger.redemption.rules import PresentationKind
from ledger.store import make_engine, run, statements
from scripts.bench.figures import Taken
from scripts.bench.memory import peak

BODY = b'{"amount":450,"at":"2026-11-23T12:00:00Z","reference":"7K2M-9QF"}'
ANSWER = Answer(status=201, content_type="application/json", body=BODY)
WARM_UP = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What clients do: where, what (a name of `WORKS`), among how many residents and shops, and from which code on."""

    url: str
    work: str
    residents: int
    shops: int
    clients: int
    seconds: float
    first_code: int = 1


def rate(load: Load) -> Taken:
    """How often a second the clients do it, two threads to a process, and the memory of the largest process."""
    context = multiprocessing.get_context("spawn")
    processes = max(1, load.clients // 2)
    ready, counted = context.Barrier(processes), context.SimpleQueue()
    started = [context.Process(target=_process, args=(load, number, ready, counted)) for number in range(processes)]
    for process in started:
        process.start()
    for process in started:
        process.join()
    done = [counted.get() for _process_ in started]
    return Taken(value=sum(count for count, _ in done) / load.seconds, peak_memory=max(most for _, most in done))


def _process(
    load: Load, number: int, ready: "threading.Barrier", counted: "multiprocessing.SimpleQueue[tuple[int, float]]"
) -> None:
    engine = make_engine(load.url)
    threads = min(2, load.clients)
    counts = [0] * threads
    together = threading.Barrier(threads, action=ready.wait)

    def client(thread: int) -> None:
        work = WORKS[load.work](engine, load, number * threads + thread)
        for _time in range(WARM_UP):
            work()
        together.wait()
        until = time.perf_counter() + load.seconds
        while time.perf_counter() < until:
            work()
            counts[thread] += 1

    started = [threading.Thread(target=client, args=[thread]) for thread in range(threads)]
    for one in started:
        one.start()
    for one in started:
        one.join()
    counted.put((sum(counts), peak()))
    engine.dispose()


Work = Callable[[], object]


def asked() -> Asked:
    """A request of its own."""
    return Asked(principal="till:1", key=secrets.token_hex(16), route="POST /", digest=sha256(BODY).digest())


def named(kind: int, number: int) -> UUID:
    """Whom the town's SQL gave this number."""
    return UUID(f"{kind:08x}-0000-7000-8000-{number:012x}")


def occasion() -> Occasion:
    """Now, with the system's randomness."""
    return Occasion(now=datetime.now(UTC), actor="till:1", token_bytes=os.urandom)


def _posting(engine: Engine, load: Load, client: int, shops: int) -> Work:
    """A unit of work that posts one transfer and keeps the answer: among purses, or to one of so many shops."""
    chance = Random(client)

    def work(session: Session) -> None:
        connection, request, now = session.connection(), asked(), occasion()
        debit = chance.randint(1, load.residents)
        credit = load.residents + chance.randint(1, shops) if shops else debit % load.residents + 1
        assert answer_or_turn(connection, request) is None
        lines = [Line(debit=debit, credit=credit, amount=10)]
        post(connection, Posting(id=now.new_id(), kind="redeem", lines=lines, at=now.now, actor=now.actor))
        record_answer(connection, request, ANSWER, at=now.now)

    return lambda: run(engine, work)


def _drawing() -> Prepared:
    """The book's own part of the one statement: a drawing on a resident's purses, and the kept answer."""
    takings = (Account.owner_id == given("shop")) & (Account.kind == always("takings")) & Account.expires_on.is_(None)
    plan = plan_drawing(owner=given("owner"), purses=Purses(kind="purse", unit=Unit.CR), credited=takings)
    posted, *rest = post_drawing(plan, kind="redeem", claim=plan.decided.alias("claim"))
    return Prepared(select(posted.c.posted_at).where(is_first()).add_cte(*rest, keep_answer(posted)))


def _drawn(engine: Engine, load: Load, client: int) -> Work:
    chance, statement = Random(client), _drawing()

    def work() -> None:
        now = occasion()
        values = {
            "owner": named(1, chance.randint(1, load.residents)),
            "shop": named(2, chance.randint(1, load.shops)),
            "amount": 10,
            "today": now.today,
            "transaction_id": now.new_id(),
            "at": now.now,
            "actor": now.actor,
            "details": {"redemption": "0"},
        }
        with statements(engine) as connection:
            assert statement(connection, values | answer_values(asked(), ANSWER)).first() is not None

    return work


def _redeemed(engine: Engine, load: Load, client: int) -> Work:
    """The till's redemption whole: code, purses, redemption, kept answer."""
    takings = _takings(load, client)

    def work() -> None:
        assert redeem_at_once(engine, next(takings), asked=asked(), answer=ANSWER)

    return work


def _redeemed_and_told(engine: Engine, load: Load, client: int) -> Work:
    """As `_redeemed`, and in the same statement a notice."""
    takings, statement, sealed = _takings(load, client), _redemption_and_told(), os.urandom(400)

    def work() -> None:
        taking = next(takings)
        told = {"notice_id": taking.occasion.new_id(), "sealed": sealed}
        values = values_of(taking) | answer_values(asked(), ANSWER) | told
        with statements(engine) as connection:
            assert statement(connection, values).first() is not None

    return work


def _redemption_and_told() -> Prepared:
    posted, *rest = redemption_parts()
    at = posted.c.posted_at
    notice = {
        Notice.id: given("notice_id"),
        Notice.topic: always("redeemed"),
        Notice.payload: given("sealed"),
        Notice.at: at,
        Notice.attempts: literal_column("0"),
        Notice.next_at: at,
    }
    return Prepared(select(at).add_cte(*rest, insert_from(Notice, notice, posted).cte("told")))


def _takings(load: Load, client: int) -> Iterator[Taking]:
    """A client's own codes, each to be taken once by any shop."""
    chance = Random(client)
    for code in range(load.first_code + client, load.residents + 1, load.clients):
        now, shop = occasion(), chance.randint(1, load.shops)
        redeemed = Redeemed(
            id=now.new_id(),
            reference=reference(os.urandom),
            amount=10,
            at=now.now,
            merchant_id=named(2, shop),
            till_id=named(4, shop),
            operator_id=named(3, shop),
            transaction_id=now.new_id(),
        )
        digest = sha256(f"t{code}".encode()).digest()
        yield Taking(redeemed=redeemed, kind=PresentationKind.QR, digest=digest, occasion=now)


WORKS: dict[str, Callable[[Engine, Load, int], Work]] = {
    "pairs": partial(_posting, shops=0),
    "one shop": partial(_posting, shops=1),
    "shops": lambda engine, load, client: _posting(engine, load, client, load.shops),
    "drawing": _drawn,
    "redemption": _redeemed,
    "redemption, told": _redeemed_and_told,
}
