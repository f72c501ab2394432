"""The wire to PostgreSQL is cut, slowed and silenced: each request is done once, and answered in time (L3, F5, F6).

What is cut around COMMIT is asked for again with the same key, as a till does, until the answer is final.
"""

import itertools
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from flask import Blueprint
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from ledger.book.models import Request, Transaction
from ledger.book.rules import AccountId
from ledger.check_books import check_books
from ledger.outages import OutcomeUnknown
from ledger.people.rules import Realm
from ledger.redemption.models import Redemption
from ledger.redemption.redemptions import open_takings
from ledger.store import make_engine, reading, run, unit_of_work
from shared_web.guards import guard_api
from shared_web.idempotency import answered_once
from tests.book.town import open_rollup, pay, purse_of
from tests.drawn import SEED
from tests.harness.proxy import Fault, Message, Proxy, Way, no_fault, proxy_before
from tests.long_table import record
from tests.merchant_portal.deli import REDEMPTIONS, Customer, Deli
from tests.service import settings_for
from tests.web_town import Visitor, WebTown

pytestmark = pytest.mark.slow

CUTS, CUTS_OF_THE_LONG_TIER = 200, 1_000
AMOUNT, CREDITS, PAID_IN_AT_FIRST = 10, 1_000_000, 1
PAYMENTS = "/merchant/api/v1/payments"
IN_TIME = 3.0
PLACES = [(way, fault) for way in Way for fault in (Fault.CUT_BEFORE, Fault.CUT_AFTER)]


@dataclass(kw_only=True)
class AroundCommit:
    """Break the wire so many times where work is committed: at the message that asks for it, or at its answer.

    Work is committed by COMMIT, or by the end of the one statement that keeps the answer to a sale with the sale.
    """

    way: Way
    fault: Fault
    times: int
    committing: set[int] = field(default_factory=set)
    keeping: set[int] = field(default_factory=set)

    def __call__(self, message: Message) -> Fault | None:
        """What happens at this message."""
        if message.way is Way.FROM_CLIENT:
            asks = self._asks_to_commit(message)
            return self._break() if asks and self.way is Way.FROM_CLIENT else None
        if message.connection not in self.committing or self.way is Way.FROM_CLIENT:
            return None
        self.committing.discard(message.connection)
        return self._break()

    def _asks_to_commit(self, message: Message) -> bool:
        if message.kind == b"B" and b'"at":' in message.whole:
            self.keeping.add(message.connection)
        asks = message.kind == b"S" and message.connection in self.keeping
        if asks or message.whole == b"Q\x00\x00\x00\x0bCOMMIT\x00":
            self.committing.add(message.connection)
            self.keeping.discard(message.connection)
            return True
        return False

    def _break(self) -> Fault | None:
        if not self.times:
            return None
        self.times -= 1
        return self.fault


@dataclass(kw_only=True)
class AtMessage:
    """Break the wire at the message of this number, counted over all connections and both ways."""

    number: int
    fault: Fault
    seen: Iterator[int] = field(default_factory=itertools.count)

    def __call__(self, _message: Message) -> Fault | None:
        """What happens at this message."""
        return self.fault if next(self.seen) == self.number else None


@dataclass(kw_only=True)
class Shop:
    """A shop whose till reaches its database by a proxy, a customer with enough, and the keys of what was asked."""

    proxy: Proxy
    town: WebTown
    deli: Deli = field(init=False)
    customer: Customer = field(init=False)
    till: Visitor = field(init=False)
    headers: dict[str, str] = field(init=False)
    accounts: tuple[AccountId, AccountId] = field(init=False)
    keys: Iterator[int] = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        api = guard_api(Blueprint("payments", __name__, url_prefix=PAYMENTS), Realm.MERCHANT)
        api.add_url_rule("", "pay", answered_once(self._pay), methods=["POST"])
        self.town.app.register_blueprint(api)
        self.accounts = purse_of(self.town.engine, CREDITS)
        self.deli, self.customer = Deli(town=self.town), Customer(town=self.town, credits_=CREDITS)
        self.town.work(lambda session: open_takings(session, merchant_id=self.deli.id, occasion=self.town.occasion()))
        self.till = self.deli.till()
        page = self.till.get("/merchant/menu").text
        self.headers = {"X-CSRFToken": page.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]}

    def sale(self) -> Callable[[], TestResponse]:
        """A sale that a till asks for, as often as this is called."""
        return self._request(REDEMPTIONS, {"amount": AMOUNT, "code": self.customer.code().token})

    def void(self, reference: str) -> Callable[[], TestResponse]:
        """The undoing of a sale, likewise."""
        return self._request(f"{REDEMPTIONS}/{reference}/void", {})

    def payment(self) -> Callable[[], TestResponse]:
        """A payment that nothing but its key keeps from being made twice."""
        return self._request(PAYMENTS, {})

    def _pay(self, session: Session) -> ResponseReturnValue:
        issuance, purse = self.accounts
        pay(session.connection(), purse, issuance, 1)
        return {"paid": 1}, 201

    def _request(self, path: str, body: dict[str, object]) -> Callable[[], TestResponse]:
        headers = {**self.headers, "Idempotency-Key": f"a-key-of-this-test-{next(self.keys)}"}
        return lambda: self.till.client.post(path, json=body, headers=headers)

    def ask_under(
        self, fault: Callable[[Message], Fault | None], ask: Callable[[], TestResponse]
    ) -> list[TestResponse]:
        """The answers to a request whose first try meets this fault, the last of them final."""
        self.proxy.fault = fault
        answers = [ask()]
        self.proxy.fault = no_fault
        while answers[-1].status_code == 503:
            assert answers[-1].headers["Retry-After"]
            assert len(answers) < 5, "the wire is whole again"
            answers.append(ask())
        return answers


@pytest.fixture
def shop(postgres_url: str, tmp_path: Path) -> Iterator[Shop]:
    """The shop, on PostgreSQL, whose wire it is."""
    data = tmp_path / "data"
    data.mkdir()
    with proxy_before(make_url(postgres_url)) as proxy:
        url = proxy.url(make_url(postgres_url)).render_as_string(hide_password=False)
        town = WebTown(settings=settings_for(database_url=url, data=data))
        yield Shop(proxy=proxy, town=town)
        town.engine.dispose()


def assert_done_once(shop: Shop, *, sales: int, voids: int = 0, payments: int = 0) -> None:
    """Each key has its answer, each answer its transaction, and the books are whole."""
    with reading(shop.town.engine) as session:
        kinds = dict(session.execute(select(Transaction.kind, func.count()).group_by(Transaction.kind)).all())
        done = tuple(kinds.get(kind, 0) for kind in ("redeem", "void", "move"))
        assert done == (sales, voids, payments + PAID_IN_AT_FIRST)
        assert session.execute(select(func.count()).select_from(Redemption)).scalar_one() == sales
        assert session.execute(select(func.count()).select_from(Request)).scalar_one() == sales + voids + payments
        assert check_books(session) == []
    assert shop.customer.has() == CREDITS - AMOUNT * (sales - voids)


def cut_around_commit(shop: Shop, cuts: int) -> None:
    """Cut so many times around the commits of sales (one statement), their undoing and payments (units of work)."""
    chance, left, unknown, rounds = random.Random(SEED), cuts, 0, 0
    while left > 0:
        reference = ""
        for name in ("sale", "void", "payment"):
            way, fault = chance.choice(PLACES)
            around = AroundCommit(way=way, fault=fault, times=min(chance.choice([1, 1, 2]), max(left, 1)))
            planned = around.times
            answers = shop.ask_under(around, shop.void(reference) if name == "void" else getattr(shop, name)())
            left -= planned - around.times
            assert planned > around.times, "the wire was cut"
            assert answers[-1].status_code in (200, 201), (SEED, name, way, fault, answers[-1].text)
            assert {answer.json["code"] for answer in answers[:-1]} <= {"unknown"}, (SEED, name, way, fault)
            unknown += len(answers) - 1
            reference = answers[-1].json.get("reference", "")
        rounds += 1
    assert_done_once(shop, sales=rounds, voids=rounds, payments=rounds)
    assert unknown
    record("cuts around COMMIT", cuts=cuts, told_unknown=unknown, done_twice=0, lost=0, seed=SEED)


def test_what_is_cut_around_commit_is_done_once(shop: Shop) -> None:
    cut_around_commit(shop, CUTS)


@pytest.mark.long
def test_a_thousand_cuts_around_commit(shop: Shop) -> None:
    cut_around_commit(shop, CUTS_OF_THE_LONG_TIER)


@pytest.mark.parametrize("fault", [Fault.CUT_BEFORE, Fault.CUT_AFTER])
def test_a_sale_that_is_cut_at_any_message_is_done_once(shop: Shop, fault: Fault) -> None:
    for number in itertools.count():
        at = AtMessage(number=number, fault=fault)
        answers = shop.ask_under(at, shop.sale())
        assert answers[-1].status_code == 201, (number, answers[-1].text)
        if next(at.seen) <= number:
            break
    assert number > 20
    assert_done_once(shop, sales=number + 1)


def test_without_a_key_work_is_done_twice_so_these_cuts_can_be_seen(postgres_url: str) -> None:
    """The same cuts, and a caller that tries again blindly."""
    with proxy_before(make_url(postgres_url)) as proxy:
        engine = make_engine(proxy.url(make_url(postgres_url)))
        _issuance, purse = purse_of(engine, 100)
        with unit_of_work(engine) as session:
            shop = open_rollup(session.connection(), kind="takings")
        proxy.fault = AroundCommit(way=Way.FROM_SERVER, fault=Fault.CUT_BEFORE, times=1)
        for _blindly in range(2):
            try:
                run(engine, lambda session: pay(session.connection(), purse, shop, 10))
                break
            except OutcomeUnknown:
                continue
        with reading(engine) as session:
            assert session.execute(select(func.count()).select_from(Transaction)).scalar_one() == 3
        engine.dispose()


def timed(ask: Callable[[], TestResponse]) -> tuple[TestResponse, float]:
    """An answer, and the seconds it took."""
    began = time.monotonic()
    answer = ask()
    return answer, time.monotonic() - began


@pytest.mark.parametrize("way", list(Way))
def test_a_network_that_swallows_everything_is_told_in_time(shop: Shop, way: Way) -> None:
    """First the connections that stand are silent; then a new one is, too."""
    sale = shop.sale()
    shop.proxy.fault = lambda message: Fault.SWALLOW if message.way is way else None
    for ask in (sale, sale, lambda: shop.till.client.get("/readyz"), lambda: shop.till.client.get("/merchant/takings")):
        answer, seconds = timed(ask)
        assert (answer.status_code, seconds < IN_TIME) == (503, True), (seconds, answer.text)
    assert shop.till.client.get("/healthz").status_code == 200
    shop.proxy.fault = no_fault
    assert sale().status_code == 201
    assert_done_once(shop, sales=1)


def test_a_server_that_takes_nobody_is_told_at_once(shop: Shop) -> None:
    sale = shop.sale()
    shop.town.engine.dispose()
    shop.proxy.refusing = True
    answer, seconds = timed(sale)
    assert (answer.status_code, answer.json["code"]) == (503, "unavailable")
    assert seconds < IN_TIME
    assert shop.till.client.get("/readyz").json == {"state": "no database"}
    shop.proxy.refusing = False
    assert sale().status_code == 201
    assert_done_once(shop, sales=1)


@pytest.mark.parametrize(("delay", "slice_bytes"), [(0.01, 1 << 20), (0, 1)])
def test_a_slow_network_and_one_of_single_bytes_change_nothing(shop: Shop, delay: float, slice_bytes: int) -> None:
    shop.proxy.delay, shop.proxy.slice_bytes = delay, slice_bytes
    answer, seconds = timed(shop.sale())
    assert (answer.status_code, seconds < IN_TIME) == (201, True)
    assert_done_once(shop, sales=1)
