"""PostgreSQL is killed again and again under load: what was acknowledged stands, once, and it comes back by itself."""

import json
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from typing import IO

import psycopg
import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.engine import make_url

from ledger.book.models import Request, Transaction
from ledger.check_books import check_books
from ledger.store import make_engine, reading
from tests.book.town import purse_of
from tests.databases import make_migrated
from tests.drawn import SEED
from tests.harness.killed_server import KilledServer, killed_server
from tests.long_table import record
from tests.redemption.town import Town, make_town

pytestmark = pytest.mark.slow

PROGRAM = "tests.harness.load_process"
CLIENTS, PROCESSES = 8, 2
KILLS, KILLS_OF_THE_LONG_TIER = 5, 100
UNSAFE = ("synchronous_commit=off", "wal_writer_delay=10000")
ENOUGH = 10**9
BACK_WITHIN = 30


@dataclass(kw_only=True)
class Load:
    """Processes of clients, and the keys they said were acknowledged."""

    processes: list[subprocess.Popen[str]]
    acknowledged: list[str] = field(default_factory=list)

    def listen(self, said: IO[str]) -> None:
        """Take down each key."""
        for line in said:
            self.acknowledged.append(line.strip())

    def is_whole(self) -> bool:
        """Whether every process still works."""
        return all(process.poll() is None for process in self.processes)


@dataclass(kw_only=True)
class Outcome:
    """What came of some kills: acknowledged, of these lost, and the seconds of the longest restart."""

    acknowledged: int = 0
    lost: int = 0
    slowest: float = 0

    def figures(self) -> dict[str, object]:
        """What is recorded of it."""
        slowest = f"{self.slowest:.1f} s"
        return {"acknowledged": self.acknowledged, "lost": self.lost, "slowest_restart": slowest}


@contextmanager
def load_on(url: str, town: Town, accounts: list[tuple[int, int]]) -> Iterator[Load]:
    """Clients in two processes that pay and sell until this is left, and finish what they are at."""
    told = {
        "url": url,
        "resident_id": str(town.resident_id),
        "shop": {name: str(value) for name, value in asdict(town.deli).items()},
    }
    with ExitStack() as stack:
        load = Load(processes=[stack.enter_context(_started()) for _number in range(PROCESSES)])
        listeners = []
        for number, process in enumerate(load.processes):
            assert process.stdin, "it was asked for"
            assert process.stdout, "it was asked for"
            own = {"accounts": accounts[number::PROCESSES], "sells": number == 0, "name": f"process-{number}"}
            process.stdin.write(json.dumps(told | own) + "\n")
            process.stdin.flush()
            listeners.append(threading.Thread(target=load.listen, args=[process.stdout]))
            listeners[-1].start()
        try:
            yield load
        finally:
            for process in load.processes:
                process.kill()
            for listener in listeners:
                listener.join()


def _started() -> subprocess.Popen[str]:
    command = [sys.executable, "-m", PROGRAM]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8")


def answered(engine: Engine) -> set[str]:
    """The keys that have their answer."""
    with reading(engine) as session:
        return set(session.execute(select(Request.key)).scalars())


def kill_under_load(server: KilledServer, load: Load, engine: Engine, kills: int) -> Outcome:
    """Kill so many times, and look for what was acknowledged after each."""
    chance, outcome = random.Random(SEED), Outcome()
    for _kill in range(kills):
        time.sleep(chance.uniform(0.3, 0.8))
        before = set(load.acknowledged)
        server.kill()
        outcome.slowest = max(outcome.slowest, server.start_again())
        outcome.lost += len(before - answered(engine))
        assert load.is_whole() or server.options, "a client heard something else than a final answer or to ask again"
    outcome.acknowledged = len(load.acknowledged)
    return outcome


def kills(times: int, *options: str) -> Outcome:
    """What comes of so many kills of a server with these options; where nothing was lost its books are whole."""
    with killed_server(*options) as server, ExitStack() as stack:
        url = make_migrated(make_url(server.url), "town").render_as_string(hide_password=False)
        engine = make_engine(url)
        stack.callback(engine.dispose)
        town = make_town(engine)
        town.award(ENOUGH)
        town.take(town.issue().token, 1)
        accounts = [purse_of(engine, ENOUGH)[::-1] for _client in range(CLIENTS)]
        with psycopg.connect(server.url.replace("+psycopg", ""), autocommit=True) as administrator:
            administrator.execute("CHECKPOINT")
        with load_on(url, town, accounts) as load:
            while not load.acknowledged:
                time.sleep(0.05)
            outcome = kill_under_load(server, load, engine, times)
        if not outcome.lost:
            assert_once_each(engine, set(load.acknowledged))
    return outcome


def assert_once_each(engine: Engine, acknowledged: set[str]) -> None:
    """Each answered key has its one transaction: no more sales and payments than keys, and the books are whole."""
    with reading(engine) as session:
        done = select(func.count()).where(Transaction.kind.in_(["redeem", "move"]))
        before_the_load = CLIENTS + 1
        assert session.execute(done).scalar_one() - before_the_load == len(answered(engine))
        assert check_books(session) == []
    assert acknowledged <= answered(engine)


def assert_nothing_lost(times: int) -> None:
    outcome = kills(times)
    record("kills of PostgreSQL under load", kills=times, **outcome.figures(), seed=SEED)
    assert outcome.lost == 0
    assert outcome.acknowledged > times
    assert outcome.slowest < BACK_WITHIN


def test_what_was_acknowledged_outlives_kills() -> None:
    assert_nothing_lost(KILLS)


@pytest.mark.long
def test_what_was_acknowledged_outlives_a_hundred_kills() -> None:
    assert_nothing_lost(KILLS_OF_THE_LONG_TIER)


def test_a_server_that_does_not_wait_for_its_disk_loses_what_it_acknowledged_so_kills_can_be_seen() -> None:
    outcome = kills(KILLS, *UNSAFE)
    record("the same with synchronous_commit=off", kills=KILLS, **outcome.figures(), seed=SEED)
    assert outcome.lost > 0
