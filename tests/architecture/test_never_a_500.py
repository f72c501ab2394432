"""Hostile text in every path, query, form and JSON field of every route, each realm signed in, is never a 5xx."""

import re
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from sys import modules
from urllib.parse import quote_from_bytes, urlencode, urlsplit
from xml.etree.ElementTree import Element

import pytest
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from ledger.identifiers import crockford
from shared_web.idempotency import KEY_FIELD, KEY_HEADER
from tests.architecture.someone import Someone, everybody, rules_of
from tests.databases import POSTGRESQL_WHEN_LONG
from tests.drawn import Few, few
from tests.web_town import WebTown, forms_of

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
__all__ = ["everybody", "few"]
ASKED = re.compile(r"""request\.(?:args|values)(?:\.get(?:list)?)?[(\[]"(\w+)\"""")
KEYS = (crockford(number, 26) for number in count(1))


def failed(answer: TestResponse, *what: object) -> list[str]:
    """Words for a 5xx, nothing for any other answer."""
    short = (str(one)[:60] for one in what)
    return [f"{answer.status_code} {answer.request.method} {' '.join(short)}"] if answer.status_code >= 500 else []


@POSTGRESQL_WHEN_LONG
def test_wb_07_no_path_is_a_failure(web_town: WebTown, everybody: list[Someone], few: Few) -> None:
    found = []
    for someone in everybody:
        for method in ("GET", "POST"):
            for rule in rules_of(web_town, someone, method):
                for name in rule.arguments:
                    for text in few(HOSTILE, 3):
                        path = someone.path(rule, {name: quote_from_bytes(text, safe="")})
                        form = {KEY_FIELD: next(KEYS)}
                        answer = someone.client.open(path, method=method, data=form if method == "POST" else None)
                        found += failed(answer, rule.rule, text)
    assert found == []


@POSTGRESQL_WHEN_LONG
def test_wb_07_no_query_is_a_failure(web_town: WebTown, everybody: list[Someone], few: Few) -> None:
    found = []
    for someone in everybody:
        for rule in rules_of(web_town, someone, "GET"):
            for name in queries_of(web_town, rule):
                for text in few(HOSTILE, 3):
                    answer = someone.client.get(f"{someone.path(rule)}?{name}={quote_from_bytes(text, safe='')}")
                    found += failed(answer, rule.rule, name, text)
    assert found == []


@POSTGRESQL_WHEN_LONG
def test_wb_07_no_form_is_a_failure(web_town: WebTown, everybody: list[Someone], few: Few) -> None:
    found, sent = [], set()
    for someone in everybody:
        for path, fields in sorted(forms_for(web_town, someone), key=lambda form: form[0] in OPENS_A_TILL):
            for name in fields:
                for text in few(HOSTILE, 3):
                    given = fields | ({KEY_FIELD: next(KEYS)} if KEY_FIELD in fields else {}) | {name: text}
                    answer = someone.client.post(
                        path, data=urlencode(given), content_type="application/x-www-form-urlencoded"
                    )
                    found += failed(answer, path, name, text)
                    sent.add(urlsplit(path).path)
    assert found == []
    assert sent >= SENT_AT_LEAST


@POSTGRESQL_WHEN_LONG
def test_wb_07_no_json_is_a_failure(web_town: WebTown, everybody: list[Someone], few: Few) -> None:
    found = []
    for someone in everybody:
        for rule in rules_of(web_town, someone, "POST"):
            if "/api/" in rule.rule:
                for name in ("amount", "code", "operator_id", "pin", "cap", "more"):
                    for text in few(HOSTILE_JSON, 3):
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
