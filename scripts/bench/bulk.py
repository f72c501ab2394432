"""Many postings at once, beside one bare set-based statement (PostgreSQL) or bare sqlite3, and the memory they take."""

import os
import sqlite3
import tempfile
import time
import tracemalloc
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.engine import make_url

from ledger.book.accounts import open_account
from ledger.book.posting import post_many
from ledger.book.rules import Line, Mode, Posting, Unit
from ledger.identifiers import SCHEME
from ledger.migrations.upgrade import upgrade
from ledger.store import FOR_COMMANDS, make_engine, unit_of_work
from scripts.bench.apart import apart
from scripts.bench.clients import occasion
from scripts.bench.figures import Figure, Taken, side_by_side
from scripts.bench.memory import forget_peak, peak
from scripts.bench.postgresql import Effort
from scripts.bench.server import SHOPS, Bench, bench_server

SIZES = (1_000, 10_000, 100_000)
TRANSACTION = (
    "INSERT INTO transactions (id, kind, effective_on, posted_at, actor, narrative, details) "
    "VALUES (?, ?, ?, ?, ?, ?, ?)"
)
TRANSFER = "INSERT INTO transfers (transaction_id, line, debit_account, credit_account, amount) VALUES (?, ?, ?, ?, ?)"
ENTRY = (
    "INSERT INTO entries (account_id, version, transaction_id, line, change, balance, headroom) "
    "VALUES (?, ?, ?, ?, ?, ?, ?)"
)
BARE_STATEMENT = """
WITH source AS MATERIALIZED (
    SELECT n AS account, gen_random_uuid() AS id, clock_timestamp() AS at FROM generate_series(1, {count}) n
), posted AS (
    INSERT INTO transactions (id, kind, effective_on, posted_at, actor, narrative, details)
    SELECT id, 'award', (at AT TIME ZONE 'Europe/London')::date, at, 'bench', '', '{{}}' FROM source
), moved AS (
    INSERT INTO transfers (transaction_id, line, debit_account, credit_account, amount)
    SELECT id, 1, {issuance}, account, 10 FROM source
), written AS (
    UPDATE balances b SET credited = credited + 10, version = version + 1, posted_at = source.at
    FROM source WHERE b.account_id = source.account RETURNING b.*, source.id
)
INSERT INTO entries (account_id, version, transaction_id, line, change, balance, headroom)
SELECT account_id, version, id, 1, 10, credited - debited, credited - debited - held FROM written
"""


def bulk(effort: Effort, sizes: Sequence[int] = SIZES) -> Iterator[Figure]:
    """So many postings at once, each to a purse of its own."""
    with bench_server(max(sizes)) as bench:
        yield from _on_postgresql(bench, effort, sizes)
    yield from _on_sqlite(effort, sizes)


def _on_postgresql(bench: Bench, effort: Effort, sizes: Sequence[int]) -> Iterator[Figure]:
    issuance = max(sizes) + SHOPS
    for count in sizes:
        statement = BARE_STATEMENT.format(count=count, issuance=issuance)

        def ours(count: int = count) -> Taken:
            seconds, most = apart(post_apart, bench.url, count, issuance)
            return Taken(value=seconds, peak_memory=most)

        def bare(statement: str = statement) -> float:
            began = time.perf_counter()
            bench.administer(statement)
            return time.perf_counter() - began

        taken, baseline = side_by_side([ours, bare], effort.rounds)
        yield _figure(f"PostgreSQL, {count} at once", count, taken, "one bare statement", baseline)
    if {10_000, 100_000} <= set(sizes):
        few, many = (apart(_trace, bench.url, count, issuance) for count in (10_000, 100_000))
        yield Figure(
            name="memory of 100000 at once against 10000",
            value=many,
            unit="MiB beside the postings and what is told of each",
            baseline_name="10000 at once",
            baseline=few,
            ratio=many / few,
        )


def _figure(name: str, count: int, taken: Taken, baseline_name: str, baseline: Taken) -> Figure:
    return Figure(
        name=name,
        value=count / taken.value,
        unit="a second",
        baseline_name=baseline_name,
        baseline=count / baseline.value,
        ratio=baseline.value / taken.value,
        peak_memory=taken.peak_memory,
    )


def post_apart(url: str, count: int, issuance: int) -> tuple[float, float]:
    """Seconds of so many postings at once, and MiB of the process at most; for a process of its own."""
    engine, many = _warm(url, issuance), postings(count, issuance)
    forget_peak()
    return _post_once(engine, many), peak()


def _trace(url: str, count: int, issuance: int) -> float:
    """MiB of Python at most beside the postings and what is told of each."""
    engine, many = _warm(url, issuance), postings(count, issuance)
    tracemalloc.start()
    with unit_of_work(engine) as session:
        posted = post_many(session.connection(), many)
    kept, most = tracemalloc.get_traced_memory()
    assert len(posted) == count
    return (most - kept) / 2**20


def _warm(url: str, issuance: int) -> Engine:
    """An engine that has posted before."""
    engine = make_engine(url, patience=FOR_COMMANDS)
    _post_so_many(engine, 10, issuance)
    return engine


def postings(count: int, issuance: int) -> list[Posting]:
    """An award to each of so many purses, numbered from 1."""
    now = occasion()
    return [
        Posting(
            id=now.new_id(),
            kind="award",
            lines=[Line(debit=issuance, credit=purse, amount=10)],
            at=now.now,
            actor="bench",
        )
        for purse in range(1, count + 1)
    ]


def _post_so_many(engine: Engine, count: int, issuance: int) -> float:
    return _post_once(engine, postings(count, issuance))


def _post_once(engine: Engine, many: Sequence[Posting]) -> float:
    began = time.perf_counter()
    with unit_of_work(engine) as session:
        post_many(session.connection(), many)
    return time.perf_counter() - began


def _on_sqlite(effort: Effort, sizes: Sequence[int]) -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        url, issuance = sqlite_town(Path(folder), max(sizes))
        engine = make_engine(url, patience=FOR_COMMANDS)
        bare_connection = bare_sqlite(url)
        for count in sizes:
            taken, baseline = side_by_side(
                [
                    partial(_post_so_many, engine, count, issuance),
                    partial(_bare_bulk, bare_connection, count, issuance),
                ],
                effort.rounds,
            )
            yield _figure(f"SQLite, {count} at once", count, taken, "bare sqlite3, executemany", baseline)
        bare_connection.close()
        engine.dispose()


def sqlite_town(folder: Path, purses: int) -> tuple[str, int]:
    """A migrated SQLite file with so many purses, numbered from 1, each with plenty; its URL, and issuance."""
    url = f"sqlite:///{folder / 'bench.sqlite'}"
    upgrade(url)
    engine, now = make_engine(url), occasion()
    with unit_of_work(engine) as session:
        for _purse in range(purses):
            open_account(
                session.connection(),
                public_id=now.new_id(),
                kind="purse",
                unit=Unit.CR,
                owner_id=now.new_id(),
                mode=Mode.STRICT,
            )
        issuance = open_account(
            session.connection(),
            public_id=now.new_id(),
            kind="issuance",
            unit=Unit.CR,
            owner_id=SCHEME,
            mode=Mode.ROLLUP,
        )
    engine.dispose()
    with bare_sqlite(url) as connection:
        connection.execute("UPDATE balances SET credited = 1000000000")
    return url, issuance


def bare_sqlite(url: str) -> sqlite3.Connection:
    """The same file by sqlite3 alone, with the same pragmas."""
    connection = sqlite3.connect(make_url(url).database or "", isolation_level=None, check_same_thread=False)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "recursive_triggers=ON"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def _bare_bulk(connection: sqlite3.Connection, count: int, issuance: int) -> float:
    at = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
    ids = [os.urandom(16).hex() for _ in range(count)]
    named = [f"{one[:8]}-{one[8:12]}-{one[12:16]}-{one[16:20]}-{one[20:]}" for one in ids]
    began = time.perf_counter()
    connection.execute("BEGIN IMMEDIATE")
    balances = dict(connection.execute("SELECT account_id, credited - debited FROM balances"))
    versions = dict(connection.execute("SELECT account_id, version FROM balances"))
    connection.executemany(
        "UPDATE balances SET credited = credited + 10, version = version + 1, posted_at = ? WHERE account_id = ?",
        [(at, purse) for purse in range(1, count + 1)],
    )
    connection.executemany(
        TRANSACTION,
        [(one, "award", at[:10], at, "bench", "", "{}") for one in named],
    )
    connection.executemany(
        TRANSFER,
        [(one, 1, issuance, purse, 10) for purse, one in enumerate(named, start=1)],
    )
    connection.executemany(
        ENTRY,
        [
            (purse, versions[purse] + 1, one, 1, 10, balances[purse] + 10, balances[purse] + 10)
            for purse, one in enumerate(named, start=1)
        ],
    )
    connection.execute("COMMIT")
    return time.perf_counter() - began
