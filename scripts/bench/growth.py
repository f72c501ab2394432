"""What a posting, a balance, a statement page and a redemption cost as the book grows, and the bare function."""

import time
from collections.abc import Callable, Iterator, Sequence

from ledger.book.queries import strict_balances
from ledger.book.rules import Unit
from ledger.book.statements import statement_page
from ledger.store import make_engine, reading
from scripts.bench.clients import named, occasion
from scripts.bench.figures import Figure, Taken, side_by_side
from scripts.bench.postgresql import PAIRS, Effort, rate_of
from scripts.bench.server import Bench, bench_server

STEPS = (10_000, 1_000_000, 10_000_000)
EACH, RESIDENTS = 500_000, 2_000
FILL = """
WITH source AS MATERIALIZED (
    SELECT gen_random_uuid() AS id, b.account_id AS purse, b.version + n AS version,
        b.credited - b.debited + 10 * n AS balance
    FROM generate_series(1, {each}) n CROSS JOIN balances b WHERE b.account_id <= {residents}
), posted AS (
    INSERT INTO transactions (id, kind, effective_on, posted_at, actor, narrative, details)
    SELECT id, 'award', current_date, now() - interval '1 day', 'bench', '', '{{}}' FROM source
), moved AS (
    INSERT INTO transfers (transaction_id, line, debit_account, credit_account, amount)
    SELECT id, 1, {shop}, purse, 10 FROM source
), entered AS (
    INSERT INTO entries (account_id, version, transaction_id, line, change, balance, headroom)
    SELECT purse, version, id, 1, 10, balance, balance FROM source
)
UPDATE balances SET version = version + {each}, credited = credited + 10 * {each} WHERE account_id <= {residents}
"""


def growth(effort: Effort, steps: Sequence[int] = STEPS) -> Iterator[Figure]:
    """Each step's median beside the first step's."""
    with bench_server(RESIDENTS) as bench:
        first: dict[str, Taken] = {}
        filled = 0
        for step in steps:
            fill(bench, filled, step)
            filled = step
            taken = _measure(bench, effort)
            first = first or taken
            if step != steps[0]:
                yield from (
                    Figure(
                        name=name if step == steps[-1] else f"{name} to {step}",
                        value=1000 * spent.value,
                        unit=f"ms at {step} transfers",
                        baseline_name=f"at {steps[0]} transfers",
                        baseline=1000 * first[name].value,
                        ratio=spent.value / first[name].value,
                        peak_memory=spent.peak_memory,
                    )
                    for name, spent in taken.items()
                )


def fill(bench: Bench, first: int, last: int) -> None:
    """Bring the book to so many transfers, as many to each purse, by set-based statements."""
    for start in range(first, last, EACH):
        each = (min(start + EACH, last) - start) // bench.residents
        bench.administer(FILL.format(each=each, residents=bench.residents, shop=bench.residents + 1))
    for statement in ("VACUUM ANALYZE", "CHECKPOINT"):
        bench.administer(statement)


def _measure(bench: Bench, effort: Effort) -> dict[str, Taken]:
    """Seconds of each, by name."""
    clients = 4
    script = PAIRS.replace(":residents", str(bench.residents))

    def ours(work: str) -> Callable[[], Taken]:
        return lambda: _seconds_each(rate_of(bench, effort, work, clients), clients)

    names = ["posting, grown", "redemption, grown", "bare function, grown"]
    taken = side_by_side(
        [
            ours("pairs"),
            ours("drawing"),
            lambda: clients / bench.pgbench(script, clients=clients, seconds=effort.seconds),
        ],
        effort.rounds,
    )
    return dict(zip(names, taken, strict=True)) | _reads(bench, effort)


def _seconds_each(taken: Taken, clients: int) -> Taken:
    return Taken(value=clients / taken.value, peak_memory=taken.peak_memory)


def _reads(bench: Bench, effort: Effort) -> dict[str, Taken]:
    engine = make_engine(bench.url)

    def balance(number: int) -> None:
        with reading(engine) as session:
            strict_balances(
                session.connection(), owner_id=named(1, number), kind="purse", unit=Unit.CR, now=occasion().now
            )

    def page(number: int) -> None:
        with reading(engine) as session:
            statement_page(session.connection(), number, size=20)

    def each(read: Callable[[int], None]) -> Callable[[], float]:
        def seconds() -> float:
            began, count = time.perf_counter(), 0
            while time.perf_counter() < began + effort.seconds:
                read(count * 7919 % bench.residents + 1)
                count += 1
            return (time.perf_counter() - began) / count

        return seconds

    taken = side_by_side([each(balance), each(page)], effort.rounds)
    engine.dispose()
    return dict(zip(("balance, grown", "statement page, grown"), taken, strict=True))
