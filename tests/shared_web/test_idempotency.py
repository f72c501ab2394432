"""A request that moves value is answered once: the same key and bytes, the same answer."""

from concurrent.futures import ThreadPoolExecutor
from itertools import count
from threading import Event
from typing import Any
from uuid import UUID

import pytest
from flask import Blueprint, redirect
from flask.testing import FlaskClient
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from ledger.book.errors import InsufficientCredits
from ledger.book.models import Request
from ledger.errors import LedgerError, TooManyTries
from ledger.outages import Busy, OutcomeUnknown, Unavailable
from ledger.people.models import Organisation
from ledger.people.register import add_organisation
from ledger.people.rules import OrganisationKind, Realm
from ledger.store import reading
from shared_web.amount_entry import AmountBetween, AmountEntry, ValueForm
from shared_web.db import occasion
from shared_web.guards import guard_api, guard_pages
from shared_web.idempotency import answered_once, answered_once_or
from shared_web.json_body import read_json
from tests.shared_web.conftest import Town

KEY = "01M8Z3NDEKTSV4RRFFQ69G5FAV"
OTHER_KEY = "01M8Z3NDEKTSV4RRFFQ69G5FAW"


class Desk:
    """A small face that does work and is refused on demand; `refusals` are raised one by one."""

    def __init__(self, town: Town) -> None:
        self.town, self.names, self.refusals = town, count(1), list[Exception]()
        self.at_work, self.goes_on = Event(), Event()
        self.goes_on.set()
        api = guard_api(Blueprint("desk_api", __name__, url_prefix="/api/desk"), Realm.RESIDENT)
        api.add_url_rule("/works", "work", answered_once(self.work), methods=["POST"])
        api.add_url_rule("/others/<name>", "other", answered_once(self.work), methods=["POST"])
        pages = guard_pages(Blueprint("desk", __name__, url_prefix="/desk"), Realm.RESIDENT)
        pages.add_url_rule("/works", "work", answered_once(self.page), methods=["POST"])
        told = answered_once_or(lambda error: redirect(f"/desk/refused/{error.code}", 303))
        pages.add_url_rule("/told", "told", told(self.page), methods=["POST"])
        town.app.register_blueprint(api)
        town.app.register_blueprint(pages)

    def work(self, session: Session, **_arguments: str) -> ResponseReturnValue:
        return {"id": str(self.do(session)), "asked": read_json()}, 201

    def page(self, session: Session) -> ResponseReturnValue:
        form = DeskForm()
        if not form.validate_on_submit():
            return "What was typed", 422
        return redirect(f"/desk/works/{self.do(session)}", 303)

    def do(self, session: Session) -> UUID:
        made = add_organisation(
            session, kind=OrganisationKind.SHOP, name=f"Shop {next(self.names)}", address="x", occasion=occasion()
        )
        self.at_work.set()
        self.goes_on.wait(timeout=10)
        if self.refusals:
            raise self.refusals.pop(0)
        return made

    def shops(self) -> int:
        """How many were made, besides the town's own two."""
        with reading(self.town.engine) as session:
            return session.execute(select(func.count()).select_from(Organisation)).scalar_one() - 2

    def answers(self) -> int:
        with reading(self.town.engine) as session:
            return session.execute(select(func.count()).select_from(Request)).scalar_one()


class DeskForm(ValueForm):
    amount = AmountEntry("Amount", validators=[AmountBetween()])


@pytest.fixture
def desk(town: Town) -> Desk:
    return Desk(town)


def send(browser: FlaskClient, body: Any, key: str | None = KEY, path: str = "/api/desk/works") -> TestResponse:
    return browser.post(path, json=body, headers={"Idempotency-Key": key} if key else {})


def test_the_same_key_and_bytes_get_the_same_bytes_for_ever(town: Town, desk: Desk) -> None:
    browser = town.resident()
    first = send(browser, {"amount": 450})
    town.clock.turn(days=29)
    again = send(browser, {"amount": 450})
    assert first.status_code == again.status_code == 201
    assert first.data == again.data
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert (desk.shops(), desk.answers()) == (1, 1)


def test_one_changed_byte_under_the_same_key_is_refused(town: Town, desk: Desk) -> None:
    browser = town.resident()
    send(browser, {"amount": 450})
    changed = send(browser, {"amount": 451})
    assert (changed.status_code, changed.json["code"]) == (422, "key_reused")
    elsewhere = send(browser, {"amount": 450}, path="/api/desk/others/a")
    assert (elsewhere.status_code, elsewhere.json["code"]) == (422, "key_reused")
    assert desk.shops() == 1


def test_the_same_bytes_to_another_thing_of_the_same_route_are_another_request(town: Town, desk: Desk) -> None:
    browser = town.resident()
    assert send(browser, {}, path="/api/desk/others/a").status_code == 201
    assert send(browser, {}, path="/api/desk/others/b").status_code == 422
    assert desk.shops() == 1


@pytest.mark.parametrize("key", [None, "", "short", "x" * 65, "with space in it 1234"])
def test_without_a_proper_key_nothing_is_done(town: Town, desk: Desk, key: str | None) -> None:
    answer = send(town.resident(), {"amount": 450}, key)
    assert (answer.status_code, answer.json["code"]) == (400, "key_missing")
    assert desk.shops() == 0


def test_a_key_belongs_to_whoever_used_it(town: Town, desk: Desk) -> None:
    first, second = town.resident(), town.resident()
    mine = send(first, {"amount": 450})
    assert send(second, {"amount": 450}).data == mine.data
    with town.app.app_context(), reading(town.engine) as session:
        assert session.execute(select(Request.principal)).scalar_one().startswith("resident:")


def test_a_final_refusal_is_kept_and_its_work_undone(town: Town, desk: Desk) -> None:
    browser = town.resident()
    desk.refusals = [InsufficientCredits(available=1, needed=2)]
    first, again = send(browser, {"amount": 450}), send(browser, {"amount": 450})
    assert (first.status_code, first.json["code"]) == (409, "insufficient_credits")
    assert first.data == again.data
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.content_type == "application/problem+json"
    assert (desk.shops(), desk.answers()) == (0, 1)


@pytest.mark.parametrize("refusal", [TooManyTries(retry_after=240), Busy()])
def test_a_refusal_that_passes_frees_the_key(town: Town, desk: Desk, refusal: LedgerError) -> None:
    browser = town.resident()
    desk.refusals = [refusal]
    first = send(browser, {"amount": 450})
    assert first.status_code in (429, 503)
    assert first.headers["Retry-After"]
    assert send(browser, {"amount": 450}).status_code == 201
    assert (desk.shops(), desk.answers()) == (1, 1)


def test_a_mistake_of_ours_is_not_kept(town: Town, desk: Desk) -> None:
    browser = town.resident()
    desk.refusals = [RuntimeError("with a secret in it")]
    failed = send(browser, {"amount": 450})
    assert failed.status_code == 500
    assert "secret" not in failed.text
    assert send(browser, {"amount": 450}).status_code == 201
    assert desk.shops() == 1


@pytest.mark.parametrize("second", [OutcomeUnknown, Unavailable, Busy])
def test_an_outcome_that_is_unknown_is_looked_up_and_told_where_that_fails(
    town: Town, desk: Desk, second: type[LedgerError]
) -> None:
    browser = town.resident()
    desk.refusals = [OutcomeUnknown()]
    assert send(browser, {"amount": 450}).status_code == 201
    desk.refusals = [OutcomeUnknown(), second()]
    unknown = send(browser, {"amount": 450}, OTHER_KEY)
    assert (unknown.status_code, unknown.json["code"]) == (503, "unknown")
    assert unknown.headers["Retry-After"] == "1"
    assert send(browser, {"amount": 450}, OTHER_KEY).status_code == 201
    assert desk.shops() == 2


def test_the_same_request_fifty_times_from_eight_threads_is_done_once(town: Town, desk: Desk) -> None:
    cookie = town.resident().get_cookie("tallystick-resident")
    assert cookie is not None

    def one(_number: int) -> TestResponse:
        browser = town.browser()
        browser.set_cookie("tallystick-resident", cookie.value)
        answer = send(browser, {"amount": 450})
        while answer.status_code in (409, 503) and answer.json["code"] in ("in_progress", "busy"):
            answer = send(browser, {"amount": 450})
        return answer

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(one, range(50)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.data for answer in answers}) == 1
    assert sum("Idempotent-Replayed" in answer.headers for answer in answers) == 49
    assert (desk.shops(), desk.answers()) == (1, 1)


def test_while_a_twin_is_being_answered_the_other_is_told_to_ask_again(town: Town, desk: Desk) -> None:
    """PostgreSQL waits a second for the key; SQLite's one writer waits for any other."""
    first, second = town.resident(), town.resident()
    desk.goes_on.clear()
    with ThreadPoolExecutor(1) as threads:
        twin = threads.submit(send, first, {"amount": 450})
        assert desk.at_work.wait(timeout=10)
        answer = send(second, {"amount": 450})
        desk.goes_on.set()
        answered = twin.result(timeout=10)

    told = (answer.status_code, answer.json["code"], answer.headers["Retry-After"])
    assert told == ((409, "in_progress", "1") if town.engine.dialect.name == "postgresql" else (503, "busy", "1"))
    assert answered.status_code == 201
    assert send(second, {"amount": 450}).data == answered.data
    assert desk.shops() == 1


def test_a_page_sent_twice_leads_to_the_same_place(town: Town, desk: Desk) -> None:
    browser = town.resident()
    form = {"amount": "4.50", "idempotency_key": KEY, "csrf_token": "one"}
    first = browser.post("/desk/works", data=form)
    again = browser.post("/desk/works", data={**form, "csrf_token": "renewed"})
    assert first.status_code == again.status_code == 303
    assert first.location == again.location
    assert browser.post("/desk/works", data={**form, "amount": "4.51"}).status_code == 422
    assert desk.shops() == 1


def test_a_form_to_put_right_leaves_its_key_free(town: Town, desk: Desk) -> None:
    browser = town.resident()
    form = {"amount": "four", "idempotency_key": KEY}
    assert browser.post("/desk/works", data=form).text == "What was typed"
    assert browser.post("/desk/works", data={**form, "amount": "4.50"}).status_code == 303
    assert browser.post("/desk/works", data={"amount": "4.50"}).status_code == 400
    assert desk.shops() == 1


def test_a_refused_page_says_the_same_again_and_names_nobody_in_what_is_kept(town: Town, desk: Desk) -> None:
    browser = town.resident()
    desk.refusals = [InsufficientCredits(available=1, needed=2)]
    form = {"amount": "4.50", "idempotency_key": KEY}
    for _ in range(2):
        answer = browser.post("/desk/works", data=form)
        assert answer.status_code == 409
        assert "There are not enough credits for this." in answer.text
    with reading(town.engine) as session:
        kept = session.execute(select(Request.body)).scalar_one()
    assert b"html" not in kept


def test_a_page_may_have_a_place_of_its_own_for_refusals(town: Town, desk: Desk) -> None:
    browser = town.resident()
    desk.refusals = [InsufficientCredits(available=1, needed=2)]
    form = {"amount": "4.50", "idempotency_key": KEY}
    answers = [browser.post("/desk/told", data=form) for _ in range(2)]
    assert {(answer.status_code, answer.location) for answer in answers} == {
        (303, "/desk/refused/insufficient_credits")
    }
    assert desk.shops() == 0
