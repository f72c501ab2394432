"""Every page of organisers in a real Chromium: accessible, valid, no wider than the window."""

from datetime import timedelta

import pytest
from playwright.sync_api import Browser

from ledger.identifiers import to_text
from tests.journeys.pages import axe_violations, opened, problems_of_pages, served
from tests.wallet_api.organised import held, organised
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
