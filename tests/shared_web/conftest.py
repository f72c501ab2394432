"""The application on a fresh database with a few people in it, and a clock that tests turn."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pyotp import TOTP
from sqlalchemy import Engine

from ledger.notices.backends import outbox_path, read_file_outbox
from ledger.occasion import Occasion
from ledger.people.register import add_officer, add_operator, add_organisation, add_resident
from ledger.people.rules import OperatorRole, OrganisationKind, Permission
from ledger.store import make_engine, unit_of_work
from tests.application import application
from tests.service import settings_for

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


class Clock:
    """The instant that the application sees."""

    def __init__(self) -> None:
        self.instant = NOON

    def __call__(self) -> datetime:
        return self.instant

    def turn(self, **by: float) -> None:
        """Let time go by."""
        self.instant += timedelta(**by)


class Town:
    """An application, its clock, its outbox, and who may come in."""

    error: Exception

    def __init__(self, *, engine: Engine, database_url: str, data: Path, seed: str, **settings: str) -> None:
        self.clock, self.engine = Clock(), engine
        self.settings = settings_for(database_url=database_url, data=data, **settings)
        self.token_bytes = random.Random(seed).randbytes
        self.app: Flask = application(self.settings, now=self.clock, token_bytes=self.token_bytes)
        self.app.config["WTF_CSRF_ENABLED"] = False
        self.settle()

    def settle(self) -> None:
        """Let a resident, two shops of one owner, and an officer who may approve live here."""
        with unit_of_work(self.engine) as session:
            now = Occasion(now=NOON, actor="test", token_bytes=self.token_bytes)
            self.amina = add_resident(session, name="Amina", email="amina@example.org", occasion=now)
            self.shops = [
                add_organisation(session, kind=OrganisationKind.SHOP, name=name, address="1 High Street", occasion=now)
                for name in ("Santos Deli", "Corner Books")
            ]
            for shop in self.shops:
                add_operator(
                    session,
                    organisation_id=shop,
                    name="Rosa",
                    role=OperatorRole.OWNER,
                    email="rosa@example.org",
                    occasion=now,
                )
            self.grace = add_officer(
                session,
                name="Grace",
                email="grace@example.org",
                permissions=[Permission.APPROVE],
                field_keys=self.settings.field_keys,
                occasion=now,
            )

    def browser(self) -> FlaskClient:
        """A browser that was never here."""
        return self.app.test_client()

    def digits_sent(self) -> str:
        """The six digits of the newest message."""
        text = read_file_outbox(outbox_path(self.settings.data), 1)[-1]["text"]
        return next(word for word in text.replace(".", " ").split() if word.isdigit() and len(word) == 6)

    def ask_code(self, browser: FlaskClient, email: str, *, face: str = "", onward: str = "") -> str:
        """Ask for a code; the digits that came."""
        answer = browser.post(f"{face}/sign-in{onward}", data={"email": email})
        assert answer.status_code == 303, answer.text
        return self.digits_sent()

    def resident(self) -> FlaskClient:
        """Amina's browser, signed in."""
        browser = self.browser()
        answer = browser.post("/sign-in/code", data={"digits": self.ask_code(browser, "amina@example.org")})
        assert answer.status_code == 303, answer.text
        return browser

    def officer(self) -> FlaskClient:
        """Grace's browser, signed in with her app."""
        browser = self.browser()
        digits = self.ask_code(browser, "grace@example.org", face="/office")
        assert browser.post("/office/sign-in/code", data={"digits": digits}).location.endswith("/office/sign-in/app")
        shown = TOTP(self.grace.totp_secret).at(self.clock.instant)
        assert browser.post("/office/sign-in/app", data={"digits": shown}).status_code == 303
        return browser

    def close(self) -> None:
        """Give the application's connections back."""
        self.app.extensions["tallystick"].engine().dispose()


@pytest.fixture
def town(engine: Engine, database_url: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Town]:
    """A small town, on each database."""
    made = Town(engine=engine, database_url=database_url, data=tmp_path, seed=request.node.nodeid)
    yield made
    made.close()


@pytest.fixture
def small_town(sqlite_url: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Town]:
    """A small town on SQLite alone, for what does not touch the databases' differences."""
    engine = make_engine(sqlite_url)
    made = Town(engine=engine, database_url=sqlite_url, data=tmp_path, seed=request.node.nodeid)
    yield made
    made.close()
    engine.dispose()
