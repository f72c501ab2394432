"""Ceilings and tariffs in the office: asked by one, agreed to by another, shown on the programme's page."""

import pytest

from ledger.identifiers import to_text
from tests.council_office import town as office
from tests.factories import GrowingProject
from tests.web_town import WebTown

TARIFF = {
    "amount": "4.00",
    "per": "hour",
    "starts_on-day": "1",
    "starts_on-month": "12",
    "starts_on-year": "2026",
    "decision": "OMD-2026-200",
}


@pytest.fixture
def project(web_town: WebTown) -> GrowingProject:
    """An organiser with 85.00 of a programme of 10,000.00, and an activity at 2.50 an hour."""
    return office.project(web_town)


def test_a_tariff_is_asked_for_and_agreed_to_by_another(web_town: WebTown, project: GrowingProject) -> None:
    priya, grace = office.priya(web_town), office.grace(web_town)
    path = f"/office/activities/{to_text(project.activity_id)}/tariff"
    asked = priya.fill(path, path, **TARIFF)
    assert asked.location.startswith("/office/approvals/")
    page = office.said(grace.get(asked.location))
    assert "4.00 CR an hour for Greenhouse seed sorting" in page
    assert "Counts today 2.50 CR an hour Is to count 4.00 CR an hour From Sessions of 1 December 2026 and later" in page
    grace.fill(asked.location, asked.location, decision="approve")
    programme = office.said(priya.get(office.programme_page(project)))
    assert "2.50 CR an hour 4.00 CR an hour from 1 December 2026" in programme


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"amount": ""}, "Enter an amount like 250.00"),
        ({"starts_on-day": "23", "starts_on-month": "11"}, "Enter a day to come"),
        ({"starts_on-year": ""}, "Enter a date like 30 11 2026"),
        ({"decision": ""}, "Enter the decision that sets it"),
    ],
)
def test_a_tariff_with_something_wrong_is_shown_again(
    web_town: WebTown, project: GrowingProject, wrong: dict[str, str], sentence: str
) -> None:
    path = f"/office/activities/{to_text(project.activity_id)}/tariff"
    answer = office.priya(web_town).fill(path, path, **TARIFF | wrong)
    assert answer.status_code == 422
    assert sentence in office.said(answer)


def test_a_ceiling_is_set_by_two_and_holds(web_town: WebTown, project: GrowingProject) -> None:
    priya, grace = office.priya(web_town), office.grace(web_town)
    programme = office.programme_page(project)
    too_low = priya.fill(f"{programme}/ceiling", f"{programme}/ceiling", amount="9,999.99", decision="OMD-2")
    assert too_low.status_code == 422
    assert "Enter 10,000.00 or more: it was funded with that" in office.said(too_low)
    asked = priya.fill(f"{programme}/ceiling", f"{programme}/ceiling", amount="12,000.00", decision="OMD-2")
    assert "A ceiling of 12,000.00 CR" in office.said(grace.get(asked.location))
    grace.fill(asked.location, asked.location, decision="approve")
    assert "Of a ceiling of 12,000.00" in office.said(priya.get(programme))
    refused = priya.fill(f"{programme}/fund", f"{programme}/fund", amount="2,000.01", decision="OMD-3")
    assert refused.status_code == 422
    assert "2,000.00 CR is left under its ceiling" in office.said(refused)
    funded = priya.fill(f"{programme}/fund", f"{programme}/fund", amount="2,000.00", decision="OMD-3")
    page = office.said(grace.get(funded.location))
    assert "Left under its ceiling of 12,000.00 2,000.00 −2,000.00 0.00" in page
    grace.fill(funded.location, funded.location, decision="approve")
    assert "Budget 12,000.00 CR" in office.said(priya.get(programme))


def test_a_programme_opens_with_a_ceiling(web_town: WebTown) -> None:
    new = {"name": "Growing Lambeth 2027", "decision": "OMD-2027-1"}
    new |= {f"starts_on-{part}": text for part, text in (("day", "1"), ("month", "4"), ("year", "2027"))}
    new |= {f"ends_on-{part}": text for part, text in (("day", "31"), ("month", "3"), ("year", "2028"))}
    priya = office.priya(web_town)
    wrong = priya.fill("/office/programmes/new", "/office/programmes/new", **new, ceiling="much")
    assert wrong.status_code == 422
    assert "Enter an amount like 10,000.00, up to 10,000,000.00" in office.said(wrong)
    opened = priya.fill("/office/programmes/new", "/office/programmes/new", **new, ceiling="25,000")
    assert "Of a ceiling of 25,000.00" in office.said(priya.get(opened.location))
    assert "25,000.00" in office.said(priya.get("/office/programmes"))


def test_who_may_not_award_changes_nothing(web_town: WebTown, project: GrowingProject) -> None:
    grace = office.grace(web_town)
    activity = f"/office/activities/{to_text(project.activity_id)}/tariff"
    for path in (f"{office.programme_page(project)}/ceiling", activity):
        assert grace.get(path).status_code == 403
