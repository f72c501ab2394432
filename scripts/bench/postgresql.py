"""Postings and redemptions on PostgreSQL, beside a function that writes the same rows under pgbench."""

from collections.abc import Iterator
from dataclasses import dataclass

from scripts.bench.clients import Load, rate
from scripts.bench.figures import Figure, Taken, side_by_side
from scripts.bench.server import SHOPS, Bench, bench_server

RESIDENTS = 60_000
BARE = "PL/pgSQL function, the same rows, pgbench"
PAIRS = r"""\set d random(1, :residents)
SELECT bare_post(:d, :d % :residents + 1, 10, 'till:1', gen_random_uuid()::text);
"""
TO_A_SHOP = r"""\set d random(1, :residents)
\set s random(1, :shops)
SELECT bare_post(:d, :residents + :s, 10, 'till:1', gen_random_uuid()::text);
"""
REDEEM = r"""\set d random(1, :residents)
\set s random(1, :shops)
SELECT bare_redeem(uid(1, :d), uid(2, :s), 10, 'till:1', gen_random_uuid()::text);
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How long each measure takes, and how often."""

    seconds: float
    rounds: int
    residents: int = RESIDENTS


def posting(effort: Effort) -> Iterator[Figure]:
    """One transfer a unit of work, by the portable path."""
    with bench_server(effort.residents) as bench:
        cases = (("random pairs", "pairs", PAIRS, SHOPS), ("one hot shop", "one shop", TO_A_SHOP, 1))
        for clients in (1, 4, 8):
            for name, work, script, shops in cases:
                yield _beside(
                    bench, effort, f"posting, portable, {clients} clients, {name}", work, script, shops, clients
                )
        cold, hot = side_by_side(
            [lambda: rate_of(bench, effort, "shops", 8), lambda: rate_of(bench, effort, "one shop", 8)], effort.rounds
        )
        yield compared("cold shop against hot shop", cold, hot, baseline_name="one hot shop")


def redemption(effort: Effort) -> Iterator[Figure]:
    """The one statement of a redemption: the book's part, and the whole with its code and kept answer."""
    with bench_server(effort.residents) as bench:
        yield _beside(bench, effort, "redemption, one statement", "drawing", REDEEM, SHOPS, 8)
        yield _beside(bench, effort, "redemption with code and kept answer", "redemption", REDEEM, SHOPS, 8)
        told = "redemption with code, kept answer, audit row and notice"
        yield _beside(bench, effort, told, "redemption, told", REDEEM, SHOPS, 8, codes_from=bench.residents // 2)


def compared(name: str, ours: Taken, baseline: Taken, *, baseline_name: str) -> Figure:
    """Ours against a baseline, both so many a second."""
    return Figure(
        name=name,
        value=ours.value,
        unit="a second",
        baseline_name=baseline_name,
        baseline=baseline.value,
        ratio=ours.value / baseline.value,
        peak_memory=ours.peak_memory,
    )


def _beside(
    bench: Bench,
    effort: Effort,
    name: str,
    work: str,
    script: str,
    shops: int,
    clients: int,
    codes_from: int = 1,
) -> Figure:
    filled = script.replace(":residents", str(bench.residents)).replace(":shops", str(shops))
    codes = iter(range(codes_from, bench.residents, max(1, bench.residents // 2 // max(1, effort.rounds))))
    ours, bare = side_by_side(
        [
            lambda: rate_of(bench, effort, work, clients, first_code=next(codes)),
            lambda: bench.pgbench(filled, clients=clients, seconds=effort.seconds),
        ],
        effort.rounds,
    )
    return compared(name, ours, bare, baseline_name=BARE)


def rate_of(bench: Bench, effort: Effort, work: str, clients: int, first_code: int = 1) -> Taken:
    """How often a second so many clients of ours do a work, among all residents and shops of the bench."""
    load = Load(
        url=bench.url,
        work=work,
        residents=bench.residents,
        shops=SHOPS,
        clients=clients,
        seconds=effort.seconds,
        first_code=first_code,
    )
    return rate(load)
