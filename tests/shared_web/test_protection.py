"""What every answer tells the browser, and what requests from elsewhere are told."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Blueprint

from ledger.people.rules import Realm
from ledger.store import make_engine
from shared_web.guards import recognise
from shared_web.security_headers import allow_camera
from tests.shared_web.conftest import Town


@pytest.mark.parametrize(
    "path", ["/sign-in", "/nowhere", "/api/v1/nowhere", "/static/tallystick.css", "/healthz", "/code"]
)
def test_wb_03_every_answer_says_load_nothing_but_ours_and_frame_us_nowhere(small_town: Town, path: str) -> None:
    with small_town.browser().get(path) as answer:
        headers = answer.headers
    policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert "camera=()" in headers["Permissions-Policy"]
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_the_scan_page_alone_may_use_the_camera_and_the_decoder(small_town: Town) -> None:
    scanning = recognise(Blueprint("scanning", __name__, url_prefix="/scanning"), Realm.MERCHANT)
    scanning.add_url_rule("/", "scan", lambda: allow_camera() or "scan")
    small_town.app.register_blueprint(scanning)
    headers = small_town.browser().get("/scanning/").headers
    assert "script-src 'self' 'wasm-unsafe-eval';" in headers["Content-Security-Policy"]
    assert "camera=(self)" in headers["Permissions-Policy"]
    assert "camera=()" in small_town.browser().get("/sign-in").headers["Permissions-Policy"]


def test_wb_08_no_page_is_kept_and_what_is_vendored_never_changes(small_town: Town) -> None:
    browser = small_town.resident()
    for path in ("/earn", "/sign-in", "/nowhere"):
        assert browser.get(path).headers["Cache-Control"] == "no-store"
    with browser.get("/static/vendor/govuk-frontend/govuk-frontend.min.css") as vendored:
        assert "immutable" in vendored.headers["Cache-Control"]
    with browser.get("/static/vendor/zxing-wasm/zxing_reader.wasm") as wasm:
        assert wasm.mimetype == "application/wasm"


def test_on_https_browsers_stay_there_and_cookies_say_so(secure_town: Town) -> None:
    browser, address = secure_town.browser(), secure_town.settings.base_url
    asked = browser.post("/sign-in", data={"email": "amina@example.org"}, base_url=address)
    assert asked.headers["Strict-Transport-Security"].startswith("max-age=")
    answer = browser.post("/sign-in/code", data={"digits": secure_town.digits_sent()}, base_url=address)
    cookies = {line.split("=")[0]: line for line in answer.headers.getlist("Set-Cookie")}
    assert set(cookies) == {"__Host-tallystick-resident", "__Host-tallystick-browser"}
    assert all("; Secure;" in line and "Path=/" in line and "Domain" not in line for line in cookies.values())
    assert browser.get("/earn", base_url=address).status_code == 200


@pytest.fixture
def secure_town(sqlite_url: str, tmp_path: Path) -> Iterator[Town]:
    """A town that people reach by https."""
    engine = make_engine(sqlite_url)
    address = "https://credits.example.org"
    made = Town(engine=engine, database_url=sqlite_url, data=tmp_path, seed="https", TALLYSTICK_BASE_URL=address)
    yield made
    made.close()
    engine.dispose()


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "https://evil.example"},
    ],
)
def test_wb_01_what_another_site_sends_is_refused(small_town: Town, headers: dict[str, str]) -> None:
    browser = small_town.resident()
    assert browser.post("/sign-out", headers=headers).status_code == 403
    assert browser.get("/earn").status_code == 200
    api = browser.post("/api/v1/codes", json={}, headers=headers)
    assert (api.status_code, api.content_type) == (403, "application/problem+json")


def test_wb_01_without_a_token_of_ours_nothing_is_done(small_town: Town) -> None:
    browser = small_town.resident()
    small_town.app.config["WTF_CSRF_ENABLED"] = True
    refused = browser.post("/sign-out")
    assert refused.status_code == 403
    assert "This page is out of date" in refused.text
    assert browser.post("/api/v1/codes", json={}).json["code"] == "forged"
    assert browser.get("/earn").status_code == 200


def test_a_token_of_a_page_lets_its_form_in(small_town: Town) -> None:
    small_town.app.config["WTF_CSRF_ENABLED"] = True
    browser = small_town.browser()
    token = browser.get("/sign-in").text.split('name="csrf_token" value="')[1].split('"')[0]
    form = {"email": "amina@example.org", "csrf_token": token}
    assert browser.post("/sign-in", data=form, headers={"Sec-Fetch-Site": "same-origin"}).status_code == 303
    assert small_town.browser().post("/sign-in", data=form).status_code == 403


def test_az_09_a_method_in_a_header_changes_nothing(small_town: Town) -> None:
    browser = small_town.resident()
    answer = browser.get("/sign-out", headers={"X-HTTP-Method-Override": "POST"})
    assert answer.status_code == 405
    assert browser.get("/earn").status_code == 200


def test_a_body_of_more_than_64_kilobytes_is_refused(small_town: Town) -> None:
    page = small_town.browser().post("/sign-in", data={"email": "x" * 70_000})
    assert page.status_code == 413
    api = small_town.resident().post("/api/v1/codes", data=b"x" * 70_000, content_type="application/json")
    assert (api.status_code, api.json["code"]) == (413, "too_large")


def test_wb_06_a_proxy_is_believed_as_far_as_the_settings_count(small_town: Town) -> None:
    origin = {"Origin": "https://evil.example", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"}
    assert small_town.browser().post("/sign-in", data={"email": "amina@example.org"}, headers=origin).status_code == 403
