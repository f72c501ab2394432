"""A night's council-tax file from what is held, beside one set-based posting of as many, and the memory it takes."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count as counting
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from sqlalchemy import Engine

from ledger.council_tax.batches import build_batch
from ledger.council_tax.files import write_file
from ledger.council_tax.queries import batch_file
from ledger.store import FOR_COMMANDS, make_engine, reading, unit_of_work
from scripts.bench.apart import apart
from scripts.bench.bulk import post_apart
from scripts.bench.clients import occasion
from scripts.bench.figures import Figure, Taken, side_by_side
from scripts.bench.memory import forget_peak, in_use, peak
from scripts.bench.postgresql import Effort
from scripts.bench.server import SHOPS, SQL, Bench, bench_server
from tests.council_tax.decided import decide
from tests.council_tax.town import RULES, SCHEME

FEW, MANY = 350, 35_000
WARM_UP = 10
A_NIGHT = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """Seconds of building a night and of writing its file; MiB at the most, and at the most above those at rest."""

    build: float
    write: float
    most: float
    above_rest: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Nights:
    """A scheme whose nights can be built one after another, each of as many items as is asked for."""

    bench: Bench
    first_free: Iterator[int]
    dates: Iterator[date]

    def build(self, items: int) -> Built:
        """Fill a night and the small one before it, by which the process warms up, and build both."""
        small, large = (self._held(number) for number in (WARM_UP, items))
        return apart(build, self.bench.url, small, large)

    def _held(self, items: int) -> date:
        night = next(self.dates)
        first = next(self.first_free) * MANY
        text = (SQL / "held.sql").read_text()
        for name, value in (("from", first), ("count", items), ("leaves_on", night)):
            text = text.replace(f":{name}", str(value))
        self.bench.administer(text)
        return night


def night(effort: Effort) -> Iterator[Figure]:
    """35,000 items in one night, and how that grew from 350."""
    with nights() as made:
        url, issuance = made.bench.url, MANY + SHOPS
        many: list[Built] = []

        def ours() -> float:
            many.append(made.build(MANY))
            return many[-1].build + many[-1].write

        def posted() -> float:
            return apart(post_apart, url, MANY, issuance)[0]

        whole, one_posting = side_by_side([ours, posted], effort.rounds)
        few = [made.build(FEW) for _round in range(effort.rounds)]
    yield from _figures(few, many, whole, one_posting)


def _figures(few: list[Built], many: list[Built], whole: Taken, one_posting: Taken) -> Iterator[Figure]:
    most = max(one.most for one in many)
    beside = {"baseline_name": f"one posting of {MANY}", "baseline": one_posting.value}
    for name, seconds in (("", whole.value), (", writing the file", median(one.write for one in many))):
        yield Figure(
            name=f"a night of {MANY} items{name}",
            value=seconds,
            unit="s",
            ratio=seconds / one_posting.value,
            peak_memory=most,
            **beside,
        )
    above = median(one.above_rest for one in many)
    yield Figure(
        name=f"memory of a night of {MANY} items",
        value=above,
        unit="MiB above the process at rest",
        baseline_name="30 MiB",
        baseline=30,
        ratio=above / 30,
        peak_memory=most,
    )
    each = {
        items: median(one.build + one.write for one in taken) / items for items, taken in ((FEW, few), (MANY, many))
    }
    yield Figure(
        name=f"a night's item, from {FEW} to {MANY} of them",
        value=1_000_000 * each[MANY],
        unit="µs",
        baseline_name=f"of {FEW}",
        baseline=1_000_000 * each[FEW],
        ratio=each[MANY] / each[FEW],
    )


@contextmanager
def nights() -> Iterator[Nights]:
    """A server with as many residents as a large night has items, and a decision by which bills are reduced."""
    with bench_server(MANY) as bench:
        engine = make_engine(bench.url)
        with unit_of_work(engine) as session:
            decide(session, occasion=occasion())
        engine.dispose()
        today = occasion().today
        yield Nights(
            bench=bench, first_free=counting(1), dates=(today - number * A_NIGHT for number in range(60, 0, -1))
        )


def build(url: str, small: date, large: date) -> Built:
    """Build both nights and write their files; what the large one took."""
    engine = make_engine(url, patience=FOR_COMMANDS)
    with TemporaryDirectory(dir="/var/tmp") as folder:
        _build_once(engine, small, Path(folder))
        forget_peak()
        rest = in_use()
        built, written = _build_once(engine, large, Path(folder))
        return Built(build=built, write=written, most=peak(), above_rest=peak() - rest)


def _build_once(engine: Engine, business_date: date, folder: Path) -> tuple[float, float]:
    began = time.perf_counter()
    with unit_of_work(engine) as session:
        built = build_batch(session, business_date=business_date, scheme=SCHEME, rules=RULES, occasion=occasion())
    done = time.perf_counter()
    with reading(engine) as session:
        write_file(batch_file(session, sequence=built.sequence), folder)
    return done - began, time.perf_counter() - done
