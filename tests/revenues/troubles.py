"""The exchange as it is watched, what people do in it by day, and what may befall a file, one trouble a night."""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy import Engine, select

from ledger.council_tax.delivery.due import deliver_released
from ledger.council_tax.models import CouncilTaxItem
from ledger.council_tax.register import register_of
from ledger.council_tax.reversing import ask_reversal
from ledger.council_tax.rules import ItemCode, ItemState, Reason
from ledger.identifiers import from_text, to_text
from ledger.nightly import STEPS
from ledger.store import FOR_COMMANDS, make_engine, reading, run
from ledger.wallets.errors import CapReached
from tests.council_tax import town
from tests.nightly.life import WITHOUT_CHECKS
from tests.nightly.town import Town
from tests.revenues.accounts import Account
from tests.revenues.folders import Folders
from tests.revenues.misreadings import MISREADINGS, edited, without_lines
from tests.revenues.receiver import Revenues
from tests.revenues.town import LIABLE, Exchange, exchange, open_account

FIRST = date(2027, 2, 1)
GOOD_UNTIL = date(2029, 3, 31)
YEAR_CLOSED = date(2027, 4, 20)


@dataclass
class Watch:
    """The exchange by nights and folders, and what was seen of it so far."""

    made: Exchange
    town: Town
    folders: Folders
    residents: dict[str, UUID]
    source: random.Random
    file_codes: Counter[str] = field(default_factory=Counter)
    item_codes: Counter[str] = field(default_factory=Counter)
    exported: int = 0

    @property
    def revenues(self) -> Revenues:
        """The other side."""
        return self.made.revenues

    def night(self, business_date: date) -> int:
        """Run the night of a day: it takes in what was answered, and builds a file, whose number this is."""
        self.town.now = self.made.at(business_date + timedelta(days=1), 2, 30).now
        (night,) = self.town.run(steps=STEPS if business_date.day == 1 else WITHOUT_CHECKS)
        assert night.refused == ()
        return night.sequence

    def release(self, sequence: int, day: date) -> None:
        """Two officers release a file."""
        self.made.approve(sequence, day)
        self.made.release(sequence, day)

    def deliver(self, day: date) -> None:
        """Send what is released, as the timer does by day."""
        settings, occasion = self.town.settings, self.made.at(day, 9, 30)
        assert settings.delivery is not None
        register = register_of(settings)
        list(
            deliver_released(
                self.town.engine,
                delivery=settings.delivery,
                register=register,
                command="council-tax-deliver",
                occasion=occasion,
            )
        )

    def exchange(self, _sequence: int, day: date) -> None:
        """Send what is released; the other side answers what arrived, for the next night to take in."""
        self.revenues.today = day
        self.deliver(day)
        for answer in self.folders.collect():
            head, *rows, _end = (line.split(",") for line in answer.decode("ascii").split("\r\n")[:-1])
            self.file_codes[head[9]] += 1
            self.item_codes.update(row[4] for row in rows)


def watched(engine: Engine, folder: Path, source: random.Random) -> Watch:
    """A town whose files go to the revenues system by a folder, and nobody in it yet."""
    made, town = exchange(engine, today=FIRST), Town(make_engine(engine.url, patience=FOR_COMMANDS), folder)
    arriving, answers = town.deliver_into(folder / "arriving"), town.settings.data / "council-tax" / "answers"
    folders = Folders(revenues=made.revenues, arriving=arriving, answers=answers)
    return Watch(made=made, town=town, folders=folders, residents={}, source=source)


def settled(watch: Watch, accounts: int) -> None:
    """So many households with credits, some of whose accounts have something that hinders."""
    for number in range(accounts):
        base = f"{20_000_000 + number * 7:08d}"
        account = open_account(watch.made, base)
        account.uprn = "100021887001"
        _hinder(account, number % 20, watch)
        watch.residents[base] = town.resident_with(watch.made.engine, (GOOD_UNTIL, 15_000), (date(2027, 4, 30), 2_500))
        uprn = "100021887002" if number % 20 == 9 else None
        day_before = watch.made.at(FIRST - timedelta(days=1), 12)
        town.link(watch.made.engine, watch.residents[base], base, occasion=day_before, uprn=uprn)


def _hinder(account: Account, kind: int, watch: Watch) -> None:
    match kind:
        case 1:
            account.check = "X" if account.check != "X" else "0"
        case 2:
            account.closed_on = FIRST
        case 3:
            account.liability = dict.fromkeys(LIABLE, 0)
        case 4:
            account.on_hold = True
        case 5:
            account.exempt = True
        case 6:
            account.liability = dict.fromkeys(LIABLE, 700)
        case 7:
            account.suppressed_until = FIRST + timedelta(days=12)
        case 8:
            del watch.revenues.accounts[account.ref]
        case 10:
            account.suppressed_until = YEAR_CLOSED + timedelta(days=2)
        case 11:
            account.most_reduced = 400


def apply_some(watch: Watch, day: date) -> None:
    """Some households apply at noon; an account that has applied this month is told so."""
    for base in watch.source.sample(sorted(watch.residents), len(watch.residents) // 20):
        amount = watch.source.randrange(5, 25) * 100
        try:
            town.apply(watch.made.engine, watch.residents[base], amount, watch.made.at(day, 12))
        except CapReached:
            continue


def reverse_some(watch: Watch, day: date, *, more_than_is_left: bool = False) -> None:
    """An officer asks for one reduction whole and one in part; once, of what the other side took back untold."""
    applied = (CouncilTaxItem.code == ItemCode.REDUCTION, CouncilTaxItem.state == ItemState.APPLIED)
    query = select(CouncilTaxItem.id, CouncilTaxItem.reference, CouncilTaxItem.amount).where(*applied)
    with reading(watch.made.engine) as session:
        untouched = query.where(CouncilTaxItem.returned == 0).order_by(CouncilTaxItem.id.desc()).limit(10)
        found = session.execute(untouched).all()
    for row, share in zip((row for row in found if _is_decided(watch, to_text(row.id))), (1, 2), strict=False):
        if more_than_is_left:
            watch.revenues.take_back(to_text(row.id), "C02", row.amount // 2)
        amount = row.amount // share
        run(
            watch.made.engine,
            lambda session, reference=row.reference, amount=amount: ask_reversal(
                session,
                reference=reference,
                amount=amount,
                reason=Reason.CORRECTION,
                why="Counted twice.",
                officer_id=watch.made.first,
                rules=town.RULES,
                occasion=watch.made.at(day, 13),
            ),
        )


def take_some_back(watch: Watch) -> None:
    """The other side takes parts of two reductions back by itself, and says so with its next answer."""
    standing = [posted for posted in watch.revenues.posted.values() if posted.left > 200]
    told = {row[0] for row in watch.revenues.changes}
    answered = [posted for posted in standing if posted.txn_id not in told and _is_decided(watch, posted.txn_id)]
    for posted in watch.source.sample(answered, min(2, len(answered))):
        watch.revenues.take_back(posted.txn_id, watch.source.choice(("C01", "C02", "C03", "C04")), posted.left // 2)


def _is_decided(watch: Watch, txn_id: str) -> bool:
    """Whether our side knows it as applied, and nothing that it asked for is on the way."""
    item_id = from_text(txn_id)
    with reading(watch.made.engine) as session:
        state = session.execute(select(CouncilTaxItem.state).where(CouncilTaxItem.id == item_id)).scalar_one()
        asked = select(CouncilTaxItem.id).where(
            CouncilTaxItem.original_id == item_id,
            CouncilTaxItem.state.in_((ItemState.HELD, ItemState.BATCHED, ItemState.SENT, ItemState.DEFERRED)),
        )
        return state in (ItemState.APPLIED, ItemState.PARTLY_APPLIED) and session.execute(asked).first() is None


Trouble = Callable[[Watch, int, date], None]


def misread_as(code: str) -> Trouble:
    """The other side misreads the file, and refuses it."""

    def trouble(watch: Watch, sequence: int, day: date) -> None:
        watch.revenues.faults.misreads = MISREADINGS[code]
        watch.exchange(sequence, day)
        watch.revenues.faults.misreads = None

    return trouble


def period_closed(watch: Watch, sequence: int, day: date) -> None:
    watch.revenues.faults.closed_periods = {str(day - timedelta(days=1))}
    watch.exchange(sequence, day)
    watch.revenues.faults.closed_periods = set()


def another_came_first(watch: Watch, sequence: int, day: date) -> None:
    """Somebody tried the number with a file without lines."""
    watch.revenues.receive(edited(watch.made.content(sequence), without_lines))
    watch.exchange(sequence, day)


def delivered_twice(watch: Watch, sequence: int, day: date) -> None:
    watch.deliver(day)
    delivered = watch.folders.lose()
    for _time in range(2):
        watch.folders.find(delivered)
        watch.exchange(sequence, day)


def lost_on_the_way(watch: Watch, sequence: int, day: date) -> None:
    """The file is lost, the next one arrives, and then this one is sent again, as it was."""
    watch.deliver(day)
    lost = watch.folders.lose()
    apply_some(watch, day)
    later, morning = watch.night(day), day + timedelta(days=1)
    if watch.made.view(later).lines:
        watch.release(later, morning)
    watch.exchange(later, morning)
    watch.folders.find(lost)
    watch.exchange(sequence, morning)


def scheme_forgotten(watch: Watch, sequence: int, day: date) -> None:
    watch.revenues.faults.forgets_scheme = True
    watch.exchange(sequence, day)
    watch.revenues.faults.forgets_scheme = False


def applied_and_said_later(watch: Watch, sequence: int, day: date) -> None:
    watch.revenues.faults.applies_and_says_later = True
    watch.exchange(sequence, day)
    watch.revenues.faults.applies_and_says_later = False


def reversals_of_the_unknown(watch: Watch, sequence: int, day: date) -> None:
    """Reversals are asked for of what the other side has forgotten; it says so the next night."""
    watch.exchange(sequence, day)
    reverse_some(watch, day)
    watch.revenues.faults.forgets = set(watch.revenues.posted)


def reversals_of_too_much(watch: Watch, sequence: int, day: date) -> None:
    watch.exchange(sequence, day)
    watch.revenues.faults.forgets = set()
    reverse_some(watch, day, more_than_is_left=True)


TROUBLES: tuple[Trouble, ...] = (
    delivered_twice,
    reversals_of_the_unknown,
    reversals_of_too_much,
    *map(misread_as, MISREADINGS),
    period_closed,
    another_came_first,
    lost_on_the_way,
    scheme_forgotten,
    *[applied_and_said_later] * 3,
)


def sent_back(watch: Watch, sequence: int, day: date) -> None:
    """The second officer refuses the file; it goes empty."""
    watch.made.send_back(sequence, day, register=register_of(watch.town.settings))
