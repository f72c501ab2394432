"""The log has a line a request, of listed fields only."""

import json
import logging
from collections.abc import Iterator
from io import StringIO

import pytest
import structlog
from flask import Blueprint

from ledger import log
from ledger.people.rules import Realm
from shared_web.guards import recognise
from shared_web.logs import incident_of
from tests.shared_web.conftest import Town


@pytest.fixture
def lines() -> Iterator[StringIO]:
    """What the process logs, while a test looks."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = StringIO()
    log.configure(stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def read(lines: StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in lines.getvalue().splitlines()]


def test_a_request_is_one_line_with_its_route_and_never_its_path(small_town: Town, lines: StringIO) -> None:
    browser = small_town.resident()
    lines.truncate(0)
    lines.seek(0)
    answer = browser.get("/code/01M8Z3NDEKTSV4RRFFQ69G5FAV?a=secret")
    line = read(lines)[-1]
    assert line["event"] == "request"
    assert line["route"] == "/code/<text>"
    assert line["status"] == answer.status_code
    assert line["realm"] == "resident"
    assert len(line["sign_in_id"]) == 26
    assert line["request_id"] == answer.headers["X-Request-Id"]
    assert "01M8Z3NDEKTSV4RRFFQ69G5FAV" not in lines.getvalue()
    assert "secret" not in lines.getvalue()


def test_lg_01_signing_in_leaves_no_address_digits_name_or_cookie_in_the_log(small_town: Town, lines: StringIO) -> None:
    browser = small_town.browser()
    digits = small_town.ask_code(browser, "amina@example.org")
    browser.post("/sign-in/code", data={"digits": digits})
    cookie = browser.get_cookie("tallystick-resident")
    assert cookie is not None
    for secret in ("amina", "Amina", f'"{digits}"', cookie.value, "example.org"):
        assert secret not in lines.getvalue()


def test_a_failure_is_logged_by_its_kind_and_place_without_its_message(small_town: Town, lines: StringIO) -> None:
    def fail() -> str:
        raise RuntimeError("amina@example.org")

    failing = recognise(Blueprint("failing", __name__, url_prefix="/failing"), Realm.RESIDENT)
    failing.add_url_rule("/", "it", fail)
    small_town.app.register_blueprint(failing)
    small_town.browser().get("/failing/")
    failed = next(line for line in read(lines) if line["event"] == "failed")
    assert failed["error"] == "RuntimeError"
    assert str(failed["where"]).endswith(" fail']")
    assert "amina" not in lines.getvalue()


def test_what_is_not_on_the_list_is_dropped(lines: StringIO) -> None:
    structlog.get_logger("test").info("request", email="amina@example.org", status=200)
    assert set(read(lines)[-1]) == {"event", "level", "at", "status"}


def test_a_librarys_line_comes_without_what_it_fills_in(lines: StringIO) -> None:
    logging.getLogger("gunicorn.error").error("Error handling request %s", "/P/01M8Z3NDEKTSV4RRFFQ69G5FAV")
    assert read(lines)[-1]["event"] == "Error handling request %s"
    assert "/P/" not in lines.getvalue()


def test_lg_02_a_name_with_a_line_break_stays_in_its_line(lines: StringIO) -> None:
    structlog.get_logger("test").info("request", route='\n{"level":"ok"}')
    assert len(lines.getvalue().splitlines()) == 1


@pytest.mark.parametrize("given", ["x", "a b c d e f g h i j", "x" * 65, "ab\ncd" * 4, "<script>alert(1)</script>"])
def test_an_id_that_is_not_well_formed_is_not_taken_over(small_town: Town, given: str) -> None:
    answer = small_town.browser().get("/healthz", environ_overrides={"HTTP_X_REQUEST_ID": given})
    assert answer.headers["X-Request-Id"] != given


def test_the_end_of_an_id_can_be_read_out() -> None:
    assert incident_of("01M8Z3NDEKTSV4RRFFQ69G5FAV") == "Q69G-5FAV"
