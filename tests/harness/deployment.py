"""A deployment at work: tills take credits, nights are run, files go to the revenues system and are answered."""

import secrets
import threading
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine

from ledger.council_tax.delivery.due import deliver_released
from ledger.council_tax.incoming import TAKEN
from ledger.council_tax.register import register_of
from ledger.nightly import Runner, run_due
from ledger.settings import Delivery, Settings
from ledger.store import make_engine
from tests.council_tax.town import apply, at
from tests.nightly.town import settings_of
from tests.redemption.town import NOON, Town, make_town
from tests.revenues.folders import Folders
from tests.revenues.town import Exchange, exchange, household

FIRST, SECOND, THIRD = date(2026, 11, 22), date(2026, 11, 23), date(2026, 11, 24)


@dataclass(kw_only=True)
class Deployment:
    """A town at work: what tills were told, when, and the nights that were run."""

    town: Town
    settings: Settings
    exchange: Exchange
    folders: Folders
    taken: list[tuple[datetime, str, str]] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def work(self) -> None:
        """Take credits with one fresh code after another."""
        number = 0
        while not self.over.is_set():
            number += 1
            now = NOON + timedelta(seconds=number)
            token = self.town.issue(now).token
            reference = self.town.take(token, 100, now=now).reference
            self.taken.append((datetime.now(UTC), token, reference))

    def night(self, day: date, engine: Engine | None = None, settings: Settings | None = None) -> int:
        """Run the nights through a day; how many were."""
        morning = datetime.combine(day + timedelta(days=1), datetime.min.time().replace(hour=1, minute=30), UTC)
        runner = Runner(settings=settings or self.settings, now=lambda: morning, token_bytes=secrets.token_bytes)
        return len(list(run_due(engine or self.town.engine, runner)))

    def release(self, sequence: int, day: date) -> None:
        """Two officers release a file."""
        self.exchange.approve(sequence, day)
        self.exchange.release(sequence, day)

    def deliver(self, engine: Engine | None = None, settings: Settings | None = None) -> list[int]:
        """Send what is released and did not arrive, as the timer does by day; the files that are there now."""
        used = settings or self.settings
        assert used.delivery is not None
        occasion = self.exchange.at(THIRD, 10)
        sent = deliver_released(
            engine or self.town.engine,
            delivery=used.delivery,
            register=register_of(used),
            command="council-tax-deliver",
            occasion=occasion,
        )
        return list(sent)

    def go_on(self) -> None:
        """After the backup: a file leaves, it and the one before it are answered, and the answers are taken in."""
        assert self.deliver() == [2]
        self.folders.collect()
        assert self.night(THIRD) == 1
        self.folders.collect()

    def answered(self) -> list[bytes]:
        """The answers that were taken in, as the council has kept them, the first first."""
        return [path.read_bytes() for path in sorted((self.folders.answers / TAKEN).iterdir())]


def deployment(url: str, data: Path) -> Deployment:
    """A town with credits, two nights behind it, of the first of which a file was sent, and a second one released."""
    town = make_town(make_engine(url))
    town.award(10**8)
    arriving = data.parent / "arriving"
    arriving.mkdir()
    settings = replace(settings_of(url, data), delivery=Delivery(target=str(arriving)))
    made = exchange(town.engine, today=SECOND)
    folders = Folders(revenues=made.revenues, arriving=arriving, answers=data / "council-tax" / "answers")
    found = Deployment(town=town, settings=settings, exchange=made, folders=folders)
    apply(town.engine, household(made), 2_500)
    found.night(FIRST)
    found.release(1, SECOND)
    apply(town.engine, household(made, "20005678"), 1_500, at(2026, 11, 23, 9, 0))
    found.night(SECOND)
    found.release(2, THIRD)
    made.revenues.today = THIRD
    folders.collect()
    return found
