"""Programmes: opened, funded and allotted by those who may, in words where they may not."""

import pytest

from ledger.identifiers import to_text
from ledger.people.queries import find_person
from ledger.people.register import end_permission
from ledger.people.rules import Permission, Realm
from tests.council_office import town as office
from tests.web_town import WebTown

pytestmark = pytest.mark.slow

NEW = {
    "name": "Growing Lambeth 2027",
    "decision": "OMD-2027-1",
    **office.NEXT_YEAR,
}


def test_a_programme_is_opened_funded_and_shown(web_town: WebTown) -> None:
    priya = office.priya(web_town)
    opened = priya.fill("/office/programmes/new", "/office/programmes/new", **NEW)
    assert opened.status_code == 303
    funded = priya.fill(f"{opened.location}/fund", f"{opened.location}/fund", amount="500.00", decision="OMD-2027-1")
    assert funded.location == opened.location
    page = office.said(priya.get(opened.location))
    assert "Programme, decision OMD-2027-1 Growing Lambeth 2027" in page
    assert "1 April 2027 to 31 March 2028 Open" in page
    assert "Budget 500.00 CR" in page
    assert "Growing Lambeth 2027" in office.said(priya.get("/office/programmes"))


def test_more_than_five_hundred_a_day_comes_into_being_by_two(web_town: WebTown) -> None:
    priya, grace, found = office.priya(web_town), office.grace(web_town), office.project(web_town)
    page = office.programme_page(found)
    path = f"{page}/fund"
    hint = "Up to 10,000.00 at once. Over 500.00 in a day, somebody else must agree"
    assert hint in office.said(priya.get(path))
    assert priya.fill(path, path, amount="499.99", decision="OMD-2").location == page
    asked = priya.fill(path, path, amount="0.02", decision="OMD-2").location
    assert asked.startswith("/office/approvals/")
    large = priya.fill(path, path, amount="2,500.00", decision="OMD-3").location
    seen = office.said(grace.get(large))
    assert "Add 2,500.00 CR to the budget of Growing Lambeth 2026" in seen
    assert "Budget 10,499.99 +2,500.00 12,999.99" in seen
    assert "Decision OMD-3" in seen
    assert "Over 500.00 CR, so two people are needed. Priya asked, you decide." in seen
    assert "with what the same person did alone that day" in office.said(grace.get(asked))
    assert "Budget 10,499.99 CR" in office.said(priya.get(page))
    assert grace.fill(large, large, decision="approve").status_code == 303
    assert "Budget 12,999.99 CR" in office.said(priya.get(page))


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"name": " "}, "Enter a name"),
        ({"name": "Growing\u202eLambeth"}, "Enter only characters that can be seen"),
        ({"name": "Growing\x00Lambeth"}, "Enter only characters that can be seen"),
        ({"decision": ""}, "Enter the decision that made it"),
        ({"starts_on-month": "13"}, "Enter a date like 30 11 2026"),
        ({"ends_on-year": ""}, "Enter a date like 30 11 2026"),
        ({"ends_on-year": "2026"}, "The last day must not be before the first day"),
    ],
)
def test_a_programme_with_something_wrong_is_shown_again(web_town: WebTown, wrong, sentence) -> None:
    answer = office.priya(web_town).fill("/office/programmes/new", "/office/programmes/new", **NEW | wrong)
    assert answer.status_code == 422
    assert "<title>Error: Open a programme" in answer.text
    assert sentence in office.said(answer)


def test_a_decision_makes_one_programme(web_town: WebTown) -> None:
    priya = office.priya(web_town)
    priya.fill("/office/programmes/new", "/office/programmes/new", **NEW)
    answer = priya.fill("/office/programmes/new", "/office/programmes/new", **NEW)
    assert answer.status_code == 422
    assert "This decision was used before." in office.said(answer)


def test_up_to_five_hundred_is_allotted_at_once_and_once(web_town: WebTown) -> None:
    priya, found = office.priya(web_town), office.project(web_town)
    path = f"{office.programme_page(found)}/allot"
    target, data = priya.filled(
        path,
        path,
        organiser=to_text(found.organiser.id),
        amount="500",
        purpose="Autumn",
    )
    first, second = (priya.client.post(target, data=data) for _ in range(2))
    assert first.location == second.location == office.programme_page(found)
    assert second.headers["Idempotent-Replayed"] == "true"
    page = office.said(priya.get(first.location))
    assert "Allotted 585.00 CR" in page
    assert "Left to allot 9,415.00 CR" in page


def test_small_allotments_that_sum_past_five_hundred_wait_for_somebody_else(web_town: WebTown) -> None:
    priya, grace, found = office.priya(web_town), office.grace(web_town), office.project(web_town)
    path = office.programme_page(found)
    assert "Over 500.00 in a day, somebody else must agree" in office.said(priya.get(f"{path}/allot"))
    assert office.ask_for(web_town, priya, "450.00", found=found) == path
    assert "Over 50.00 more today, somebody else must agree" in office.said(priya.get(f"{path}/allot"))
    asked = office.ask_for(web_town, priya, "50.01", found=found)
    assert asked.startswith("/office/approvals/")
    why = "Over 500.00 CR, with what the same person did alone that day, so two people are needed."
    assert f"{why} Priya asked, you decide." in office.said(grace.get(asked))
    assert office.ask_for(web_town, priya, "50.00", found=found) == path
    reached = "Today you have reached the 500.00 that one person may do alone, so somebody else must agree"
    assert reached in office.said(priya.get(f"{path}/allot"))
    assert "Allotted 585.00 CR" in office.said(priya.get(path))
    assert grace.fill(asked, asked, decision="approve").status_code == 303
    assert "Allotted 635.01 CR" in office.said(priya.get(path))


@pytest.mark.parametrize(
    ("amount", "sentence"),
    [
        ("", "Enter an amount like 250.00, up to 10,000.00"),
        ("0", "Enter an amount like 250.00, up to 10,000.00"),
        ("-5", "Enter an amount like 250.00, up to 10,000.00"),
        ("9,915.01", "9,915.00 CR is left in this programme"),
    ],
)
def test_an_amount_that_cannot_be_allotted_is_told_and_kept(web_town: WebTown, amount, sentence) -> None:
    priya, found = office.priya(web_town), office.project(web_town)
    path = f"{office.programme_page(found)}/allot"
    answer = priya.fill(
        path,
        path,
        organiser=to_text(found.organiser.id),
        amount=amount,
        purpose="Autumn",
    )
    assert answer.status_code == 422
    assert sentence in office.said(answer)
    assert 'value="Autumn"' in answer.text


def test_who_may_not_award_sees_programmes_and_no_way_to_change_them(web_town: WebTown) -> None:
    grace, found = office.grace(web_town), office.project(web_town)
    path = office.programme_page(found)
    page = grace.get(path)
    assert "Allotted 85.00 CR" in office.said(page)
    assert "/allot" not in page.text
    for closed in (f"{path}/allot", f"{path}/fund", "/office/programmes/new"):
        answer = grace.get(closed)
        assert answer.status_code == 403
        assert "You may not do this" in office.said(answer)


def test_permissions_are_asked_at_every_request(web_town: WebTown) -> None:
    priya, found = office.priya(web_town), office.project(web_town)
    path = f"{office.programme_page(found)}/fund"
    target, data = priya.filled(path, path, amount="5", decision="OMD-1")
    officer = web_town.work(lambda session: find_person(session, realm=Realm.OFFICE, email=office.PRIYA))
    web_town.work(
        lambda session: end_permission(
            session, officer_id=officer, permission=Permission.AWARD, occasion=web_town.occasion()
        )
    )
    assert priya.client.post(target, data=data).status_code == 403


def test_an_address_of_no_programme_is_no_page(web_town: WebTown) -> None:
    priya = office.priya(web_town)
    for text in ("x", to_text(office.project(web_town).organiser.id), "%00"):
        assert priya.get(f"/office/programmes/{text}").status_code == 404
