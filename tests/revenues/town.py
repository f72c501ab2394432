"""A town whose council-tax files go to the test revenues system: its officers, its nights, the way there and back."""

import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from os import devnull
from pathlib import Path
from uuid import UUID

from sqlalchemy import Engine

from ledger.council_tax.answers import TakenIn
from ledger.council_tax.batches import build_batch
from ledger.council_tax.queries import batch, batch_file
from ledger.council_tax.references import check_character
from ledger.council_tax.release import approve_batch, release_batch, send_back_batch
from ledger.council_tax.taking_in import take_in
from ledger.council_tax.views import BatchView
from ledger.occasion import Occasion
from ledger.people.rules import Permission
from ledger.store import reading, run, unit_of_work
from tests import factories
from tests.council_tax import town
from tests.revenues.accounts import Account
from tests.revenues.receiver import Revenues

SURE = "A school fair brought many people in."
LIABLE = {2026: 120_000, 2027: 125_000}
NOTHING_ARRIVED = Path(devnull)
"""The register of a town from whose folder nothing was delivered."""
NOWHERE = Path("nowhere")
"""The folder of a town whose files are written nowhere."""


@dataclass
class Exchange:
    """One council's scheme and its revenues system, by which a night can be sent and answered."""

    engine: Engine
    revenues: Revenues
    first: UUID
    second: UUID
    source: random.Random = field(default_factory=lambda: random.Random(1992))

    def at(self, day: date, hour: int, minute: int = 0) -> Occasion:
        """An occasion of this day, UTC."""
        now = datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)
        return Occasion(now=now, actor="test", token_bytes=self.source.randbytes)

    def build(self, business_date: date) -> BatchView:
        """Build a night's batch, early the next morning."""
        occasion = self.at(business_date + timedelta(days=1), 2, 30)
        return run(
            self.engine,
            lambda session: build_batch(
                session, business_date=business_date, scheme=town.SCHEME, rules=town.RULES, occasion=occasion
            ),
        )

    def approve(self, sequence: int, day: date) -> None:
        """The first officer approves a file."""
        occasion = self.at(day, 8)
        run(
            self.engine,
            lambda session: approve_batch(
                session, sequence=sequence, officer_id=self.first, why=SURE, occasion=occasion
            ),
        )

    def release(self, sequence: int, day: date) -> None:
        """The second officer releases it."""
        occasion = self.at(day, 9)
        run(
            self.engine,
            lambda session: release_batch(session, sequence=sequence, officer_id=self.second, occasion=occasion),
        )

    def send_back(
        self,
        sequence: int,
        day: date,
        *,
        officer_id: UUID | None = None,
        reason: str = "Line 1 is far too large.",
        register: Path = NOTHING_ARRIVED,
        folder: Path = NOWHERE,
    ) -> None:
        """The second officer, or this one, refuses a file: it goes empty."""
        with unit_of_work(self.engine) as session:
            send_back_batch(
                session,
                sequence=sequence,
                officer_id=officer_id or self.second,
                reason=reason,
                scheme=town.SCHEME,
                register=register,
                folder=folder,
                occasion=self.at(day, 9),
            )

    def night(self, business_date: date) -> int:
        """Build and release a night; its sequence."""
        built = self.build(business_date)
        morning = business_date + timedelta(days=1)
        if built.lines:
            self.approve(built.sequence, morning)
            self.release(built.sequence, morning)
        return built.sequence

    def content(self, sequence: int) -> bytes:
        """A batch's file, from the books."""
        with reading(self.engine) as session:
            return batch_file(session, sequence=sequence).content

    def deliver(self, sequence: int) -> bytes:
        """Send a file to the revenues system; what it answers."""
        return self.revenues.receive(self.content(sequence))

    def take(self, answer: bytes, day: date) -> TakenIn:
        """Take an answer in."""
        occasion = self.at(day, 10)
        return run(
            self.engine,
            lambda session: take_in(session, content=answer, scheme=town.SCHEME, occasion=occasion),
        )

    def view(self, sequence: int) -> BatchView:
        """A batch as it stands."""
        with reading(self.engine) as session:
            return batch(session, sequence=sequence)

    def whole_night(self, business_date: date) -> TakenIn:
        """A night as it usually goes: built, released, answered, taken in."""
        sequence = self.night(business_date)
        self.revenues.today = business_date + timedelta(days=1)
        return self.take(self.deliver(sequence), self.revenues.today)


def exchange(engine: Engine, *, today: date = date(2026, 11, 23)) -> Exchange:
    """A council with two officers who may release, and a revenues system without accounts."""
    may = (Permission.APPROVE, Permission.EXPORT, Permission.REVERSE)
    joined_on = min(date(2026, 10, 1), today - timedelta(days=1))
    before = factories.occasion_at(datetime.combine(joined_on, time(0), UTC))
    first, second = (
        run(engine, lambda session: factories.officer(session, *may, occasion=before)) for _number in range(2)
    )
    scheme = town.SCHEME
    revenues = Revenues(authority=scheme.authority, environment=scheme.environment, scheme=scheme.code, today=today)
    return Exchange(engine=engine, revenues=revenues, first=first, second=second)


def open_account(made: Exchange, base: str, *, liability: dict[int, int] | None = None) -> Account:
    """A council-tax account of this base, on which the year's bill is still open."""
    account = Account(base, check_character(base, town.FORMAT), "", dict(liability or LIABLE))
    made.revenues.accounts[base] = account
    return account


def household(made: Exchange, base: str = "20001234", amount: int = 4_000, **account: dict[int, int]) -> UUID:
    """A resident with credits and a link to an account that the revenues system knows."""
    open_account(made, base, **account)
    return town.linked_resident(made.engine, amount, base)
