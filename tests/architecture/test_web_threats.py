"""Threats from the web against every route there is: WB-01, WB-03, WB-06 to WB-08, EX-04, asked as everybody."""

from collections.abc import Iterator
from http.cookies import SimpleCookie

import pytest
from playwright.sync_api import Browser
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from shared_web.idempotency import KEY_FIELD, KEY_HEADER
from tests.architecture.roles import Role, everybody
from tests.architecture.test_who_may import KEYS, movements, path_of, reviewed, routes
from tests.journeys.pages import cookies_of, served
from tests.web_town import WebTown

pytestmark = pytest.mark.slow

EVIL = "https://evil.example"
FORGED = (
    {},
    {"Origin": EVIL},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site", "Origin": "null"},
)
ONE_ENGINE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
NOT_A_BROWSERS = ("/healthz", "/readyz", "/version", "/static/<path:filename>", "/scheme.css")
__all__ = ["everybody"]


def changing(town: WebTown, roles: list[Role]) -> Iterator[tuple[Role, Rule, str]]:
    """Whatever each role may change of its own."""
    for role in roles:
        for method, rule in routes(town):
            if method == "POST" and role.name in reviewed()[method, rule.rule].roles:
                yield role, rule, path_of(rule, role.own)


def shown(town: WebTown, roles: list[Role]) -> Iterator[tuple[Role, str, TestResponse]]:
    """Each page that each role may see of its own, answered."""
    for role in roles:
        for method, rule in routes(town):
            if method == "GET" and role.name in reviewed()[method, rule.rule].roles:
                yield role, rule.rule, role.client.get(path_of(rule, role.own))


@ONE_ENGINE
def test_wb_01_no_route_that_changes_something_takes_it_from_elsewhere(
    web_town: WebTown, everybody: list[Role]
) -> None:
    web_town.app.config["WTF_CSRF_ENABLED"] = True
    before, let_through = movements(web_town), []
    for role, rule, path in changing(web_town, everybody):
        key = next(KEYS)
        ways = [{"data": {KEY_FIELD: key}, "headers": headers} for headers in FORGED]
        if "/api/" in path:
            ways.append({"data": b'{"amount": 100}', "content_type": "text/plain", "headers": {KEY_HEADER: key}})
        statuses = [role.client.post(path, **way).status_code for way in ways]
        if set(statuses) != {403}:
            let_through.append(f"{role.name} {rule.rule} {statuses}")
    assert let_through == []
    assert movements(web_town) == before


@ONE_ENGINE
def test_wb_03_and_wb_08_every_page_is_framed_nowhere_and_kept_nowhere(
    web_town: WebTown, everybody: list[Role]
) -> None:
    found = []
    for role, rule, answer in shown(web_town, everybody):
        headers = answer.headers
        if "frame-ancestors 'none'" not in headers.get("Content-Security-Policy", ""):
            found.append(f"{role.name} {rule} may be framed")
        if headers.get("X-Frame-Options") != "DENY":
            found.append(f"{role.name} {rule} may be framed by an old browser")
        if rule not in NOT_A_BROWSERS and headers.get("Cache-Control") != "no-store":
            found.append(f"{role.name} {rule} may be kept: {headers.get('Cache-Control')}")
    assert found == []


@ONE_ENGINE
def test_wb_08_an_address_dressed_as_a_picture_is_no_page(web_town: WebTown, everybody: list[Role]) -> None:
    found = []
    for role in everybody:
        for method, rule in routes(web_town):
            mine = role.name in reviewed()[method, rule.rule].roles and role.name != "stranger"
            if method == "GET" and mine and not rule.rule.startswith(("/P/", "/static")):
                for ending in ("/x.css", "/logo.png", ".css", ";x.css"):
                    path = path_of(rule, role.own).rstrip("/") + ending
                    answer = role.client.get(path)
                    if path.startswith("/") and answer.status_code not in (303, 404, 422):
                        found.append(f"{role.name} {path} {answer.status_code}")
    assert found == []


@ONE_ENGINE
def test_wb_03_a_frame_of_another_site_stays_blank(web_town: WebTown, everybody: list[Role], chromium: Browser) -> None:
    resident = next(role for role in everybody if role.name == "resident")
    with served(web_town.app) as url, chromium.new_context() as context:
        context.add_cookies([{"name": name, "value": value, "url": url} for name, value in cookies_of(resident.client)])
        page = context.new_page()
        page.route("http://evil.example/", lambda route: route.fulfill(body=f'<iframe src="{url}/code"></iframe>'))
        page.goto("http://evil.example/")
        page.wait_for_timeout(500)
        framed = [frame for frame in page.frames if frame is not page.main_frame]
        assert [frame.url for frame in framed] == ["chrome-error://chromewebdata/"]


@ONE_ENGINE
def test_wb_06_no_page_repeats_a_host_that_was_made_up(web_town: WebTown, everybody: list[Role]) -> None:
    found = []
    for role in everybody:
        for method, rule in routes(web_town):
            if method == "GET" and role.name in reviewed()[method, rule.rule].roles:
                hostile = {"HTTP_HOST": "evil.example", "HTTP_X_FORWARDED_HOST": "evil.example"}
                answer = role.client.get(path_of(rule, role.own), environ_overrides=hostile)
                if "evil" in answer.text or "evil" in answer.headers.get("Location", ""):
                    found.append(f"{role.name} {rule.rule}")
    assert found == []


@ONE_ENGINE
def test_wb_07_a_doubled_field_is_read_once_and_moves_what_its_page_says(
    web_town: WebTown, everybody: list[Role]
) -> None:
    till = next(role for role in everybody if role.name == "till").client
    before = movements(web_town)
    asked = till.get("/merchant/till/type?amount=4.50&amount=9999.00")
    assert "4.50" in asked.text
    assert "9,999.00" not in asked.text
    both = {"amount": ["1.00", "9999.00"], "code": "K7QF-2M9X-4", KEY_FIELD: next(KEYS)}
    assert till.post("/merchant/till/type?amount=4.50", data=both).status_code < 500
    body = b'{"amount": 100, "amount": 999900, "code": "K7QF-2M9X-4"}'
    doubled = till.post(
        "/merchant/api/v1/redemptions",
        data=body,
        content_type="application/json",
        headers={KEY_HEADER: next(KEYS)},
    )
    assert doubled.status_code == 400
    assert movements(web_town) == before


@ONE_ENGINE
def test_ex_04_no_download_lets_a_name_into_its_headers(web_town: WebTown, everybody: list[Role]) -> None:
    by_name = {role.name: role for role in everybody}
    hostile = ('x"\r\nSet-Cookie: a=b', "x%22%0d%0aSet-Cookie:%20a=b", "../../x", "2026-11%0d%0aX: y", "2026-11\0")
    for text in hostile:
        answer = by_name["resident"].client.get("/history/download", query_string={"month": text})
        assert answer.status_code == 404
    downloads = [
        by_name["resident"].client.get("/history/download?month=2026-11"),
        by_name["export"].client.get("/office/council-tax/1/file"),
    ]
    for answer in downloads:
        assert answer.status_code == 200
        (disposition,) = answer.headers.getlist("Content-Disposition")
        name = disposition.removeprefix('attachment; filename="').removesuffix('"')
        assert name.replace("-", "").replace("_", "").replace(".", "").isalnum()
        assert [cookie for line in answer.headers.getlist("Set-Cookie") for cookie in SimpleCookie(line)] == []
