"""Every page of organisers in a real Chromium: accessible, valid, no wider than the window."""

from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page

from ledger.identifiers import to_text
from tests.journeys.pages import axe_violations, opened, problems_of_pages, served
from tests.wallet_api.organised import LISTED, came_by, held, list_of, organised
from tests.web_town import WebTown

ONE_ENGINE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@ONE_ENGINE
def test_every_page_of_an_organiser_has_no_fault(web_town: WebTown, chromium: Browser) -> None:
    world = organised(web_town, people=3)
    coming = held(web_town, world.project, web_town.now + timedelta(days=1))
    refused = f"refused=earned_a_week.{to_text(world.residents[0])}"
    paths = [
        *("/organise/", "/organise/activities", "/organise/sessions/new", "/organise/details", "/organise/more"),
        *(f"{world.path}/roster", f"{world.path}/add", f"{world.path}/awarded?{refused}"),
        f"/organise/sessions/{to_text(coming)}/roster",
        *(f"{world.path}/upload", f"{world.path}/uploaded", f"/organise/sessions/{to_text(coming)}/upload"),
    ]
    with served(web_town.app) as url:
        assert problems_of_pages(chromium, url, ("/organise/sign-in",)) == []
        assert problems_of_pages(chromium, url, paths, client=world.olu().client) == []


@ONE_ENGINE
def test_thanking_in_a_browser_shows_pages_without_fault(web_town: WebTown, chromium: Browser) -> None:
    world = organised(web_town, people=3)
    client = world.olu().client
    with served(web_town.app) as url, opened(chromium, url, width=360, client=client) as page:
        page.goto(f"{url}{world.path}/roster")
        page.get_by_role("button", name="Continue").click()
        assert page.title().startswith("Error: ")
        assert axe_violations(page) == []
        page.get_by_role("checkbox").first.check()
        page.get_by_role("checkbox").last.check()
        page.get_by_role("button", name="Continue").click()
        assert axe_violations(page) == []
        page.get_by_role("button", name="Thank 2 people").click()
        assert page.get_by_role("heading", level=1).inner_text().endswith("2 people have been thanked")
        assert axe_violations(page) == []


@ONE_ENGINE
@pytest.mark.parametrize("width", [360, 1280])
def test_a_list_in_a_browser_shows_pages_without_fault(web_town: WebTown, chromium: Browser, width: int) -> None:
    world = organised(web_town, people=0, allowance_of=30_000)
    came_by(web_town, 24)
    client = world.olu().client
    with served(web_town.app) as url, opened(chromium, url, width=width, client=client) as page:
        page.goto(f"{url}{world.path}/roster")
        page.get_by_role("link", name="Thank everybody on a list at once").click()
        bring(page, f"{LISTED}listed0@example.org,three\nnobody@example.org,1\n")
        assert page.title().startswith("Error: ")
        sound(page, width)
        bring(page, list_of(2))
        sound(page, width)
        page.keyboard.press("Tab")
        page.get_by_role("button", name="Thank 2 people").focus()
        page.keyboard.press("Enter")
        page.get_by_role("heading", name="2 people have been thanked").wait_for()
        sound(page, width)
        page.get_by_role("link", name="Thank everybody on another list").click()
        bring(page, list_of(24))
        sound(page, width)
        page.get_by_role("button", name="Send it to the council").click()
        page.get_by_role("heading", name="Your list is with the council").wait_for()
        sound(page, width)


def bring(page: Page, content: str) -> None:
    """Choose this list and send it."""
    page.get_by_label("The list, saved as CSV UTF-8").set_input_files(
        files=[{"name": "came.csv", "mimeType": "text/csv", "buffer": content.encode()}]
    )
    page.get_by_role("button", name="Look at the list").click()
    page.wait_for_load_state()


def sound(page: Page, width: int) -> None:
    """The page has no fault of axe's and is no wider than the window."""
    assert axe_violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
