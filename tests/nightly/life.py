"""A town that lives night after night: credits are applied, officers release files, answers come back by a folder."""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy import Engine, select

from ledger.check_books.council_tax import in_transit_equals_items
from ledger.clock import LONDON
from ledger.council_tax.models import CouncilTaxBatch, CouncilTaxItem
from ledger.council_tax.operations import apply_credits
from ledger.council_tax.rules import UNRELEASED
from ledger.nightly import CHECKING, STEPS, Step
from ledger.nights.queries import night_on, steps_of
from ledger.nights.rules import ONE_DAY
from ledger.settings import SchemeRules
from ledger.store import FOR_COMMANDS, make_engine, reading, unit_of_work
from tests.council_tax.town import at, link, resident_with
from tests.harness.crashes import Mode, Stop, run_in_child, stop_at_files, stopping
from tests.nightly.town import Town
from tests.revenues.accounts import Account
from tests.revenues.folders import Folders
from tests.revenues.town import Exchange, exchange, open_account

WITHOUT_CHECKS = tuple(step for step in STEPS if step.name != CHECKING)
MOST_POINTS = 120
"""About as many statements, commits and files as the longest step has; past its last the next step is killed."""
RULES = SchemeRules(council_tax_items_a_month=31, council_tax_a_year=10**9)
PLENTY = 10**8


@dataclass(kw_only=True)
class Life:
    """A town that lives day by day, what it has been promised, and the revenues system that its files go to."""

    town: Town
    exchange: Exchange
    folders: Folders
    account: Account
    resident: UUID
    source: random.Random
    applied: Counter[date] = field(default_factory=Counter)
    stopped_in: Counter[str] = field(default_factory=Counter)
    steps: Sequence[Step] = STEPS

    @property
    def stops(self) -> int:
        """How many nights were killed."""
        return self.stopped_in.total()

    def apply(self, at: datetime, amount: int) -> None:
        """Apply credits at an instant; they count on the day they were promised to leave on."""
        occasion = replace(self.town.runner().occasion(), now=at)
        with unit_of_work(self.town.engine) as session:
            item = apply_credits(session, resident_id=self.resident, amount=amount, rules=RULES, occasion=occasion)
            leaves_on = session.get_one(CouncilTaxItem, item.item_id).leaves_on
        self.applied[leaves_on] += amount

    def release(self, day: date) -> None:
        """Two officers release the files that wait."""
        waiting = select(CouncilTaxBatch.sequence).where(CouncilTaxBatch.state.in_(UNRELEASED))
        with reading(self.town.engine) as session:
            sequences = session.execute(waiting.order_by(CouncilTaxBatch.sequence)).scalars().all()
        for sequence in sequences:
            self.exchange.approve(sequence, day)
            self.exchange.release(sequence, day)

    def run_killed(self, step: str, *, at: int) -> None:
        """Run what is due in a process that is killed at a point, counted from the beginning of a step."""

        def work(child: Town) -> Stop:
            stop = Stop(mode=Mode.KILLED, at=0)

            def count(name: str, done: int, _total: int) -> None:
                if name == step and not done:
                    stop.at = stop.passed + at

            stop_at_files(stop, child.settings.data.parent)
            with stopping(child.engine, stop):
                child.run(steps=self.steps, progress=count)
            return stop

        self._run_in_child(work)

    def run_killed_at(self, step: str, *, after: bool) -> None:
        """Run what is due in a process that is killed before or after it does a step."""

        def work(child: Town) -> Stop:
            stop = Stop(mode=Mode.KILLED, at=1)

            def pass_it(name: str, done: int, total: int) -> None:
                if name == step and (done == total if after else not done):
                    stop()

            child.run(progress=pass_it, steps=self.steps)
            return stop

        self._run_in_child(work)

    def _run_in_child(self, work: Callable[[Town], Stop]) -> None:
        url = self.town.engine.url.render_as_string(hide_password=False)
        self.town.engine.dispose()

        def run_there() -> Stop:
            child = Town(make_engine(url, patience=FOR_COMMANDS), self.town.settings.data.parent)
            child.now, child.settings = self.town.now, self.town.settings
            return work(child)

        if run_in_child(run_there):
            self.stopped_in[self._first_not_done()] += 1

    def _first_not_done(self) -> str:
        with reading(self.town.engine) as session:
            night = night_on(session, business_date=self.folders.revenues.today - ONE_DAY)
            done = {one.step for one in steps_of(session, night_id=night.id)} if night else set()
        return next((step.name for step in self.steps if step.name not in done), "end")


def settled(engine: Engine, folder: Path, source: random.Random, first: date) -> Life:
    """A town whose resident has enough for years, something that ends with each month, and a bill of as much."""
    months = {(first + timedelta(days=31 * number)).replace(day=1) - ONE_DAY for number in range(1, 5)}
    resident = resident_with(engine, (date(2040, 1, 31), PLENTY), *((day, 100) for day in sorted(months)))
    link(engine, resident, occasion=at(first.year, first.month, first.day, 8, 0))
    town, other_side = Town(engine, folder), exchange(engine, today=first)
    account = open_account(other_side, "20001234", liability=dict.fromkeys(range(2020, 2041), PLENTY))
    account.most_reduced = PLENTY
    arriving, answers = town.deliver_into(folder / "arriving"), town.settings.data / "council-tax" / "answers"
    folders = Folders(revenues=other_side.revenues, arriving=arriving, answers=answers)
    return Life(town=town, exchange=other_side, folders=folders, account=account, resident=resident, source=source)


def some_time(day: date, source: random.Random) -> datetime:
    """When the timer starts the night of a day: at some minute after half past one in London, jitter included."""
    half_past_one = datetime.combine(day + ONE_DAY, time(1, 30), LONDON)
    return half_past_one.astimezone(UTC) + timedelta(seconds=source.randrange(10_800))


def live_by_day(life: Life, day: date) -> None:
    """A day: last night's file is released, credits are applied, and the other side has its own days."""
    life.release(day)
    life.apply(datetime.combine(day, time(11), UTC), 500)
    if day == date(2027, 3, 31):
        life.apply(datetime(2027, 3, 31, 23, 30, tzinfo=UTC), 700)
    life.town.now = some_time(day, life.source)
    morning, revenues = day + ONE_DAY, life.folders.revenues
    revenues.today = morning
    life.account.suppressed_until = morning + 2 * ONE_DAY if day.day % 10 == 3 else None
    life.account.on_hold = day.day % 10 == 6
    revenues.faults.closed_periods = {str(day - ONE_DAY)} if day.day == 15 else set()
    if day.day % 10 == 9 and life.account.reductions:
        revenues.take_half_back(life.account)


def live(life: Life, day: date) -> None:
    """A day and its night, which is killed somewhere and run again: the file of the day stands once, as it was."""
    live_by_day(life, day)
    step = life.source.choice(life.steps).name
    life.run_killed(step, at=1 + int(MOST_POINTS * life.source.random() ** 2))
    before = life.town.files(day)
    assert_identity(life.town.engine)
    life.folders.collect()
    life.town.run(steps=life.steps)
    assert_identity(life.town.engine)
    after = life.town.files(day)
    finals = {name for name in before if not name.endswith(".part")}
    assert {name: after[name] for name in finals} == {name: before[name] for name in finals}
    assert life.town.run() == []
    assert life.town.files(day) == after
    life.folders.collect()


def assert_identity(engine: Engine) -> None:
    """What is in transit is the sum of the reductions batched, sent or deferred."""
    with reading(engine) as session:
        assert list(in_transit_equals_items(session)) == []
