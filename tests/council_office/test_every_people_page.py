"""The pages of officers, residents, months and the audit in a real Chromium, on a phone and at a desk."""

import pytest
from playwright.sync_api import Browser

from ledger.people.rules import Permission
from tests.council_office import town as office
from tests.council_office.test_approvals import late
from tests.council_office.test_months import OCTOBER, two_closed
from tests.council_office.test_officers import page_of
from tests.council_office.test_settings import LIMIT, ask, ravi
from tests.council_office.test_settings import LIST as SETTINGS
from tests.journeys.browser import html5lib_errors
from tests.journeys.pages import WIDTHS, faults_of, opened, problems_of_pages, served
from tests.scheme.decided import decide_setting
from tests.web_town import WebTown

WRONG = ("/office/audit?day-day=32", "/office/residents/look-ups?resident=Amina")
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
        f"{page}/look-ups?resident={'0' * 26}",
        *("/office/months", OCTOBER, f"{OCTOBER}/open", "/office/months/2026-09"),
        *("/office/audit", "/office/audit?action=decide", "/office/audit?action=none-of-these"),
    ]
    with served(web_town.app) as url:
        assert problems_of_pages(chromium, url, paths, client=everything.client) == []
        assert problems_of_pages(chromium, url, WRONG, client=everything.client, status=422) == []


@ONE_ENGINE
def test_every_page_of_settings_has_no_fault(web_town: WebTown, chromium: Browser) -> None:
    admin, grace = ravi(web_town), office.grace(web_town)
    web_town.work(lambda session: decide_setting(session, "redemption_limit", "25.00", now=web_town.now))
    blackouts = f"{SETTINGS}/council-tax-blackouts"
    asked = ask(admin, blackouts, value="2027-02-15..2027-03-15")
    with served(web_town.app) as url:
        paths = (SETTINGS, LIMIT, blackouts, asked)
        assert problems_of_pages(chromium, url, paths, client=admin.client) == []
        assert problems_of_pages(chromium, url, paths, client=grace.client) == []


@ONE_ENGINE
def test_what_is_asked_of_a_late_approver_has_no_fault(web_town: WebTown, chromium: Browser) -> None:
    grace, _secret, path = late(web_town)
    with served(web_town.app) as url:
        assert problems_of_pages(chromium, url, [path], client=grace.client) == []


@ONE_ENGINE
def test_what_a_form_answers_with_at_once_has_no_fault(web_town: WebTown, chromium: Browser) -> None:
    """Who was found, and the secret of a new officer's app, which are shown once and have no address of their own."""
    everything = office.officer(web_town, "all@example.org", *Permission)
    web_town.resident()
    with served(web_town.app) as url:
        for width in WIDTHS:
            with opened(chromium, url, width=width, client=everything.client) as page:
                page.goto(f"{url}/office/residents")
                page.get_by_label("Name", exact=True).check()
                page.get_by_label("Look for").fill("Amina")
                page.get_by_label("Why").fill("She rang about a lost phone")
                page.get_by_role("button", name="Look up").click()
                assert page.get_by_role("cell", name="amina@example.org").count() == 1
                assert [*faults_of(page), *html5lib_errors(page.content())] == []
                page.goto(f"{url}/office/officers/new")
                page.get_by_label("Name").fill("Joy Bello")
                page.get_by_label("E-mail address").fill(f"joy{width}@example.org")
                page.get_by_role("button", name="Add").click()
                assert page.get_by_role("heading", level=1).inner_text() == "Joy Bello is an officer"
                assert [*faults_of(page), *html5lib_errors(page.content())] == []
