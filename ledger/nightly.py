"""The night's run: end lapsed holds, expire what ended, build the council-tax batch, write its file, take subtotals."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from time import monotonic

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from ledger.book.rollups import advance_rollups
from ledger.book.rules import AccountId
from ledger.council_tax.batches import build_batch, check_business_date
from ledger.council_tax.calendar import effective_on, last_ended
from ledger.council_tax.files import write_file
from ledger.council_tax.queries import batch_file
from ledger.council_tax.rules import BatchState
from ledger.council_tax.views import BatchView
from ledger.lapsed_holds import sweep
from ledger.money import Amount
from ledger.occasion import Occasion
from ledger.settings import Scheme, SchemeRules, Settings
from ledger.store import reading, run
from ledger.wallets.operations import expire_purses, purses_past

CHUNK_SECONDS = 0.2
"""How long a chunk of expiry may hold the writer, so that tills get in between (faults_and_invariants §3.11)."""
AT_ONCE = 100
"""How many purses expire by one posting of many: few enough to look at the clock between."""

SWEEPING, EXPIRING, BUILDING = "sweeping", "expiring", "building"
WRITING, SUBTOTALLING = "writing", "subtotalling"
STEPS = (SWEEPING, EXPIRING, BUILDING, WRITING, SUBTOTALLING)

Progress = Callable[[str, int, int], None]
"""Called with a step of `STEPS`, how much of it is done, and how much there is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expiry:
    """What a night expired: purses, and minor units."""

    purses: int
    amount: Amount


@dataclass(frozen=True, slots=True, kw_only=True)
class NightFile:
    """A file on disk: its lines, and what they come to in pence."""

    name: str
    path: Path
    sha256: str
    records: int
    pence: Amount


@dataclass(frozen=True, slots=True, kw_only=True)
class NightResult:
    """What a night did, and what stands after it; minor units and pence."""

    business_date: date
    state: BatchState
    sequence: int
    expiry: Expiry
    lines: int
    reductions: Amount
    reversals: Amount
    files: tuple[NightFile, ...]


def no_progress(_step: str, _done: int, _total: int) -> None:
    """Tell nobody."""


def run_night(
    engine: Engine, *, business_date: date, settings: Settings, occasion: Occasion, progress: Progress = no_progress
) -> NightResult:
    """Run the night of a business date; run again, it finishes what a stopped one left, and changes nothing else.

    Raises BusinessDateInFuture and BusinessDateTooEarly before anything is written, FileDiffers, Busy, OSError.
    """
    with reading(engine) as session:
        check_business_date(session, business_date=business_date, today=occasion.today)
    end_lapsed(engine, occasion=occasion, progress=progress)
    expiry = expire(engine, business_date=business_date, occasion=occasion, progress=progress)
    batch = build(
        engine,
        business_date=business_date,
        scheme=settings.scheme,
        rules=settings.rules,
        occasion=occasion,
        progress=progress,
    )
    file = write(engine, batch=batch, folder=settings.data / "council-tax", progress=progress)
    subtotal(engine, progress=progress)
    return NightResult(
        business_date=business_date,
        state=batch.state,
        sequence=batch.sequence,
        expiry=expiry,
        lines=batch.lines,
        reductions=batch.reductions,
        reversals=batch.reversals,
        files=(file,),
    )


def end_lapsed(engine: Engine, *, occasion: Occasion, progress: Progress = no_progress) -> None:
    """End the holds that have expired and that nobody met since."""
    progress(SWEEPING, 0, 1)
    sweep(engine, occasion=occasion)
    progress(SWEEPING, 1, 1)


def expire(engine: Engine, *, business_date: date, occasion: Occasion, progress: Progress = no_progress) -> Expiry:
    """Expire what is not held on purses whose last day is the business date or earlier and has ended in London.

    In units of work of about 200 ms each, a hundred purses at least.
    """
    ended = last_ended(business_date, today=occasion.today)
    with reading(engine) as session:
        purses = purses_past(session, business_date=ended)
    done, amount = 0, 0
    progress(EXPIRING, done, len(purses))
    while done < len(purses):
        chunk = _chunk(purses[done:], effective_on(business_date, today=occasion.today), occasion)
        expired = run(engine, chunk)
        done, amount = done + expired.purses, amount + expired.amount
        progress(EXPIRING, done, len(purses))
    return Expiry(purses=done, amount=amount)


def _chunk(purses: Sequence[AccountId], day: date, occasion: Occasion) -> Callable[[Session], Expiry]:
    def expire_some(session: Session) -> Expiry:
        started, done, amount = monotonic(), 0, 0
        while done < len(purses) and (not done or monotonic() - started < CHUNK_SECONDS):
            some = purses[done : done + AT_ONCE]
            amount += expire_purses(session, purses=some, business_date=day, occasion=occasion)
            done += len(some)
        return Expiry(purses=done, amount=amount)

    return expire_some


def build(
    engine: Engine,
    *,
    business_date: date,
    scheme: Scheme,
    rules: SchemeRules,
    occasion: Occasion,
    progress: Progress = no_progress,
) -> BatchView:
    """The business date's batch, built in one unit of work or found as it was built."""
    progress(BUILDING, 0, 1)
    batch = run(
        engine,
        lambda session: build_batch(
            session,
            business_date=business_date,
            scheme=scheme,
            rules=rules,
            occasion=occasion,
        ),
    )
    progress(BUILDING, 1, 1)
    return batch


def write(engine: Engine, *, batch: BatchView, folder: Path, progress: Progress = no_progress) -> NightFile:
    """Write a batch's file from its stored bytes, where it is missing."""
    progress(WRITING, 0, 1)
    with reading(engine) as session:
        file = batch_file(session, sequence=batch.sequence)
    path = write_file(file, folder)
    progress(WRITING, 1, 1)
    return NightFile(name=file.name, path=path, sha256=file.sha256, records=batch.lines, pence=batch.net)


def subtotal(engine: Engine, *, progress: Progress = no_progress) -> None:
    """Bring the subtotals of accounts that many credit at once up to now, so that their balances stay quick to read."""
    progress(SUBTOTALLING, 0, 1)
    run(engine, lambda session: advance_rollups(session.connection()))
    progress(SUBTOTALLING, 1, 1)
