"""A small town behind the real application, and visitors who come in through the real sign-in."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit
from uuid import UUID
from xml.etree.ElementTree import Element

import html5lib
import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from ledger import store
from ledger.occasion import Occasion
from ledger.people import register, sign_ins
from ledger.people.queries import choices_for, find_person
from ledger.people.rules import Permission, Realm, SignInKind, normalise_email
from ledger.people.sign_ins import NewSignIn
from ledger.settings import Settings
from shared_web.core import EXTENSION
from shared_web.guards import cookie_name
from tests import factories
from tests.application import application
from tests.factories import NOON
from tests.service import settings_for

Result = TypeVar("Result")

STARTS = {"resident": "", "organiser": "/organise", "merchant": "/merchant", "office": "/office"}
"""Where the pages of each realm begin."""

INLINE = {"a", "b", "em", "span", "strong"}
SIX_DIGITS = re.compile(r"\b([0-9]{6})\b")


@dataclass(kw_only=True)
class WebTown:
    """The application on a fresh database, with a clock that a test moves."""

    settings: Settings
    now: datetime = NOON
    app: Flask = field(init=False)

    def __post_init__(self) -> None:
        self.app = application(self.settings, now=lambda: self.now)
        self.engine = self.app.extensions[EXTENSION].engine()

    def work(self, work: Callable[[Session], Result]) -> Result:
        """What an operation returns, committed."""
        return store.run(self.engine, work)

    def occasion(self) -> Occasion:
        """The town's own occasion, now."""
        return factories.occasion_at(self.now)

    def wait(self, **time: float) -> None:
        """Let time pass, as timedelta counts it."""
        self.now += timedelta(**time)

    def visitor(self) -> "Visitor":
        """Somebody with a browser of their own, a stranger so far."""
        return Visitor(town=self, client=self.app.test_client())

    def resident(self, *, credits_: int = 0, email: str = "amina@example.org") -> UUID:
        """A resident, with credits (minor units) of the usual end."""
        resident_id = self.work(
            lambda session: register.add_resident(
                session, name="Amina Yusuf", email=email, postcode="SW9 8QQ", occasion=self.occasion()
            )
        )
        if credits_:
            self.work(lambda session: factories.purse(session, resident_id=resident_id, amount=credits_, at=self.now))
        return resident_id

    def officer(self, *permissions: Permission, email: str) -> str:
        """An officer's TOTP secret."""
        return self.work(
            lambda session: register.add_officer(
                session,
                name=email.split("@")[0].title(),
                email=email,
                permissions=permissions,
                field_keys=self.settings.field_keys,
                occasion=self.occasion(),
            )
        ).totp_secret

    def begun(self, session: Session, realm: Realm, email: str) -> NewSignIn:
        """A sign-in of whoever has this address, for the first organisation that they may come in for."""
        person_id = find_person(session, realm=realm, email=normalise_email(email))
        assert person_id is not None, f"nobody of {realm} has the address {email}"
        of_organisations = realm in (Realm.ORGANISER, Realm.MERCHANT)
        choices = choices_for(session, realm=realm, operator_id=person_id) if of_organisations else ()
        assert len(choices) < 2, "who has several chooses one on the page"
        return sign_ins.begin(
            session,
            realm=realm,
            kind=SignInKind.PERSON,
            person_id=choices[0].operator_id if choices else person_id,
            organisation_id=choices[0].organisation_id if choices else None,
            code_key=self.settings.code_key,
            occasion=self.occasion(),
        )

    def last_digits(self, email: str) -> str:
        """The six digits that were sent to an address last."""
        lines = (self.settings.data / "notices" / "outbox.jsonl").read_text(encoding="utf-8").splitlines()
        sent = [message for message in map(json.loads, lines) if message["to"] == email]
        return SIX_DIGITS.search(sent[-1]["text"])[1]


@dataclass(kw_only=True)
class Visitor:
    """Somebody with a browser without scripts: follows links, fills forms in as they stand on the page."""

    town: WebTown
    client: FlaskClient

    def get(self, path: str) -> TestResponse:
        """A page, redirects followed."""
        return self.client.get(path, follow_redirects=True)

    def fill(self, page: str, action: str | None = None, **fields: Any) -> TestResponse:
        """Send the form of a page (the one with this action, or its first by POST), its hidden fields as they are."""
        target, data = self.filled(page, action, **fields)
        return self.client.post(target, data=data)

    def filled(self, page: str, action: str | None = None, **fields: Any) -> tuple[str, dict[str, Any]]:
        """What `fill` would send, and where to: to send it twice, for example."""
        answer = self.get(page)
        for form in forms_of(answer.text):
            target = form.get("action") or answer.request.path
            if form.get("method") == "post" and action in (None, target, urlsplit(target).path):
                return target, hidden_of(form) | fields
        raise AssertionError(f"no form to {action} on {page}:\n{answer.text}")

    def choice(self, page: str, name: str, beginning: str) -> str:
        """The value of the option of a page's list whose words begin so."""
        for chosen in html5lib.parse(self.get(page).text, namespaceHTMLElements=False).iter("select"):
            for option in chosen.iter("option") if chosen.get("name") == name else ():
                if (option.text or "").startswith(beginning):
                    return option.get("value", "")
        raise AssertionError(f"no {beginning} in the list {name} of {page}")

    def sign_in(self, email: str, *, realm: str = "resident") -> "Visitor":
        """Come in as this person with the cookie that `sign_in_by_pages` ends in, which asks four times on the way."""
        known = Realm(realm)
        begun = self.town.work(lambda session: self.town.begun(session, known, email))
        settings = self.town.settings
        with self.town.app.test_request_context():
            name = cookie_name(known)
        self.client.set_cookie(name, begun.token, secure=settings.secure, httponly=True, samesite="Lax", path="/")
        return self

    def sign_in_by_pages(self, email: str, *, realm: str = "resident", totp_secret: str | None = None) -> "Visitor":
        """Come in as this person: address, six digits from the outbox, an officer's app."""
        start = STARTS[realm]
        assert self.fill(f"{start}/sign-in", email=email).status_code == 303
        answer = self.fill(f"{start}/sign-in/code", digits=self.town.last_digits(email))
        assert answer.status_code == 303, answer.text
        if totp_secret:
            digits = pyotp.TOTP(totp_secret).at(self.town.now)
            assert self.fill(f"{start}/sign-in/app", digits=digits).status_code == 303
        return self

    def send_json(self, path: str, body: Any, *, page: str, **headers: str) -> TestResponse:
        """POST JSON as a script of ours would, with the token that `page` has."""
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.get(page).text)[1]
        return self.client.post(path, json=body, headers={"X-CSRFToken": token, **headers})


def forms_of(html: str) -> list[Element]:
    """Every form of a page."""
    return html5lib.parse(html, namespaceHTMLElements=False).findall(".//form")


def hidden_of(form: Element) -> dict[str, str]:
    """The hidden fields of a form."""
    hidden = (one for one in form.iter("input") if one.get("type") == "hidden")
    return {one.get("name", ""): one.get("value", "") for one in hidden}


def text_of(answer: TestResponse) -> str:
    """What a page's main part says, spaces made one; cells, rows and paragraphs have one between them."""
    document = html5lib.parse(answer.text, namespaceHTMLElements=False)
    return " ".join("".join(pieces_of(document.find(".//main"))).split())


def pieces_of(element: Element) -> Iterator[str]:
    """The text of an element, with spaces around what is not part of a line."""
    apart = "" if element.tag in INLINE else " "
    yield apart
    yield element.text or ""
    for child in element:
        yield from pieces_of(child)
        yield child.tail or ""
    yield apart


@pytest.fixture
def web_town(database_url: str, tmp_path: Path) -> Iterator[WebTown]:
    """The town on SQLite and on PostgreSQL, with nobody in it yet."""
    data = tmp_path / "data"
    data.mkdir()
    town = WebTown(settings=settings_for(database_url=database_url, data=data))
    yield town
    town.engine.dispose()
