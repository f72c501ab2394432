"""Decisions on council tax in the office: recorded, ended and published by two people, each once."""

import pytest
from sqlalchemy import Engine

from ledger.council_tax.decision_queries import closing_of_year, decision_of_year
from ledger.people.rules import Permission
from ledger.store import reading
from tests.council_office import town as office
from tests.web_town import Visitor, WebTown

FIELDS = {
    "decision_reference": "CAB-2026-031",
    "decided_on-day": "23",
    "decided_on-month": "2",
    "decided_on-year": "2026",
    "class_wording": "Residents who give time to growing projects.",
    "account_cap": "75.00",
    "resident_cap": "50.00",
    "first_year": "2026",
    "last_year": "2028",
    "signed_by": "Director of Finance",
}
NEW, CLOSE, LIST = (f"/office/council-tax/decisions{end}" for end in ("/new", "/close", ""))


@pytest.fixture
def asker(web_town: WebTown) -> Visitor:
    """An officer who may administer."""
    return office.officer(web_town, office.PRIYA, Permission.ADMINISTER)


def in_force(engine: Engine, year: int = 2026) -> str | None:
    """The reference of the decision in force for a year."""
    with reading(engine) as session:
        found = decision_of_year(session, year=year)
        return found and found.decision.decision_reference


def approve(visitor: Visitor, path: str) -> int:
    """The status of approving what stands at this path."""
    return visitor.fill(path, path, decision="approve").status_code


def test_a_decision_is_in_force_once_somebody_else_approves_it(web_town: WebTown, asker: Visitor) -> None:
    grace = office.grace(web_town)
    assert "No decision is in force this year" in office.said(asker.get(LIST))
    path = asker.fill(NEW, NEW, **FIELDS).location
    assert in_force(web_town.engine) is None
    page = office.said(grace.get(path))
    assert "Record decision CAB-2026-031" in page
    assert "Residents who give time to growing projects." in page
    assert "£75.00 a year" in page
    assert "2026 to 2027, up to 2028 to 2029" in page
    assert approve(grace, path) == 303
    assert (in_force(web_town.engine), in_force(web_town.engine, 2029)) == ("CAB-2026-031", None)
    assert "Up to £75.00 an account" in office.said(asker.get(LIST))


def test_nobody_approves_the_decision_they_asked_for(web_town: WebTown) -> None:
    both = office.officer(web_town, office.PRIYA, Permission.ADMINISTER, Permission.APPROVE)
    path = both.fill(NEW, NEW, **FIELDS).location
    _, data = both.filled("/office/details")
    answer = both.client.post(path, data=data | {"decision": "approve", "idempotency_key": "0" * 26})
    assert answer.status_code == 403
    assert in_force(web_town.engine) is None


def test_who_may_not_administer_cannot_ask(web_town: WebTown) -> None:
    grace = office.grace(web_town)
    assert grace.get(NEW).status_code == grace.get(CLOSE).status_code == 403
    assert "Record a decision" not in office.said(grace.get(LIST))


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("decision_reference", " ", "Enter the decision"),
        ("decided_on-year", "2027", "cannot be of a later day than today"),
        ("class_wording", "", "Enter the class of case"),
        ("account_cap", "0", "Enter an amount like"),
        ("last_year", "2025", "The last year must not be before the first year"),
        ("first_year", "26", "Enter a year like 2026"),
        ("signed_by", "", "Enter who signed it"),
    ],
)
def test_a_decision_that_says_too_little_is_asked_again(asker: Visitor, field: str, typed: str, words: str) -> None:
    answer = asker.fill(NEW, NEW, **FIELDS | {field: typed})
    assert answer.status_code == 422
    assert words in office.said(answer)


def test_a_decision_is_ended_by_two_and_its_items_wait(web_town: WebTown, asker: Visitor) -> None:
    grace = office.grace(web_town)
    approve(grace, asker.fill(NEW, NEW, **FIELDS).location)
    page = asker.get(LIST)
    end = next(line.split('"')[1] for line in page.text.split("<a ") if "/end" in line)
    office.applied(web_town, base="20001234", amount=2_500)
    path = asker.fill(end, end, reason="The cabinet withdrew it.").location
    assert approve(grace, path) == 303
    assert in_force(web_town.engine) is None
    assert "The cabinet withdrew it." in office.said(asker.get(LIST))
    office.night(web_town, web_town.now.date())
    assert "£0.00" in office.said(asker.get("/office/council-tax"))
    assert asker.fill(end, end, reason="Again").status_code == 409


def test_a_closing_is_published_a_week_before_it_begins(web_town: WebTown, asker: Visitor) -> None:
    grace = office.grace(web_town)
    day = {"closes_on-day": "29", "closes_on-month": "11", "closes_on-year": "2026"}
    soon = asker.fill(CLOSE, CLOSE, reason="The year’s sum is reached.", **day)
    assert soon.status_code == 422
    assert "Enter 30 November 2026 or later" in office.said(soon)
    path = asker.fill(CLOSE, CLOSE, reason="The year’s sum is reached.", **day | {"closes_on-day": "30"}).location
    assert "Everybody, until the financial year ends" in office.said(grace.get(path))
    assert approve(grace, path) == 303
    with reading(web_town.engine) as session:
        assert closing_of_year(session, year=2026) is not None
    assert "Published: nobody applies from 30 November 2026." in office.said(asker.get(LIST))


def test_a_closing_that_waited_too_long_for_approval_is_refused(web_town: WebTown, asker: Visitor) -> None:
    day = {"closes_on-day": "30", "closes_on-month": "11", "closes_on-year": "2026"}
    path = asker.fill(CLOSE, CLOSE, reason="The year’s sum is reached.", **day).location
    web_town.wait(days=1)
    late = office.grace(web_town)
    assert approve(late, path) == 422
    with reading(web_town.engine) as session:
        assert closing_of_year(session, year=2026) is None
