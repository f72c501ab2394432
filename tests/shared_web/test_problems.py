"""Refusals and failures: an API says problem+json, a page is a page, and nobody reads the server's own words."""

import errno

import pytest
from flask import Blueprint
from psycopg.errors import DeadlockDetected, QueryCanceled
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from ledger import check_books, keys, nightly, outages  # noqa: F401 (so that every refusal is known)
from ledger.errors import LedgerError, NotFound, TooManyTries
from ledger.people.rules import Realm
from shared_web.errors import REFUSALS, retry_after_of, words_of
from shared_web.guards import guard_api, recognise
from tests.shared_web.conftest import Town


def kinds(parent: type[LedgerError]) -> list[type[LedgerError]]:
    """Every refusal there is."""
    return [kind for child in parent.__subclasses__() for kind in (child, *kinds(child))]


def test_every_refusal_of_the_ledger_has_its_line_in_the_table() -> None:
    """One that shares the code of the class above it is told as that is."""
    ours = [
        kind
        for kind in kinds(LedgerError)
        if kind.__module__.startswith(("ledger.", "shared_web.")) and "code" in vars(kind)
    ]
    assert [kind.__qualname__ for kind in ours if kind not in REFUSALS] == []


def test_no_two_refusals_share_a_code() -> None:
    codes = [kind.code for kind in REFUSALS]
    assert sorted(codes) == sorted(set(codes))


def test_statuses_are_those_that_answers_are_made_of() -> None:
    assert {refusal.status for refusal in REFUSALS.values()} <= {400, 403, 404, 409, 410, 412, 422, 429, 500, 503}


def test_a_waiting_time_is_told_in_minutes() -> None:
    assert words_of(TooManyTries(retry_after=240)) == "Too many tries. Wait 4 minutes."
    assert words_of(TooManyTries(retry_after=200)) == "Too many tries. Wait 4 minutes."
    assert words_of(TooManyTries(retry_after=9)) == "Too many tries. Wait a minute."
    assert retry_after_of(TooManyTries(retry_after=9)) == 9


@pytest.fixture
def raising(small_town: Town) -> Town:
    """Routes that raise whatever stands in `town.error`."""

    def raise_it() -> str:
        raise small_town.error

    api = guard_api(Blueprint("raising_api", __name__, url_prefix="/api/raising"), Realm.RESIDENT)
    pages = recognise(Blueprint("raising", __name__, url_prefix="/raising"), Realm.RESIDENT)
    for blueprint in (api, pages):
        blueprint.add_url_rule("/", "it", raise_it, methods=["GET", "POST"])
        small_town.app.register_blueprint(blueprint)
    return small_town


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (NotFound("page"), 404, "not_found"),
        (TooManyTries(retry_after=240), 429, "too_many_tries"),
        (PoolTimeout(), 503, "busy"),
        (OSError(errno.ENOSPC, "full"), 503, "unavailable"),
        (OperationalError("x", {}, DeadlockDetected()), 503, "busy"),
        (OperationalError("x", {}, QueryCanceled()), 503, "busy"),
        (OperationalError("x", {}, Exception("x"), connection_invalidated=True), 503, "unavailable"),
        (DBAPIError("x", {"email": "amina@example.org"}, Exception("x")), 500, "failed"),
        (RuntimeError("amina@example.org"), 500, "failed"),
    ],
)
def test_a_failure_is_a_problem_or_a_page_by_its_blueprint(
    raising: Town, error: Exception, status: int, code: str
) -> None:
    raising.error = error
    answer = raising.resident().get("/api/raising/")
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    assert set(answer.json) == {"type", "title", "status", "code", "detail"}
    assert (answer.json["status"], answer.json["code"]) == (status, code)
    page = raising.browser().get("/raising/")
    assert (page.status_code, page.mimetype) == (status, "text/html")
    assert "amina@example.org" not in answer.text + page.text
    assert ("Retry-After" in answer.headers) == (status in (429, 503))


def test_a_page_gives_what_to_read_out_on_the_telephone(raising: Town) -> None:
    raising.error = RuntimeError()
    answer = raising.browser().get("/raising/", headers={"X-Request-Id": "01m8z3ndektsv4rrffq69g5fav"})
    assert "Your credits are safe." in answer.text
    assert "69G5-FAV" not in answer.text
    assert "9G5F" not in answer.headers["X-Request-Id"]
    assert answer.headers["X-Request-Id"] == "01m8z3ndektsv4rrffq69g5fav"
    assert "Q69G-5FAV" in answer.text


@pytest.mark.parametrize(
    ("path", "layout"),
    [("/nowhere", "ts-resident"), ("/office/nowhere", "ts-office"), ("/merchant/nowhere", "ts-till")],
)
def test_an_unknown_address_is_a_page_of_its_face(small_town: Town, path: str, layout: str) -> None:
    answer = small_town.browser().get(path)
    assert (answer.status_code, answer.mimetype) == (404, "text/html")
    assert "We cannot find that page" in answer.text
    assert layout in answer.text


@pytest.mark.parametrize("path", ["/api/nowhere", "/api/v1/nowhere", "/merchant/api/nowhere"])
def test_an_unknown_address_of_an_api_is_a_problem(small_town: Town, path: str) -> None:
    answer = small_town.browser().get(path)
    assert (answer.status_code, answer.content_type) == (404, "application/problem+json")


def test_the_wrong_method_says_which_are_right(small_town: Town) -> None:
    answer = small_town.browser().get("/sign-out")
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]


@pytest.mark.parametrize(
    "path",
    ["/%00", "/..%2f..%2fetc/passwd", "/%252e%252e%252fetc/passwd", "/%ff", "/code/" + "x" * 300, "/earn/%E2%80%AE"],
)
def test_no_address_is_answered_by_a_failure(small_town: Town, path: str) -> None:
    assert small_town.resident().get(path).status_code in (303, 404)
