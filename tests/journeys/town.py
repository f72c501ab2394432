"""The town of a journey: a running service, one of each kind of person, and how they come in through its pages."""

import json
import random
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from playwright.sync_api import Page
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from ledger.clock import LONDON
from ledger.earning.rules import TariffPer
from ledger.occasion import Occasion
from ledger.people import register
from ledger.settings import SchemeRules
from ledger.store import make_engine, run
from tests import factories
from tests.council_tax.decided import decide
from tests.service import Service

RESIDENT, ORGANISER, MERCHANT = "amina@example.org", "olu@example.org", "rosa@example.org"
THANKS = 3500
"""What the organiser thanks each person with for the session, minor units: under the week's 40.00."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JourneyTown:
    """A running service, its database, and the day on which credits applied now leave."""

    service: Service
    engine: Engine

    def digits_for(self, email: str) -> str:
        """The six digits that were sent to an address last, as its owner would read them."""
        outbox = self.service.data / "notices" / "outbox.jsonl"
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            sent = [json.loads(line) for line in outbox.read_text().splitlines()] if outbox.exists() else []
            if mine := [message["text"] for message in sent if message["to"] == email]:
                return re.findall(r"\b[0-9]{6}\b", mine[-1])[0]
            time.sleep(0.05)
        raise AssertionError(f"nothing was sent to {email}")

    def night(self) -> date:
        """The business date of credits applied now: today until 18:00 in London, then tomorrow."""
        now = datetime.now(LONDON)
        return now.date() if now.time() < SchemeRules().council_tax_cut else now.date() + timedelta(days=1)


@contextmanager
def journey_town(service: Service) -> Iterator[JourneyTown]:
    """A resident on the roster of yesterday's session, its organiser, and a shop whose owner has a PIN."""
    engine = make_engine(service.database_url)
    try:
        run(engine, _found)
        yield JourneyTown(service=service, engine=engine)
    finally:
        engine.dispose()


def _found(session: Session) -> None:
    yesterday = datetime.now(UTC) - timedelta(days=1)
    before = _occasion(yesterday - timedelta(days=7))
    resident_id = register.add_resident(
        session, name="Amina Yusuf", email=RESIDENT, postcode="SW9 0QN", occasion=before
    )
    company = factories.organiser(session, owner_email=ORGANISER, occasion=before)
    programme_id = factories.programme(session, starts_on=before.today, ends_on=date(2099, 3, 31), occasion=before)
    factories.allowance(session, programme_id=programme_id, organiser_id=company.id, amount=8500, occasion=before)
    activity_id = factories.activity(
        session,
        organiser_id=company.id,
        programme_id=programme_id,
        tariff=THANKS,
        tariff_per=TariffPer.SESSION,
        occasion=before,
    )
    session_id = factories.activity_session(
        session, activity_id=activity_id, starts_at=yesterday, hours=1, places=12, occasion=before
    )
    factories.place(session, session_id=session_id, resident_id=resident_id, at=yesterday)
    factories.merchant(session, owner_email=MERCHANT, occasion=before)
    decide(session, occasion=before)


def _occasion(now: datetime) -> Occasion:
    return Occasion(now=now, actor="test", token_bytes=random.randbytes)


def eventually(happened: Callable[[], bool], *, seconds: float = 10) -> None:
    """Wait until it has happened."""
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.1)


def shown(page: Page) -> str:
    """The words of a page as people read them."""
    return re.sub(r"\s+", " ", page.locator("main").inner_text())
