"""Hostile text in every path, query, form and JSON field of every route, each realm signed in, is never a 5xx."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from sys import modules
from urllib.parse import quote_from_bytes, urlencode, urlsplit
from uuid import UUID
from xml.etree.ElementTree import Element

import pytest
from flask.testing import FlaskClient
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from ledger.identifiers import crockford, to_text
from ledger.people.queries import find_person
from ledger.people.rules import Permission, Realm
from ledger.redemption.codes import ShownCode, issue_code
from shared_web.idempotency import KEY_FIELD, KEY_HEADER
from tests.council_office import town as office
from tests.merchant_portal.deli import Deli
from tests.wallet_api.lively import live_a_little
from tests.wallet_api.organised import organised
from tests.web_town import Visitor, WebTown, forms_of

pytestmark = pytest.mark.slow

HOSTILE = (
    b"",
    b"a\0b",
    b"\xed\xa0\x80",
    b"\xff\xfe",
    "\u202eevil\u200b".encode(),
    "١٢٣".encode(),
    b"9" * 20,
    b"9" * 5000,
    b"-1",
    b"0001-01",
    b"9999-12",
    b"9999-12-31",
    b"' OR 1=1 --",
    b"a\r\nX-Evil: 1",
)
HOSTILE_JSON = (
    b'"\\u0000"',
    b'"\\ud800"',
    b'"\xff"',
    b"9" * 20,
    b"9" * 5000,
    b"-1",
    b"1e400",
    b"NaN",
    b"true",
    b"null",
    b"[]",
    b"{}",
    b"[" * 5000,
    b'"' + "١٢٣".encode() + b'"',
    b'"' + b"A" * 5000 + b'"',
)
PLAUSIBLE = {
    "amount": "5.00",
    "name": "Priya Nair",
    "email": "priya.nair@example.org",
    "postcode": "SW9 8QQ",
    "purpose": "Greenhouse sessions",
    "reason": "Not this year",
    "evidence": "case 2026-114",
    "answer": "We looked at the till",
    "decision_reference": "CAB-2026-11",
    "pin": "480261",
    "again": "480261",
    "places": "10",
    "till_name": "Till 9",
    "starts": "10:00",
    "ends": "12:00",
    "code": "K7QF-2M9X-4",
    "digits": "042917",
    "year": "2026",
    "month": "12",
    "account": "2000 1234 5",
}
SENT_AT_LEAST = {
    "/code",
    "/code/limit",
    "/council-tax/apply",
    "/council-tax/apply/check",
    "/council-tax/link",
    "/join",
    "/merchant/",
    "/merchant/operators",
    "/merchant/till",
    "/merchant/till/type",
    "/office/corrections/adjust",
    "/office/officers/new",
    "/office/programmes/new",
    "/office/residents",
    "/organise/sessions/new",
    "/sign-in",
    "/sign-in/code",
}
OPENS_A_TILL = ("/merchant/",)
"""Sent last: an owner's browser is a till from then on."""
SIGNED_OUT_BY = "/sign-out"
OTHER_FACES = ("/organise", "/merchant", "/office", "/static")
ASKED = re.compile(r"""request\.(?:args|values)(?:\.get(?:list)?)?[(\[]"(\w+)\"""")
KEYS = (crockford(number, 26) for number in count(1))


@dataclass(frozen=True, kw_only=True)
class Someone:
    """A signed-in browser, where its paths begin, and what its paths may be of."""

    client: FlaskClient
    starts: tuple[str, ...]
    samples: dict[str, str]

    def path(self, rule: Rule, **hostile: str) -> str:
        """The rule's path: of something that is there, but for the arguments that are given."""
        given = [(start, sample) for start, sample in self.samples.items() if rule.rule.startswith(start)]
        sample = max(given, default=("", "x"), key=lambda one: len(one[0]))[1]
        return re.sub(r"<(?:[^:<>]+:)?(\w+)>", lambda found: hostile.get(found[1], sample), rule.rule)


@pytest.fixture
def everybody(web_town: WebTown) -> list[Someone]:
    """One browser for each realm, a till of its own, and a stranger half-way in, in a town where much happened."""
    web_town.app.config["WTF_CSRF_ENABLED"] = False
    lively, roster = live_a_little(web_town), organised(web_town)
    deli = Deli(town=web_town)
    till = deli.till()
    taken = till.fill("/merchant/till/type?amount=4.50", code=code_of(web_town, lively.resident_id).short_code).location
    code_id = to_text(code_of(web_town, lively.resident_id).code_id)
    officer = office.officer(web_town, "all@example.org", *Permission)
    other = office.officer(web_town, "other@example.org", *Permission)
    proposal = office.ask_for(web_town, other, "900.00").rpartition("/")[2]
    office.night(web_town, office.SUNDAY)
    asked = office.asked_for_more(web_town, roster.project)
    office.close_october(web_town)
    asking = web_town.visitor()
    for start in ("", "/organise", "/merchant", "/office"):
        asking.fill(f"{start}/sign-in", email="nobody@example.org")
    amina, rosa = web_town.visitor().sign_in("amina@example.org"), deli.owner()
    reference = taken.rpartition("/")[2]
    transaction = to_text(lively.taken.transaction_id)
    said = amina.fill(f"/disputes/new?transaction={transaction}", reason="Not me").location.rpartition("/")[2]
    return [
        _someone(amina, "/", {"/earn": to_text(lively.sessions[1]), "/council-tax": lively.item, "/code": code_id,
                              "/api/v1/codes": code_id, "/history": transaction, "/disputes": said}),
        _someone(roster.olu(), "/organise/", {"/organise/sessions": to_text(roster.session_id)}),
        _someone(rosa, "/merchant/", {"/merchant": reference, "/merchant/operators": to_text(deli.rosa_id)}),
        _someone(till, "/merchant/", {"/merchant": reference}),
        _someone(officer, "/office/", {"/office/approvals": proposal, "/office/council-tax": "1",
                                       "/office/programmes": to_text(roster.project.programme_id),
                                       "/office/activities": to_text(roster.project.activity_id),
                                       "/office/asks": asked.rpartition("/")[2],
                                       "/office/corrections": transaction, "/office/disputes": said,
                                       "/office/officers": to_text(officer_of(web_town, "other@example.org")),
                                       "/office/month-end": "2026-10"}),
        _someone(asking, "/sign-in", {}),
        _someone(asking, "/organise/sign-in", {}),
        _someone(asking, "/merchant/sign-in", {}),
        _someone(asking, "/office/sign-in", {}),
    ]  # fmt: skip


def officer_of(town: WebTown, email: str) -> UUID | None:
    """The id of an officer."""
    return town.work(lambda session: find_person(session, realm=Realm.OFFICE, email=email))


def code_of(town: WebTown, resident_id: UUID) -> ShownCode:
    """A new code on a resident's phone."""
    rules, code_key = town.settings.rules, town.settings.code_key
    return town.work(
        lambda session: issue_code(
            session, resident_id=resident_id, rules=rules, code_key=code_key, occasion=town.occasion()
        )
    )


def _someone(visitor: Visitor, start: str, samples: dict[str, str]) -> Someone:
    return Someone(client=visitor.client, starts=(start,), samples=samples)


def rules_of(town: WebTown, someone: Someone, method: str) -> Iterator[Rule]:
    """What this somebody may ask by a method; not the way out, after which they would be a stranger."""
    for rule in town.app.url_map.iter_rules():
        elsewhere = someone.starts == ("/",) and rule.rule.startswith(OTHER_FACES)
        mine = rule.rule.startswith(someone.starts) and not elsewhere
        if mine and method in (rule.methods or ()) and not rule.rule.endswith(SIGNED_OUT_BY):
            yield rule


def failed(answer: TestResponse, *what: object) -> list[str]:
    """Words for a 5xx, nothing for any other answer."""
    short = (str(one)[:60] for one in what)
    return [f"{answer.status_code} {answer.request.method} {' '.join(short)}"] if answer.status_code >= 500 else []


def test_wb_07_no_path_is_a_failure(web_town: WebTown, everybody: list[Someone]) -> None:
    found = []
    for someone in everybody:
        for method in ("GET", "POST"):
            for rule in rules_of(web_town, someone, method):
                for name in rule.arguments:
                    for text in HOSTILE:
                        path = someone.path(rule, **{name: quote_from_bytes(text, safe="")})
                        form = {KEY_FIELD: next(KEYS)}
                        answer = someone.client.open(path, method=method, data=form if method == "POST" else None)
                        found += failed(answer, rule.rule, text)
    assert found == []


def test_wb_07_no_query_is_a_failure(web_town: WebTown, everybody: list[Someone]) -> None:
    found = []
    for someone in everybody:
        for rule in rules_of(web_town, someone, "GET"):
            for name in queries_of(web_town, rule):
                for text in HOSTILE:
                    answer = someone.client.get(f"{someone.path(rule)}?{name}={quote_from_bytes(text, safe='')}")
                    found += failed(answer, rule.rule, name, text)
    assert found == []


def test_wb_07_no_form_is_a_failure(web_town: WebTown, everybody: list[Someone]) -> None:
    found, sent = [], set()
    for someone in everybody:
        for path, fields in sorted(forms_for(web_town, someone), key=lambda form: form[0] in OPENS_A_TILL):
            for name in fields:
                for text in HOSTILE:
                    given = fields | ({KEY_FIELD: next(KEYS)} if KEY_FIELD in fields else {}) | {name: text}
                    answer = someone.client.post(
                        path, data=urlencode(given), content_type="application/x-www-form-urlencoded"
                    )
                    found += failed(answer, path, name, text)
                    sent.add(urlsplit(path).path)
    assert found == []
    assert sent >= SENT_AT_LEAST


def test_wb_07_no_json_is_a_failure(web_town: WebTown, everybody: list[Someone]) -> None:
    found = []
    for someone in everybody:
        for rule in rules_of(web_town, someone, "POST"):
            if "/api/" in rule.rule:
                for name in ("amount", "code", "operator_id", "pin", "cap", "more"):
                    for text in HOSTILE_JSON:
                        others = {"amount": b"100", "code": b'"K7QF-2M9X-4"'} if "redemptions" in rule.rule else {}
                        pairs = (others | {name: text}).items()
                        body = b"{" + b",".join(b'"%s":%s' % (one.encode(), value) for one, value in pairs) + b"}"
                        answer = someone.client.post(
                            someone.path(rule),
                            data=body,
                            content_type="application/json",
                            headers={KEY_HEADER: next(KEYS)},
                        )
                        found += failed(answer, rule.rule, name, text)
    assert found == []


@pytest.mark.parametrize("host", ["evil\0", "a b", "[", "x" * 5000, "éè", ""])
def test_no_host_and_no_header_is_a_failure(web_town: WebTown, host: str) -> None:
    client = web_town.app.test_client()
    hostile = {"HTTP_HOST": host, "HTTP_X_REQUEST_ID": host, "HTTP_COOKIE": f"tallystick-resident={host}"}
    for path in ("/", "/sign-in", "/nothing", "/api/v1/wallet", "/office/"):
        assert client.get(path, environ_overrides=hostile).status_code < 500


def queries_of(town: WebTown, rule: Rule) -> set[str]:
    """The names that the view's module asks of an address; what leads onward, and the amount a till's page is of."""
    module = modules[town.app.view_functions[rule.endpoint].__module__]
    source = Path(str(module.__file__)).read_text(encoding="utf-8")
    shared = {"shared_web.sign_in": {"next"}, "merchant_portal.pages.till": {"amount"}}
    return {*ASKED.findall(source), *shared.get(module.__name__, {"amount"} if "wanted_amount" in source else set())}


def forms_for(town: WebTown, someone: Someone) -> Iterator[tuple[str, dict[str, str]]]:
    """Each form of each page that somebody can see: where it is sent, and its fields filled in plausibly."""
    seen: set[str] = set()
    for rule in rules_of(town, someone, "GET"):
        shown = f"{someone.path(rule)}?amount=5.00"
        answer = someone.client.get(shown)
        if answer.status_code != 200 or answer.mimetype != "text/html":
            continue
        for form in forms_of(answer.text):
            path = form.get("action") or shown
            fields = {
                name: one.get("value") or last_option(one) or PLAUSIBLE.get(name.rpartition("-")[2], "1")
                for kind in ("input", "select", "textarea", "button")
                for one in form.iter(kind)
                if (name := one.get("name", "")) and name != "csrf_token"
            }
            if form.get("method") == "post" and fields and urlsplit(path).path not in seen:
                seen.add(urlsplit(path).path)
                yield path, fields


def last_option(field: Element) -> str:
    """What may be chosen of a list; empty for any other field."""
    return next((option.get("value", "") for option in reversed(list(field.iter("option")))), "")
