"""LG-01: two hundred things that nobody else may read, through every journey and every failure, and none in the log."""

import logging
import re
from collections.abc import Iterator
from io import StringIO

import pytest
import structlog
from flask import Blueprint, request
from sqlalchemy import Engine, text

from ledger import log
from ledger.council_tax.references import check_character
from ledger.people.rules import Permission, Realm
from shared_web.guards import cookie_name, recognise
from shared_web.idempotency import KEY_HEADER
from tests.architecture.things import code_of
from tests.council_office import town as office
from tests.merchant_portal.deli import REDEMPTIONS, Deli
from tests.web_town import Visitor, WebTown

pytestmark = pytest.mark.slow

PEOPLE = 25


@pytest.fixture
def lines() -> Iterator[StringIO]:
    """What the process logs while a test looks."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = StringIO()
    log.configure(stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def fail_with_what_was_sent(town: WebTown) -> None:
    """A page of the town whose failure holds all that came with the request."""
    failing = recognise(Blueprint("failing", __name__, url_prefix="/failing"), Realm.RESIDENT)

    @failing.post("/")
    def fail() -> str:
        raise RuntimeError(f"{request.form} {request.cookies} {request.headers}")

    town.app.register_blueprint(failing)


def live(town: WebTown, till: Visitor, number: int) -> list[str]:
    """One resident comes in, links, applies, shows a code, disputes, and fails: eight canaries."""
    name, email = f"Canary Zyx{number:03}", f"zyx.canary{number:03}@example.org"
    base = f"2{number:03}9876"
    account = base + check_character(base, town.settings.account_format)
    reason = f"zyx reason {number:03}"
    resident_id = town.resident(credits_=2_000, email=email)
    with town.engine.begin() as connection:
        connection.execute(
            text("UPDATE residents SET name = :name WHERE email = :email"), {"name": name, "email": email}
        )
    visitor = town.visitor().sign_in_by_pages(email)
    digits = town.last_digits(email)
    cookie = visitor.client.get_cookie(cookie_of(town)).value
    visitor.fill("/council-tax/link", account=account, role="liable")
    visitor.fill("/council-tax/apply", amount="5.00")
    shown = code_of(town, resident_id)
    till.send_json(
        REDEMPTIONS,
        {"amount": 100, "code": shown.short_code, "name": name},
        page="/merchant/menu",
        **{KEY_HEADER: f"key-of-{number:03}-canary"},
    )
    till.fill("/merchant/till/type?amount=1.00", code=shown.short_code)
    visitor.get(f"/P/{shown.token}")
    visitor.get(f"/history/{shown.token}?near={account}")
    line = re.search(r'href="/history/(\w{26})"', visitor.get("/history").text)[1]
    visitor.fill(f"/disputes/new?transaction={line}", reason=reason)
    sent = {"name": name, "account": account, "code": shown.token, "digits": digits}
    assert visitor.client.post("/failing/", data=sent | visitor.filled("/details")[1]).status_code == 500
    return [name, email, account, reason, digits, cookie, shown.token, shown.short_code]


def cookie_of(town: WebTown) -> str:
    """The name of the resident's cookie."""
    with town.app.test_request_context():
        return cookie_name(Realm.RESIDENT)


def test_lg_01_no_code_cookie_digits_account_or_name_is_in_the_log(
    web_town: WebTown, owner_engine: Engine, lines: StringIO
) -> None:
    fail_with_what_was_sent(web_town)
    till = Deli(town=web_town).till()
    canaries = [one for number in range(PEOPLE) for one in live(web_town, till, number)]
    officer = office.officer(web_town, "omar@example.org", *Permission)
    for path in ("/office/disputes", "/office/approvals", "/office/outstanding", "/office/corrections?reference=zyx"):
        officer.get(path)
    break_the_tables(web_town, owner_engine, canaries)
    logged = lines.getvalue()
    assert len(set(canaries)) >= 8 * PEOPLE - 1
    assert logged.count('"event": "failed"') >= PEOPLE
    assert [one for one in canaries if re.search(rf"(?<![0-9A-Za-z]){re.escape(one)}(?![0-9A-Za-z])", logged)] == []
    assert "canary" not in logged.lower()


def break_the_tables(town: WebTown, owner_engine: Engine, canaries: list[str]) -> None:
    """Statements that fail with what people sent among their values."""
    late = town.visitor().sign_in_by_pages(canaries[1])
    with owner_engine.begin() as connection:
        connection.execute(text("ALTER TABLE disputes RENAME TO elsewhere"))
    assert late.client.get("/disputes/7K2M-9QF").status_code == 500
