"""What a view asks of whoever is signed in is data on the view, and the guard reads it on every request."""

import pytest
from flask import Blueprint, g

from ledger.occasion import Occasion
from ledger.people.register import end_permission, grant_permission
from ledger.people.rules import Permission, Realm
from ledger.store import unit_of_work
from shared_web.guards import for_owners, for_tills, guard_api, guard_pages, needs, recognise
from tests.shared_web.conftest import Town


@pytest.fixture
def doors(small_town: Town) -> Town:
    """Guarded and open pages in the town's application."""
    office = guard_pages(Blueprint("rooms", __name__, url_prefix="/office/rooms"), Realm.OFFICE)
    office.add_url_rule("/plain", "plain", lambda: "plain")
    office.add_url_rule("/approve", "approve", needs(Permission.APPROVE)(lambda: "approve"), methods=["GET", "POST"])
    office.add_url_rule("/export", "export", needs(Permission.APPROVE, Permission.EXPORT)(lambda: "export"))
    shops = guard_pages(Blueprint("counters", __name__, url_prefix="/merchant/counters"), Realm.MERCHANT)
    shops.add_url_rule("/owners", "owners", for_owners(lambda: "owners"))
    shops.add_url_rule("/tills", "tills", for_tills(lambda: "tills"))
    api = guard_api(Blueprint("rooms_api", __name__, url_prefix="/api/rooms"), Realm.OFFICE)
    api.add_url_rule("/approve", "approve", needs(Permission.APPROVE)(lambda: {"may": True}))
    square = recognise(Blueprint("square", __name__, url_prefix="/square"), Realm.OFFICE)
    square.add_url_rule("/", "who", lambda: g.signed_in.name if g.signed_in else "a stranger")
    for blueprint in (office, shops, api, square):
        small_town.app.register_blueprint(blueprint)
    return small_town


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS"])
def test_a_stranger_is_led_to_the_way_in_by_whatever_method(doors: Town, method: str) -> None:
    answer = doors.browser().open("/office/rooms/approve", method=method)
    assert answer.status_code == 303
    assert answer.location.startswith("/office/sign-in")


def test_an_api_tells_a_stranger_401(doors: Town) -> None:
    answer = doors.browser().get("/api/rooms/approve")
    assert (answer.status_code, answer.content_type) == (401, "application/problem+json")
    assert answer.json["code"] == "not_signed_in"


def test_an_officer_sees_what_their_permissions_allow(doors: Town) -> None:
    browser = doors.officer()
    paths = ("/office/rooms/plain", "/office/rooms/approve", "/office/rooms/export", "/api/rooms/approve")
    assert [browser.get(path).status_code for path in paths] == [200, 200, 403, 200]


def test_a_permission_taken_away_is_gone_at_the_next_request(doors: Town) -> None:
    browser, now = doors.officer(), Occasion(now=doors.clock(), actor="test", token_bytes=doors.token_bytes)
    with unit_of_work(doors.engine) as session:
        end_permission(session, officer_id=doors.grace.id, permission=Permission.APPROVE, occasion=now)
        grant_permission(session, officer_id=doors.grace.id, permission=Permission.EXPORT, occasion=now)
    refused = browser.get("/office/rooms/approve")
    assert refused.status_code == 403
    assert "You may not do this" in refused.text
    assert browser.get("/api/rooms/approve").json["code"] == "not_allowed"


def test_what_is_for_tills_is_not_for_owners(doors: Town) -> None:
    browser = doors.browser()
    digits = doors.ask_code(browser, "rosa@example.org", face="/merchant")
    browser.post("/merchant/sign-in/code", data={"digits": digits})
    page = browser.get("/merchant/sign-in/organisation").text
    chosen = page.split('name="organisation" type="radio" value="')[1].split('"')[0]
    browser.post("/merchant/sign-in/organisation", data={"organisation": chosen})
    assert browser.get("/merchant/counters/owners").text == "owners"
    assert browser.get("/merchant/counters/tills").status_code == 403


def test_an_open_page_knows_who_is_there(doors: Town) -> None:
    assert doors.browser().get("/square/").text == "a stranger"
    assert doors.officer().get("/square/").text == "Grace"
