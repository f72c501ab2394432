"""The lines of a night's file, an item found by its reference, and some of it asked back on its page."""

from dataclasses import replace

import pytest
from werkzeug.test import TestResponse

from ledger.council_tax.queries import items_of
from ledger.people.rules import Permission
from ledger.store import reading
from shared_web.core import EXTENSION
from tests.council_office import town as office
from tests.council_office.town import said
from tests.web_town import Visitor, WebTown

pytestmark = pytest.mark.slow

WHY = {"reason": "ORG", "why": "The session was counted twice.\r\nCase 2026-114"}


def omar(town: WebTown) -> Visitor:
    """The finance officer who may reverse."""
    return office.officer(town, "omar@example.org", Permission.REVERSE, Permission.EXPORT)


def one_item(town: WebTown) -> str:
    """The page of an item of 25.00 that is in tonight's file."""
    resident_id = office.applied(town, base="20001234", amount=2_500)
    office.night(town, town.now.date())
    with reading(town.engine) as session:
        return f"/office/council-tax/items/{items_of(session, resident_id=resident_id)[0].reference}"


def applied_item(town: WebTown) -> str:
    """The page of an item that council tax has applied."""
    path = one_item(town)
    office.release(town)
    office.answer(town, "20001234")
    return path


def take_back(officer: Visitor, path: str, **change: str) -> TestResponse:
    """Fill the form in."""
    return officer.fill(path, path, **WHY | {"amount": "10.00"} | change)


def test_every_line_of_a_night_is_listed_a_hundred_at_a_time(web_town: WebTown, monkeypatch) -> None:
    monkeypatch.setattr("council_office.pages.council_tax_items.ON_A_PAGE", 2)
    for number, base in enumerate(("20001234", "20004567", "20007890")):
        office.applied(web_town, base=base, amount=1_000 + number)
        web_town.wait(seconds=1)
    office.night(web_town, web_town.now.date())
    page = said(office.grace(web_town).get("/office/council-tax/1/lines"))
    assert "1 to 2 of 3" in page
    assert " 10.01 " in page
    assert "In a file Reduction Participation 000002" in page
    assert "10.02" not in page
    answer = omar(web_town).get("/office/council-tax/1/lines?after=2")
    assert "3 to 3 of 3" in said(answer)
    assert "Lines before" in said(answer)
    assert "Lines after" not in said(answer)
    assert 'href="/office/council-tax/items/CT-' in answer.text


@pytest.mark.parametrize("after", ["-1", "x", "99999999999999999999", "999999"])
def test_a_place_that_no_line_has_shows_what_there_is(web_town: WebTown, after: str) -> None:
    one_item(web_town)
    assert office.grace(web_town).client.get(f"/office/council-tax/1/lines?after={after}").status_code == 200


def test_an_item_is_found_by_its_reference_and_some_of_it_asked_back(web_town: WebTown) -> None:
    path = applied_item(web_town)
    officer = omar(web_town)
    found = officer.client.get(f"/office/corrections?reference={path.rpartition('/')[2].lower()}")
    assert (found.status_code, found.location) == (303, path)
    assert "25.00 CR of it can be taken back." in said(officer.get(path))

    asked = take_back(officer, path)
    assert asked.status_code == 303
    page = said(officer.get(asked.location))
    assert "Part reversal Reason Organiser error" in page
    assert "by Omar" in page
    assert "The session was counted twice. Case 2026-114" in page
    assert "15.00 CR of it can be taken back." in said(officer.get(path))


def test_more_than_one_officer_may_take_back_in_a_day_waits_for_another(web_town: WebTown) -> None:
    path = applied_item(web_town)
    rules = replace(web_town.settings.rules, reversal_alone=1_500)
    web_town.app.extensions[EXTENSION].settings = replace(web_town.settings, rules=rules)
    officer, grace = omar(web_town), office.grace(web_town)
    assert "Over 15.00 in a day, somebody else must agree" in said(officer.get(path))
    take_back(officer, path)
    assert "Over 5.00 more today, somebody else must agree" in said(officer.get(path))

    asked = take_back(officer, path, amount="5.01").location
    assert asked.startswith("/office/approvals/")
    assert "15.00 CR of it can be taken back." in said(officer.get(path))
    page = said(grace.get(asked))
    assert "Take 5.01 CR of council tax item CT-" in page
    assert "Applied and not asked back 15.00 −5.01 9.99" in page
    assert "Reason in the file Organiser error Why The session was counted twice. Case 2026-114" in page
    assert "Over 15.00 CR, with what the same person did alone that day, so two people are needed." in page
    assert grace.fill(asked, asked, decision="approve").status_code == 303
    assert "9.99 CR of it can be taken back." in said(officer.get(path))


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"amount": "25.01"}, "Enter 25.00 or less: that is what is left of it"),
        ({"amount": "ten"}, "Enter an amount like 4.50"),
        ({"reason": "VOL"}, "Choose a reason"),
        ({"reason": ""}, "Choose a reason"),
        ({"why": " "}, "Say why"),
    ],
)
def test_what_cannot_be_asked_is_told_beside_its_field(web_town: WebTown, typed, told: str) -> None:
    path = applied_item(web_town)
    answer = take_back(omar(web_town), path, **typed)
    assert answer.status_code == 422
    assert told in said(answer)


def test_what_was_asked_back_and_has_not_left_is_cancelled(web_town: WebTown) -> None:
    path = applied_item(web_town)
    officer = omar(web_town)
    asked = take_back(officer, path).location
    assert officer.fill(asked, f"{asked}/cancel").location == path
    assert "25.00 CR of it can be taken back." in said(officer.get(path))
    assert "Nothing of it can be taken back now." in said(officer.get(asked))


def test_what_is_not_applied_is_not_asked_back(web_town: WebTown) -> None:
    path = one_item(web_town)
    officer = omar(web_town)
    assert "Once council tax has applied it, it can." in said(officer.get(path))
    _page, hidden = officer.filled("/office/corrections/adjust")
    forged = officer.client.post(path, data=hidden | {"idempotency_key": "0" * 26, "amount": "1.00"} | WHY)
    assert forged.status_code == 422
    assert officer.client.get("/office/council-tax/items/CT-7K2M-9QF").status_code == 404
