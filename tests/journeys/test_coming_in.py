"""The pages of coming in and of being refused, in a real Chromium: each step, right and wrong, without fault."""

import pyotp
import pytest
from playwright.sync_api import Browser, Page

from tests import factories
from tests.journeys.browser import axe_violations, html5lib_errors
from tests.journeys.pages import opened, problems_of_pages, served
from tests.web_town import WebTown

ONE_ENGINE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def _faults(page: Page) -> list[str]:
    return axe_violations(page) + html5lib_errors(page.content())


@ONE_ENGINE
def test_an_officer_comes_in_by_three_pages_right_and_wrong(web_town: WebTown, chromium: Browser) -> None:
    secret = web_town.officer(email="grace@example.org")
    with served(web_town.app) as url, opened(chromium, url, width=360) as page:
        page.goto(f"{url}/office/sign-in")
        page.get_by_label("E-mail").fill("grace")
        page.get_by_role("button", name="Send me a code").click()
        assert page.title().startswith("Error: ")
        assert _faults(page) == []
        page.get_by_label("E-mail").fill("grace@example.org")
        page.get_by_role("button", name="Send me a code").click()
        assert _faults(page) == []
        page.get_by_label("code").fill("000000")
        page.get_by_role("button", name="Sign in").click()
        assert _faults(page) == []
        page.get_by_label("code").fill(web_town.last_digits("grace@example.org"))
        page.get_by_role("button", name="Sign in").click()
        assert _faults(page) == []
        page.get_by_role("textbox").fill(pyotp.TOTP(secret).at(web_town.now))
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/office/outstanding")


@ONE_ENGINE
def test_each_step_of_coming_in_has_no_fault(web_town: WebTown, chromium: Browser) -> None:
    web_town.resident()
    for make, email in ((factories.organiser, "olu@example.org"), (factories.merchant, "rosa@example.org")):
        for _ in range(2):
            web_town.work(lambda session, make=make, email=email: make(session, owner_email=email))
    with served(web_town.app) as url:
        for start, email in (("", "amina"), ("/organise", "olu"), ("/merchant", "rosa")):
            visitor, address = web_town.visitor(), f"{email}@example.org"
            assert visitor.fill(f"{start}/sign-in", email=address).status_code == 303
            assert problems_of_pages(chromium, url, [f"{start}/sign-in/code"], client=visitor.client) == []
            came = visitor.fill(f"{start}/sign-in/code", digits=web_town.last_digits(address))
            if start:
                assert came.location == f"{start}/sign-in/organisation"
                assert problems_of_pages(chromium, url, [came.location], client=visitor.client) == []


@ONE_ENGINE
def test_a_page_that_is_not_there_says_so_without_fault(web_town: WebTown, chromium: Browser) -> None:
    with served(web_town.app) as url:
        assert problems_of_pages(chromium, url, ("/nothing-here",), status=404) == []
