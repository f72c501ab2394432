"""LG-01: two hundred things that nobody else may read, through every journey and every failure, and none in the log.

What lets somebody in or pays is in the database as a digest or sealed alone.
"""

import logging
import re
from collections.abc import Iterator
from io import StringIO

import pyotp
import pytest
import structlog
from flask import Blueprint, request
from sqlalchemy import Engine, LargeBinary, Text, select, text

from ledger import log
from ledger.council_tax.references import check_character
from ledger.identifiers import to_text
from ledger.people.rules import Permission, Realm
from ledger.schema import metadata
from ledger.store import reading
from ledger.tables import Details
from shared_web.guards import cookie_name, recognise
from shared_web.idempotency import KEY_HEADER
from tests.architecture.things import code_of
from tests.merchant_portal.deli import REDEMPTIONS, ROSA_PIN, Deli
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
    """One resident comes in, links, applies, shows a code, disputes and fails: eight canaries, the last four secret."""
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
    cookie = cookie_of(town, visitor)
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


def cookie_of(town: WebTown, visitor: Visitor, realm: Realm = Realm.RESIDENT) -> str:
    """The cookie by which somebody is in."""
    with town.app.test_request_context():
        name = cookie_name(realm)
    return visitor.client.get_cookie(name).value


def officer_at_work(town: WebTown) -> list[str]:
    """An officer comes in with digits and app, looks around, and fails: three canaries."""
    email = "omar@example.org"
    secret = town.officer(*Permission, email=email)
    officer = town.visitor().sign_in_by_pages(email, realm="office", totp_secret=secret)
    for path in ("/office/disputes", "/office/approvals", "/office/outstanding", "/office/corrections?reference=zyx"):
        officer.get(path)
    sent = {"secret": secret, "digits": pyotp.TOTP(secret).at(town.now)}
    assert officer.client.post("/failing/", data=sent | officer.filled("/office/details")[1]).status_code == 500
    return [secret, town.last_digits(email), cookie_of(town, officer, Realm.OFFICE)]


def pins_at_the_till(town: WebTown, deli: Deli) -> list[str]:
    """Wrong PINs and the right one, typed at a till by form and by script, and a failure: three canaries."""
    till, wrong = deli.till("Till 2", unlocked=False), "917353"
    refused = till.fill("/merchant/till", "/merchant/till/unlock", operator=to_text(deli.rosa_id), pin=wrong)
    assert refused.status_code == 422
    for number, pin in enumerate((wrong, ROSA_PIN)):
        body = {"amount": 100, "code": "K7QF-2M9X-4", "operator_id": to_text(deli.rosa_id), "pin": pin}
        asked = till.send_json(REDEMPTIONS, body, page="/merchant/till", **{KEY_HEADER: f"key-of-pin-{number}-canary"})
        assert asked.status_code == 422
    sent = {"pin": ROSA_PIN, "again": wrong}
    assert till.client.post("/failing/", data=sent | till.filled("/merchant/till")[1]).status_code == 500
    return [wrong, ROSA_PIN, cookie_of(town, till, Realm.MERCHANT)]


def stored(town: WebTown) -> Iterator[tuple[str, str]]:
    """Whatever the database holds as text, facts or bytes, by its table and column."""
    with reading(town.engine) as session:
        for table in metadata().sorted_tables:
            for column in table.columns:
                if isinstance(column.type, LargeBinary | Text | Details):
                    for value in session.execute(select(column).where(column.is_not(None))).scalars():
                        said = value.decode("latin-1") if isinstance(value, bytes) else str(value)
                        yield f"{table.name}.{column.name}", said


def seen_in(canaries: list[str], written: str) -> list[str]:
    """Which of them stand there as a word."""
    return [one for one in canaries if re.search(rf"(?<![0-9A-Za-z]){re.escape(one)}(?![0-9A-Za-z])", written)]


def test_lg_01_no_code_cookie_digits_account_or_name_is_in_the_log(
    web_town: WebTown, owner_engine: Engine, lines: StringIO
) -> None:
    fail_with_what_was_sent(web_town)
    deli = Deli(town=web_town)
    till = deli.till()
    residents = [live(web_town, till, number) for number in range(PEOPLE)]
    doors = [*officer_at_work(web_town), *pins_at_the_till(web_town, deli)]
    canaries = [one for lived in residents for one in lived] + doors
    secrets = [one for lived in residents for one in lived[4:]] + doors
    kept = list(stored(web_town))
    assert {"residents.email", "sign_ins.token_digest", "requests.body"} <= {place for place, _value in kept}
    assert seen_in([residents[0][1]], " ".join(value for _place, value in kept)) == [residents[0][1]]
    assert [(place, seen) for place, value in kept if (seen := seen_in(secrets, value))] == []
    break_the_tables(web_town, owner_engine, canaries)
    logged = lines.getvalue()
    assert len(set(canaries)) >= 8 * PEOPLE - 1 + len(doors)
    assert logged.count('"event": "failed"') >= PEOPLE + 2
    assert seen_in(canaries, logged) == []
    assert "canary" not in logged.lower()


def break_the_tables(town: WebTown, owner_engine: Engine, canaries: list[str]) -> None:
    """Statements that fail with what people sent among their values."""
    late = town.visitor().sign_in_by_pages(canaries[1])
    with owner_engine.begin() as connection:
        connection.execute(text("ALTER TABLE disputes RENAME TO elsewhere"))
    assert late.client.get("/disputes/7K2M-9QF").status_code == 500
