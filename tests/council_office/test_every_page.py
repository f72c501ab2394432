"""Every page of the council's office in a real Chromium: accessible, valid, no wider than the window."""

from datetime import timedelta

import pytest
from playwright.sync_api import Browser

from ledger.people.rules import Permission
from tests import factories
from tests.council_office import town as office
from tests.journeys.pages import problems_of_pages, served
from tests.web_town import WebTown

ONE_ENGINE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@ONE_ENGINE
def test_every_page_of_the_office_has_no_fault(web_town: WebTown, chromium: Browser) -> None:
    priya = office.priya(web_town)
    both = office.officer(web_town, "both@example.org", Permission.APPROVE, Permission.AWARD, Permission.EXPORT)
    found = office.project(web_town)
    programme = office.programme_page(found)
    asked = office.ask_for(web_town, priya, "1,200.00", found=found)
    own = office.ask_for(web_town, both, "900.00", found=found)
    office.applied(web_town, base="20001234", amount=2_500)
    office.night(web_town, web_town.now.date() - timedelta(days=1))
    office.night(web_town, web_town.now.date())
    paths = [
        *("/office/outstanding", "/office/programmes", "/office/programmes/new", "/office/approvals"),
        *("/office/council-tax", "/office/council-tax/1", "/office/council-tax/2", "/office/details"),
        *(programme, f"{programme}/fund", f"{programme}/allot", asked, own),
    ]
    with served(web_town.app) as url:
        assert problems_of_pages(chromium, url, paths, client=both.client) == []


@ONE_ENGINE
def test_an_office_with_nothing_and_what_it_refuses_have_no_fault(web_town: WebTown, chromium: Browser) -> None:
    grace = office.grace(web_town)
    web_town.work(lambda session: factories.programme(session, budget=0))
    empty = ("/office/outstanding", "/office/programmes", "/office/approvals", "/office/council-tax")
    with served(web_town.app) as url:
        assert problems_of_pages(chromium, url, ("/office/sign-in",)) == []
        assert problems_of_pages(chromium, url, empty, client=grace.client) == []
        assert problems_of_pages(chromium, url, ("/office/programmes/new",), client=grace.client, status=403) == []
        assert problems_of_pages(chromium, url, ("/office/nothing",), client=grace.client, status=404) == []


@ONE_ENGINE
def test_the_release_of_a_file_has_no_fault(web_town: WebTown, chromium: Browser) -> None:
    office.applied(web_town, base="20001234", amount=500)
    office.night(web_town, web_town.now.date())
    web_town.wait(days=1)
    office.applied(web_town, base="20001242", amount=1_700)
    office.night(web_town, web_town.now.date())
    grace = office.grace(web_town)
    daniel = office.officer(web_town, "daniel@example.org", Permission.APPROVE, Permission.EXPORT)
    first, second = "/office/council-tax/1", "/office/council-tax/2"
    with served(web_town.app) as url:
        assert problems_of_pages(chromium, url, [first, second], client=grace.client) == []
        grace.fill(first, first, decision="approve")
        assert problems_of_pages(chromium, url, [first], client=daniel.client) == []
        assert problems_of_pages(chromium, url, [first], client=grace.client) == []
