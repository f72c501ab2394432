"""SQLite: one posting at a time beside bare sqlite3, and two processes of four threads that write the same file."""

import multiprocessing
import os
import sqlite3
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from sqlalchemy.orm import Session

from ledger.book.posting import post
from ledger.book.requests import answer_or_turn, record_answer
from ledger.book.rules import Line, Posting
from ledger.outages import Busy
from ledger.store import make_engine, run
from scripts.bench.bulk import ENTRY, TRANSACTION, TRANSFER, bare_sqlite, sqlite_town
from scripts.bench.clients import ANSWER, BODY, asked, occasion
from scripts.bench.figures import Figure, side_by_side
from scripts.bench.postgresql import Effort, compared

PURSES, PROCESSES, THREADS = 1_000, 2, 4


def sqlite(effort: Effort) -> Iterator[Figure]:
    """One at a time, and many writers of one file."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        url, _issuance = sqlite_town(Path(folder), PURSES)
        ours, bare = side_by_side(
            [lambda: _rate_of_ours(url, effort.seconds), lambda: _rate_of_bare(url, effort.seconds)], effort.rounds
        )
        yield compared("SQLite, one at a time", ours, bare, baseline_name="bare sqlite3, the same rows")
        worst, busy = _many_writers(url, effort.seconds)
        yield Figure(
            name="SQLite, worst write of 2 processes of 4 threads",
            value=worst,
            unit=f"seconds; {busy} told to come again (503), no other error",
            baseline_name="a second",
            baseline=1.0,
            ratio=worst,
        )


def _payment(chance: Random) -> Posting:
    now, debit = occasion(), chance.randint(1, PURSES)
    lines = [Line(debit=debit, credit=debit % PURSES + 1, amount=10)]
    return Posting(id=now.new_id(), kind="redeem", lines=lines, at=now.now, actor=now.actor)


def _rate_of_ours(url: str, seconds: float) -> float:
    engine, chance, count = make_engine(url), Random(1), 0

    def work(session: Session) -> None:
        connection, request, payment = session.connection(), asked(), _payment(chance)
        assert answer_or_turn(connection, request) is None
        post(connection, payment)
        record_answer(connection, request, ANSWER, at=payment.at)

    began = time.perf_counter()
    while time.perf_counter() < began + seconds:
        run(engine, work)
        count += 1
    engine.dispose()
    return count / seconds


def _rate_of_bare(url: str, seconds: float) -> float:
    connection, chance, count = bare_sqlite(url), Random(2), 0
    began = time.perf_counter()
    while time.perf_counter() < began + seconds:
        _bare_payment(connection, chance)
        count += 1
    connection.close()
    return count / seconds


def _bare_payment(connection: sqlite3.Connection, chance: Random) -> None:
    at, one, key = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}", os.urandom(16).hex(), os.urandom(16).hex()
    one = f"{one[:8]}-{one[8:12]}-{one[12:16]}-{one[16:20]}-{one[20:]}"
    debit = chance.randint(1, PURSES)
    both = sorted((debit, debit % PURSES + 1))
    connection.execute("BEGIN IMMEDIATE")
    assert not connection.execute("SELECT 1 FROM requests WHERE principal = ? AND key = ?", ("till:1", key)).fetchone()
    query = "SELECT account_id, credited - debited, version FROM balances WHERE account_id IN (?, ?)"
    read = {account: (balance, version) for account, balance, version in connection.execute(query, both)}
    connection.execute(
        TRANSACTION,
        (one, "redeem", at[:10], at, "till:1", "", "{}"),
    )
    connection.execute(
        TRANSFER,
        (one, 1, debit, debit % PURSES + 1, 10),
    )
    for account, (balance, version) in read.items():
        change = -10 if account == debit else 10
        column = "debited" if change < 0 else "credited"
        connection.execute(
            f"UPDATE balances SET {column} = {column} + 10, version = version + 1, posted_at = ? WHERE account_id = ?",
            (at, account),
        )
        connection.execute(
            ENTRY,
            (account, version + 1, one, 1, change, balance + change, balance + change),
        )
    connection.execute(
        "INSERT INTO requests (principal, key, route, digest, status, content_type, body, at) VALUES (?,?,?,?,?,?,?,?)",
        ("till:1", key, "POST /", os.urandom(32), 201, "application/json", BODY, at),
    )
    connection.execute("COMMIT")


def _many_writers(url: str, seconds: float) -> tuple[float, int]:
    """The longest write that succeeded, in seconds, and how many were told to come again."""
    context = multiprocessing.get_context("spawn")
    told = context.SimpleQueue()
    started = [context.Process(target=_writers, args=(url, seconds, number, told)) for number in range(PROCESSES)]
    for process in started:
        process.start()
    for process in started:
        process.join()
    heard = [told.get() for _process in started]
    assert all(not others for _worst, _busy, others in heard), heard
    return max(worst for worst, _busy, _others in heard), sum(busy for _worst, busy, _others in heard)


def _writers(
    url: str, seconds: float, number: int, told: "multiprocessing.SimpleQueue[tuple[float, int, list[str]]]"
) -> None:
    engine, taken, busy, others = make_engine(url), [0.0], [0], list[str]()

    def write(thread: int) -> None:
        chance, until = Random(number * THREADS + thread), time.perf_counter() + seconds
        while time.perf_counter() < until:
            began = time.perf_counter()
            try:
                run(engine, lambda session: post(session.connection(), _payment(chance)))
                taken.append(time.perf_counter() - began)
            except Busy:
                busy.append(1)
            except Exception as error:
                others.append(repr(error))

    threads = [threading.Thread(target=write, args=[thread]) for thread in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told.put((max(taken), sum(busy), others))
    engine.dispose()
