"""Run nights: each business date that is due, the oldest first, by one runner, step by step, each step written down."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import partial
from pathlib import Path

from sqlalchemy import Engine

from ledger.clock import london_date
from ledger.council_tax.batches import check_business_date
from ledger.council_tax.departures import newest_business_date
from ledger.council_tax.queries import batch_on
from ledger.council_tax.register import folder_of
from ledger.council_tax.rules import BatchState
from ledger.identifiers import TokenBytes
from ledger.money import Amount
from ledger.nightly.beating import beating
from ledger.nightly.steps import (
    COMPARING,
    EXPIRING,
    SENDING,
    STEPS,
    TAKING_IN,
    TELLING,
    WITHDRAWING,
    BooksNotWhole,
    Figures,
    Progress,
    Step,
    Tonight,
    no_progress,
)
from ledger.nights.operations import TakenOn, end, record_step, take_on
from ledger.nights.queries import newest_night, night_on, steps_of, unfinished
from ledger.nights.rules import ONE_DAY, NightState, dates_between, has_ended
from ledger.nights.runners import this_process
from ledger.occasion import Occasion
from ledger.scheme.environment import Moved
from ledger.settings import Settings
from ledger.store import reading, run


@dataclass(frozen=True, slots=True, kw_only=True)
class Expiry:
    """What a night expired: purses, and minor units."""

    purses: int
    amount: Amount


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """What a night took back from closed programmes: how many they were, and minor units."""

    programmes: int
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
    """What a night did, and what stands after it; minor units and pence.

    `refused` are the answers that it could not take in, `rejecting` those by which the revenues system refused a whole
    file, `undelivered` says why a released file did not arrive, and `moved` are the rules that the environment holds
    otherwise than before: somebody must look at each.
    """

    business_date: date
    night: NightState
    state: BatchState
    sequence: int
    expiry: Expiry
    withdrawal: Withdrawal
    notices: int
    lines: int
    reductions: Amount
    reversals: Amount
    files: tuple[NightFile, ...]
    refused: tuple[str, ...] = ()
    rejecting: tuple[str, ...] = ()
    undelivered: str = ""
    moved: tuple[Moved, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Runner:
    """Who runs nights, and with what: its clock, its randomness, the steps it knows."""

    settings: Settings
    now: Callable[[], datetime]
    token_bytes: TokenBytes
    name: str = field(default_factory=this_process)
    actor: str = "nightly"
    steps: Sequence[Step] = STEPS
    progress: Progress = no_progress

    def occasion(self) -> Occasion:
        """Now, by this runner."""
        return Occasion(now=self.now(), actor=self.actor, token_bytes=self.token_bytes)


def run_night(
    engine: Engine,
    *,
    business_date: date,
    settings: Settings,
    occasion: Occasion,
    steps: Sequence[Step] = STEPS,
    progress: Progress = no_progress,
) -> NightResult:
    """Run the night of one business date, all of it as of one instant.

    Run again, it finishes what a stopped one left, and changes nothing else. Raises as `run_due`.
    """
    runner = Runner(
        settings=settings,
        now=lambda: occasion.now,
        token_bytes=occasion.token_bytes,
        actor=occasion.actor,
        steps=steps,
        progress=progress,
    )
    return _run_one(engine, business_date, runner)


def run_due(
    engine: Engine, runner: Runner, *, through: date | None = None, only_begun: bool = False
) -> Iterator[NightResult]:
    """Run every night that is due, the oldest first, and tell of each as soon as it has ended.

    Through yesterday in London, or through the day given: where nothing is due, that one's file is looked at again.
    With `only_begun`, no night that nobody began. The nights after one that fails are not begun. Raises AlreadyRunning,
    NightLost, BusinessDateInFuture, BusinessDateTooEarly, BooksNotWhole, and what a step raises.
    """
    ran: date | None = None
    while ran is None or through is None or ran < through:
        due = dates_due(engine, now=runner.now(), through=through, only_begun=only_begun)
        if not due and (through is None or ran is not None or only_begun):
            return
        ran = due[0] if due else through
        assert ran is not None, "a day is due, or one was asked for"
        yield _run_one(engine, ran, runner)


def dates_due(engine: Engine, *, now: datetime, through: date | None = None, only_begun: bool = False) -> list[date]:
    """The business dates that are not done, the oldest first: those begun, and all after the newest.

    A scheme begins with the last day that is due. Raises BusinessDateInFuture, BusinessDateTooEarly.
    """
    today = london_date(now)
    last = through or today - ONE_DAY
    with reading(engine) as session:
        if through is not None:
            check_business_date(session, business_date=through, today=today)
        begun = unfinished(session, through=last)
        known = [day for day in (newest_night(session), newest_business_date(session)) if day is not None]
    if only_begun:
        return begun
    return begun + (dates_between(max(known), last) if known else [last])


def _run_one(engine: Engine, day: date, runner: Runner) -> NightResult:
    occasion = runner.occasion()
    with reading(engine) as session:
        check_business_date(session, business_date=day, today=occasion.today)
    night = run(engine, partial(take_on, business_date=day, runner=runner.name, occasion=occasion))
    tonight = Tonight(
        engine=engine,
        settings=runner.settings,
        business_date=day,
        occasion=occasion,
        progress=runner.progress,
    )
    if night is None:
        done = {step.name: _do(step, tonight) for step in runner.steps if step.every_time}
    else:
        done = _run_steps(tonight, night, runner)
    return replace(_result(tonight), undelivered=done.get(SENDING, {}).get("problem", ""))


def _run_steps(tonight: Tonight, night: TakenOn, runner: Runner) -> dict[str, Figures]:
    """Do what is not done of a night that was taken on, and end it, as done or as what stopped it; what was done."""
    engine, at = tonight.engine, tonight.occasion.now
    did: dict[str, Figures] = {}
    ended = has_ended(tonight.business_date, at=at)
    try:
        done = _done_steps(engine, night)
        with beating(engine, night=night, now=runner.now):
            for step in runner.steps:
                if step.every_time or step.name not in done:
                    did[step.name], now = _do(step, tonight), runner.now()
                    done_now = partial(record_step, night=night, step=step.name, figures=did[step.name])
                    run(engine, partial(done_now, at=at, now=now))
        outcome = NightState.DONE if ended else NightState.EARLY
        run(engine, partial(end, night=night, state=outcome, now=runner.now()))
    except BaseException as error:
        outcome = NightState.NOT_WHOLE if isinstance(error, BooksNotWhole) else NightState.STOPPED
        with suppress(Exception):  # what stopped the night is told, and its runner's end is seen without this too
            run(engine, partial(end, night=night, state=outcome, now=runner.now()))
        raise
    return did


def _done_steps(engine: Engine, night: TakenOn) -> set[str]:
    """The steps that an earlier run did after the business date had ended: before that, none is done for good."""
    with reading(engine) as session:
        steps = steps_of(session, night_id=night.id)
    return {step.step for step in steps if has_ended(night.business_date, at=step.at)}


def _do(step: Step, tonight: Tonight) -> Figures:
    """Do a step, and tell of it: a step that is not told of in parts is told of as one."""
    told: list[str] = []

    def tell(name: str, done: int, total: int) -> None:
        told.append(name)
        tonight.progress(name, done, total)

    tell(step.name, 0, 1)
    figures = step.work(replace(tonight, progress=tell))
    if len(told) == 1:
        tell(step.name, 1, 1)
    return figures


def _result(tonight: Tonight) -> NightResult:
    with reading(tonight.engine) as session:
        night = night_on(session, business_date=tonight.business_date)
        batch = batch_on(session, business_date=tonight.business_date)
        assert night is not None, "it was begun"
        assert batch is not None, "a night that ended built its batch"
        figures = [(one.step, one.figures) for one in steps_of(session, night_id=night.id)]
    expired = [one for step, one in figures if step == EXPIRING]
    withdrawn = [one for step, one in figures if step == WITHDRAWING]
    answers = [one for step, one in figures if step == TAKING_IN]
    file = NightFile(
        name=batch.file_name,
        path=folder_of(tonight.settings) / batch.file_name,
        sha256=batch.sha256,
        records=batch.lines,
        pence=batch.net,
    )
    return NightResult(
        business_date=tonight.business_date,
        night=night.state,
        state=batch.state,
        sequence=batch.sequence,
        expiry=Expiry(purses=sum(one["purses"] for one in expired), amount=sum(one["amount"] for one in expired)),
        withdrawal=Withdrawal(
            programmes=sum(one["programmes"] for one in withdrawn), amount=sum(one["amount"] for one in withdrawn)
        ),
        notices=sum(one["notices"] for step, one in figures if step == TELLING),
        lines=batch.lines,
        reductions=batch.reductions,
        reversals=batch.reversals,
        files=(file,),
        refused=tuple(name for one in answers for name in one["refused"]),
        moved=tuple(Moved(**moved) for step, one in figures if step == COMPARING for moved in one["moved"]),
        rejecting=tuple(name for one in answers for name in one.get("rejecting", ())),
    )
