"""The pages of officers, residents, months and the audit in a real Chromium, on a phone and at a desk."""

import pytest
from playwright.sync_api import Browser

from ledger.people.rules import Permission
from tests.council_office import town as office
from tests.council_office.test_approvals import late
from tests.council_office.test_months import OCTOBER, two_closed
from tests.council_office.test_officers import page_of
from tests.journeys.pages import problems_of_pages, served
from tests.web_town import WebTown

ONE_ENGINE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@ONE_ENGINE
def test_every_page_of_people_months_and_the_audit_has_no_fault(web_town: WebTown, chromium: Browser) -> None:
    ravi, _grace = two_closed(web_town)
    everything = office.officer(web_town, "all@example.org", *Permission)
    opening = ravi.fill(f"{OCTOBER}/open", f"{OCTOBER}/open", reason="An invoice of October came late").location
    officer = page_of(everything, "Ravi")
    granting = everything.fill(f"{officer}/grant", f"{officer}/grant", permission="award", reason="Cover").location
    web_town.resident()
    page = "/office/residents"
    everything.fill(page, page, by="name", text="Amina", reason="She rang about a lost phone")
    paths = [
        *("/office/officers", "/office/officers/new", officer, f"{officer}/grant", f"{officer}/end"),
        *(f"{officer}/leave", granting, opening, page, f"{page}/look-ups", f"{page}/look-ups?sampled=yes"),
        *("/office/months", OCTOBER, f"{OCTOBER}/open", "/office/months/2026-09"),
        *("/office/audit", "/office/audit?action=decide", "/office/audit?action=none-of-these"),
    ]
    with served(web_town.app) as url:
        assert problems_of_pages(chromium, url, paths, client=everything.client) == []
        assert (
            problems_of_pages(chromium, url, ["/office/audit?day-day=32"], client=everything.client, status=422) == []
        )


@ONE_ENGINE
def test_what_is_asked_of_a_late_approver_has_no_fault(web_town: WebTown, chromium: Browser) -> None:
    grace, _secret, path = late(web_town)
    with served(web_town.app) as url:
        assert problems_of_pages(chromium, url, [path], client=grace.client) == []
