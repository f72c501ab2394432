"""Clients of our own: processes of threads that do one thing again and again, and how often they did it in a second."""

import multiprocessing
import os
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from random import Random
from uuid import UUID

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from ledger.book.drawing import Purses, always, given, plan_drawing, post_drawing
from ledger.book.models import Account
from ledger.book.posting import post
from ledger.book.requests import Answer, Asked, answer_or_turn, answer_values, is_first, keep_answer, record_answer
from ledger.book.rules import Line, Posting, Unit
from ledger.identifiers import reference
from ledger.occasion import Occasion
from ledger.redemption.at_once import Taking, redeem_at_once
from ledger.redemption.redemptions import Redeemed
from ledger.redemption.rules import PresentationKind
from ledger.store import make_engine, run, statements

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


def rate(load: Load) -> float:
    """How often a second the clients do it, two threads to a process."""
    context = multiprocessing.get_context("spawn")
    processes = max(1, load.clients // 2)
    ready, counted = context.Barrier(processes), context.SimpleQueue()
    started = [context.Process(target=_process, args=(load, number, ready, counted)) for number in range(processes)]
    for process in started:
        process.start()
    for process in started:
        process.join()
    return sum(counted.get() for _process_ in started) / load.seconds


def _process(load: Load, number: int, ready: "threading.Barrier", counted: "multiprocessing.SimpleQueue[int]") -> None:
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
    counted.put(sum(counts))
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
        request, now = asked(), occasion()
        debit = chance.randint(1, load.residents)
        credit = load.residents + chance.randint(1, shops) if shops else debit % load.residents + 1
        assert answer_or_turn(session.connection(), request) is None
        lines = [Line(debit=debit, credit=credit, amount=10)]
        post(session.connection(), Posting(id=now.new_id(), kind="redeem", lines=lines, at=now.now, actor=now.actor))
        record_answer(session.connection(), request, ANSWER, at=now.now)

    return lambda: run(engine, work)


def _drawing() -> object:
    """The book's own part of the one statement: a drawing on a resident's purses, and the kept answer."""
    takings = (Account.owner_id == given("shop")) & (Account.kind == always("takings")) & Account.expires_on.is_(None)
    plan = plan_drawing(owner=given("owner"), purses=Purses(kind="purse", unit=Unit.CR), credited=takings)
    posted, *rest = post_drawing(plan, kind="redeem", claim=plan.decided.alias("claim"))
    return select(posted.c.posted_at).where(is_first()).add_cte(*rest, keep_answer(posted))


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
            drawn = connection.execute(statement, values | answer_values(asked(), ANSWER))  # type: ignore[call-overload]
            assert drawn.first() is not None

    return work


def _redeemed(engine: Engine, load: Load, client: int) -> Work:
    """The till's redemption whole: code, purses, redemption, kept answer."""
    chance, codes = Random(client), iter(range(load.first_code + client, load.residents + 1, load.clients))

    def work() -> None:
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
        digest = sha256(f"t{next(codes)}".encode()).digest()
        taking = Taking(redeemed=redeemed, kind=PresentationKind.QR, digest=digest, occasion=now)
        assert redeem_at_once(engine, taking, asked=asked(), answer=ANSWER)

    return work


WORKS: dict[str, Callable[[Engine, Load, int], Work]] = {
    "pairs": partial(_posting, shops=0),
    "one shop": partial(_posting, shops=1),
    "shops": lambda engine, load, client: _posting(engine, load, client, load.shops),
    "drawing": _drawn,
    "redemption": _redeemed,
}
