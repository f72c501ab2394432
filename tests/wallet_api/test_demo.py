"""The demo's first page and its messages; on a real deployment there is neither."""

import json
from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Browser

from shared_web.demo_town import TOWN_FILE
from tests.journeys.pages import problems_of_pages, served
from tests.service import settings_for
from tests.web_town import WebTown, text_of

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
DOORS = [
    {"realm": "resident", "name": "Amina", "email": "amina@example.org"},
    {"realm": "organiser", "name": "Olu", "email": "olu@example.org", "organisation": "Myatts Fields"},
    {"realm": "merchant", "name": "Rosa", "email": "rosa@example.org", "organisation": "Santos Deli", "pin": "480261"},
    {"realm": "office", "name": "Grace Adeyemi", "email": "grace@example.org", "totp_secret": SECRET},
]


@pytest.fixture
def demo(database_url: str, tmp_path: Path) -> Iterator[WebTown]:
    """A demo that says how to come in."""
    facts = {"doors": DOORS, "residents": 200, "merchants": 35}
    (tmp_path / TOWN_FILE).write_text(json.dumps(facts), encoding="utf-8")
    town = WebTown(settings=settings_for(database_url=database_url, data=tmp_path, TALLYSTICK_DEMO="yes"))
    yield town
    town.engine.dispose()


def test_a_newcomer_is_shown_three_doors(demo: WebTown) -> None:
    answer = demo.visitor().get("/")
    page = text_of(answer)
    for words in ("Enter as Amina", "Enter as Santos Deli", "Enter as Grace", "200 residents", "rosa@example.org"):
        assert words in page
    assert "Open Government Licence" in page
    assert "Demonstration: made-up people and shops" in answer.text


def test_the_messages_hold_the_codes_newest_first(demo: WebTown) -> None:
    demo.resident()
    first, second = demo.visitor(), demo.visitor()
    first.fill("/sign-in", email="amina@example.org")
    digits = demo.last_digits("amina@example.org")
    demo.wait(minutes=1)
    second.fill("/sign-in", email="amina@example.org")
    page = text_of(demo.visitor().get("/demo/outbox"))
    assert "To Amina, amina@example.org" in page
    assert page.index(demo.last_digits("amina@example.org")) < page.index(digits)
    assert pyotp.TOTP(SECRET).at(demo.now) in page
    assert "480261" in page


def test_a_real_deployment_has_no_messages_page(web_town: WebTown) -> None:
    assert web_town.visitor().get("/demo/outbox").status_code == 404


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_demos_own_pages_have_no_fault(demo: WebTown, chromium: Browser) -> None:
    demo.resident()
    demo.visitor().fill("/sign-in", email="amina@example.org")
    with served(demo.app) as url:
        assert problems_of_pages(chromium, url, ("/", "/demo/outbox")) == []
