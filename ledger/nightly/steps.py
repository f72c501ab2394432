"""The steps of a night, each by its name in one ordered list: what is done, and the figures that are written down."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from ledger.audit.operations import Subject, record_command
from ledger.book.rollups import advance_rollups
from ledger.book.rules import AccountId
from ledger.check_books import Finding, check_books
from ledger.council_tax.batches import build_batch
from ledger.council_tax.calendar import effective_on, last_ended
from ledger.council_tax.delivery.due import deliver_released
from ledger.council_tax.delivery.errors import DeliveryDiffers, DeliveryFailed
from ledger.council_tax.incoming import take_in_folder
from ledger.council_tax.outgoing import write_batch
from ledger.council_tax.queries import batch_on, batches, rebuilt_batches, unreleased_batches
from ledger.council_tax.register import check_register, folder_of, register_of
from ledger.council_tax.views import BatchView
from ledger.earning.withdrawing import left_when_closed, withdraw_closed
from ledger.errors import LedgerError
from ledger.lapsed_holds import sweep
from ledger.money import Amount
from ledger.nightly.chunks import Work, in_chunks
from ledger.nights.errors import NightNotWhole
from ledger.nights.rules import ONE_DAY
from ledger.notices.backends import chosen
from ledger.notices.delivery import deliver_due
from ledger.occasion import Occasion
from ledger.scheme.environment import compare_environment
from ledger.scheme.queries import rules_in_force
from ledger.settings import Settings
from ledger.store import reading, run, snapshot
from ledger.wallets.ending import Ending, endings_due, tell_ending
from ledger.wallets.operations import expire_purses, purses_past
from ledger.wallets.queries import outstanding_sum

AT_ONCE = 100
"""How many purses expire by one posting of many: few enough to look at the clock between."""
TOLD_AT_ONCE = 20
ANSWERS = "answers"

COMPARING = "comparing"
SWEEPING, EXPIRING, WITHDRAWING = "sweeping", "expiring", "withdrawing"
TELLING, DELIVERING = "telling", "delivering"
TAKING_IN, BUILDING, WRITING = "taking in", "building", "writing"
SUBTOTALLING, CHECKING = "subtotalling", "checking"
SENDING, SUMMING_UP = "sending", "summing up"

Figures = dict[str, Any]
Progress = Callable[[str, int, int], None]
"""Called with the name of a step, how much of it is done, and how much there is."""


class BooksNotWhole(LedgerError):
    """The checks of the night found something; `findings` says what."""

    code = "books_not_whole"

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__("\n".join(f"{finding.id} {finding.subject}: {finding.message}" for finding in findings))
        self.findings = findings


@dataclass(frozen=True, slots=True, kw_only=True)
class Tonight:
    """What a step works with: the business date, and where, when and for whom it is run."""

    engine: Engine
    settings: Settings
    business_date: date
    occasion: Occasion
    progress: Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step by its name. What is done again does no harm; `every_time` is done again in a night that is done, too."""

    name: str
    work: Callable[[Tonight], Figures]
    every_time: bool = False


def no_progress(_step: str, _done: int, _total: int) -> None:
    """Tell nobody."""


def compare(tonight: Tonight) -> Figures:
    """Say which rules the environment holds otherwise than at the last night: somebody changed them at the machine."""
    rules, day, occasion = tonight.settings.rules, tonight.business_date, tonight.occasion
    moved = run(
        tonight.engine,
        lambda session: compare_environment(session, rules=rules, business_date=day, occasion=occasion),
    )
    return {"moved": [asdict(one) for one in moved]}


def end_lapsed(tonight: Tonight) -> Figures:
    """End the holds that have expired and that nobody met since."""
    return {"holds": sweep(tonight.engine, occasion=tonight.occasion)}


def expire(tonight: Tonight) -> Figures:
    """Expire what is not held on purses whose last day is the business date or earlier and has ended in London."""
    occasion, today = tonight.occasion, tonight.occasion.today
    ended = last_ended(tonight.business_date, today=today)
    with reading(tonight.engine) as session:
        purses = purses_past(session, business_date=ended)
    day = effective_on(tonight.business_date, today=today)

    def expire_some(session: Session, some: Sequence[AccountId]) -> list[Amount]:
        return expire_purses(session, purses=some, business_date=day, occasion=occasion)

    def audit(session: Session, amounts: list[Amount]) -> None:
        _audit(tonight, session, purses=len(amounts), amount=sum(amounts))

    work, progress = Work(do=expire_some, audit=audit, at_once=AT_ONCE), partial(tonight.progress, EXPIRING)
    amount = sum(map(sum, in_chunks(tonight.engine, purses, work, progress=progress)))
    return {"purses": len(purses), "amount": amount}


def withdraw(tonight: Tonight) -> Figures:
    """Take back to issuance what programmes still have whose last day of claims is the business date or earlier."""
    occasion, day = tonight.occasion, last_ended(tonight.business_date, today=tonight.occasion.today) + ONE_DAY
    with reading(tonight.engine) as session:
        closed = list(left_when_closed(session, day=day))

    def withdraw_some(session: Session, some: Sequence[UUID]) -> list[Amount]:
        return [withdraw_closed(session, programme_ids=some, occasion=occasion)]

    work, progress = Work(do=withdraw_some, at_once=1), partial(tonight.progress, WITHDRAWING)
    amount = sum(map(sum, in_chunks(tonight.engine, closed, work, progress=progress)))
    return {"programmes": len(closed), "amount": amount}


def tell(tonight: Tonight) -> Figures:
    """Tell residents that credits end: as of the morning after the business date, or of today where that is later."""
    morning = max(tonight.business_date + ONE_DAY, tonight.occasion.today)
    with reading(tonight.engine) as session:
        due = endings_due(session, morning=morning)
    keys, occasion = tonight.settings.field_keys, tonight.occasion

    def tell_some(session: Session, some: Sequence[Ending]) -> list[Ending]:
        return [one for one in some if tell_ending(session, ending=one, field_keys=keys, occasion=occasion)]

    def audit(session: Session, told: list[Ending]) -> None:
        _audit(tonight, session, notices=len(told))

    work, progress = Work(do=tell_some, audit=audit, at_once=TOLD_AT_ONCE), partial(tonight.progress, TELLING)
    return {"notices": sum(map(len, in_chunks(tonight.engine, due, work, progress=progress)))}


def deliver(tonight: Tonight) -> Figures:
    """Send what waits in the outbox, so that nobody who signs in stands behind it; what fails is tried again later."""
    settings, delivered = tonight.settings, 0
    backend = chosen(settings.notices, data=settings.data)
    while went := deliver_due(
        tonight.engine, backend=backend, field_keys=settings.field_keys, now=tonight.occasion.now
    ):
        delivered += went
    return {"notices": delivered}


def _audit(tonight: Tonight, session: Session, **details: int) -> None:
    subject = Subject(kind="nights", id=tonight.business_date.isoformat())
    record_command(session, "nightly", subject=subject, details=details, occasion=tonight.occasion)


def take_in_answers(tonight: Tonight) -> Figures:
    """Take in what the revenues system answered, from the folder where its files are put; refused ones lie apart."""
    folder = folder_of(tonight.settings) / ANSWERS
    scheme, occasion = tonight.settings.scheme, tonight.occasion
    files = list(take_in_folder(tonight.engine, folder, scheme=scheme, occasion=occasion))
    refused = [file.name for file in files if file.problem]
    new = [(file.name, file.taken) for file in files if file.taken is not None and not file.taken.again]
    rejecting = [name for name, taken in new if taken.rejects_all]
    return {"files": len(files) - len(refused), "refused": refused, "rejecting": rejecting}


def build(tonight: Tonight) -> Figures:
    """Build the business date's batch in one unit of work, or find it as it was built. Raises SequencePublished.

    It goes by the rules of the business date, by which residents were told when what they apply leaves.
    """
    with reading(tonight.engine) as session:
        newest = batches(session, most=1)
    check_register(register_of(tonight.settings), known=newest[0].sequence if newest else 0)
    batch = run(tonight.engine, partial(_build, tonight))
    counts = {"lines": batch.lines, "reductions": batch.reductions, "reversals": batch.reversals}
    return {"sequence": batch.sequence, **counts}


def _build(tonight: Tonight, session: Session) -> BatchView:
    occasion, settings = tonight.occasion, tonight.settings
    is_new = batch_on(session, business_date=tonight.business_date) is None
    batch = build_batch(
        session,
        business_date=tonight.business_date,
        scheme=settings.scheme,
        rules=rules_in_force(session, usual=settings.rules, day=tonight.business_date),
        occasion=occasion,
    )
    if is_new and batch.built_at == occasion.now:
        subject = Subject(kind="council-tax", id=str(batch.sequence))
        record_command(session, "nightly", subject=subject, details={"lines": batch.lines}, occasion=occasion)
    return batch


def write(tonight: Tonight) -> Figures:
    """Write the batch's file from its stored bytes, where it is missing, once it stands in the register.

    So are those that are not released yet, and one that is empty in place of one that was sent back. Raises
    SequencePublished, FileDiffers, OSError.
    """
    with reading(tonight.engine) as session:
        batch = batch_on(session, business_date=tonight.business_date)
        assert batch is not None, "a batch is built before it is written"
        others = {*rebuilt_batches(session), *unreleased_batches(session)} - {batch.sequence}
    folder, register_at = folder_of(tonight.settings), register_of(tonight.settings)
    for sequence in (*sorted(others), batch.sequence):
        file = write_batch(tonight.engine, sequence=sequence, folder=folder, register_at=register_at)
    return {"file": file.name, "sha256": file.sha256}


def send(tonight: Tonight) -> Figures:
    """Deliver released files that did not arrive yet; one that cannot go is tried again, and stops no night."""
    settings, delivery, sent, problem = tonight.settings, tonight.settings.delivery, 0, ""
    if delivery is None:
        return {"files": 0, "problem": problem}
    register, occasion = register_of(settings), tonight.occasion
    try:
        for _ in deliver_released(
            tonight.engine, delivery=delivery, register=register, command="nightly", occasion=occasion
        ):
            sent += 1
    except (DeliveryDiffers, DeliveryFailed, NightNotWhole) as refusal:
        problem = str(refusal)
    return {"files": sent, "problem": problem}


def subtotal(tonight: Tonight) -> Figures:
    """Bring the subtotals of accounts that many credit at once up to now, so that their balances stay quick to read."""
    run(tonight.engine, lambda session: advance_rollups(session.connection()))
    return {}


def check(tonight: Tonight) -> Figures:
    """Check every invariant of the books. Raises BooksNotWhole."""
    with snapshot(tonight.engine) as session:
        findings = check_books(session)
    if findings:
        raise BooksNotWhole(findings)
    return {"findings": 0}


def sum_up(tonight: Tonight) -> Figures:
    """What is outstanding now that the day is closed: minor units, and how many residents have some."""
    with reading(tonight.engine) as session:
        return {"outstanding": asdict(outstanding_sum(session))}


STEPS: tuple[Step, ...] = (
    Step(name=COMPARING, work=compare),
    Step(name=SWEEPING, work=end_lapsed),
    Step(name=EXPIRING, work=expire),
    Step(name=WITHDRAWING, work=withdraw),
    Step(name=TELLING, work=tell),
    Step(name=DELIVERING, work=deliver),
    Step(name=TAKING_IN, work=take_in_answers),
    Step(name=BUILDING, work=build),
    Step(name=WRITING, work=write, every_time=True),
    Step(name=SUBTOTALLING, work=subtotal),
    Step(name=CHECKING, work=check),
    Step(name=SENDING, work=send, every_time=True),
    Step(name=SUMMING_UP, work=sum_up),
)
"""In the order in which they are done; a later step slots in by its name. Sending waits for books that are whole."""
