"""Every page of the residents' face in a real Chromium: accessible, valid, no wider than the window."""

import pytest
from playwright.sync_api import Browser

from ledger.identifiers import to_text
from tests.journeys.pages import problems_of_pages, served
from tests.wallet_api.lively import live_a_little, path_of, take
from tests.web_town import WebTown

OPEN = ("/", "/join", "/sign-in", "/help", "/rules", "/privacy", "/accessibility")
OWN = (
    "/",
    "/code",
    "/code/limit",
    "/code/stopped",
    "/earn",
    "/earn?near=SW9+8QQ",
    "/earn?week=1",
    "/spend",
    "/history",
    "/history?month=2026-10",
    "/history/endings",
    "/council-tax",
    "/council-tax/link",
    "/council-tax/apply",
    "/details",
)
ONE_ENGINE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@ONE_ENGINE
def test_every_page_that_anybody_may_read_has_no_fault(web_town: WebTown, chromium: Browser) -> None:
    with served(web_town.app) as url:
        assert problems_of_pages(chromium, url, OPEN) == []


@ONE_ENGINE
def test_every_page_of_a_resident_has_no_fault(web_town: WebTown, chromium: Browser) -> None:
    town = live_a_little(web_town)
    amina = web_town.visitor().sign_in("amina@example.org")
    more = (
        *map(path_of, town.sessions),
        f"/history/{to_text(town.taken.transaction_id)}",
        f"/council-tax/{town.item}",
        "/council-tax/apply/check?amount=5.00",
        f"/disputes/new?transaction={to_text(town.taken.transaction_id)}",
    )
    with served(web_town.app) as url:
        assert problems_of_pages(chromium, url, (*OWN, *more), client=amina.client) == []


@ONE_ENGINE
def test_what_a_resident_said_is_wrong_has_no_fault(web_town: WebTown, chromium: Browser) -> None:
    town = live_a_little(web_town)
    amina = web_town.visitor().sign_in("amina@example.org")
    transaction = to_text(town.taken.transaction_id)
    said = amina.fill(f"/disputes/new?transaction={transaction}", reason="I was not there").location
    with served(web_town.app) as url:
        assert problems_of_pages(chromium, url, (said, f"/history/{transaction}"), client=amina.client) == []


@ONE_ENGINE
def test_the_pages_after_a_code_have_no_fault(web_town: WebTown, chromium: Browser) -> None:
    town = live_a_little(web_town)
    amina = web_town.visitor().sign_in("amina@example.org")
    ended, used = (amina.send_json("/api/v1/codes", {}, page="/details").json for _ in range(2))
    take(web_town, town.shop, used["short_code"], 100)
    amina.fill(f"/council-tax/{town.item}", f"/council-tax/{town.item}/cancel")
    pages = (f"/code/{used['id']}", f"/code/{ended['id']}", f"/council-tax/{town.item}")
    with served(web_town.app) as url:
        assert problems_of_pages(chromium, url, pages, client=amina.client) == []


@ONE_ENGINE
def test_forms_with_something_to_put_right_have_no_fault(web_town: WebTown, chromium: Browser) -> None:
    web_town.resident()
    client = web_town.visitor().sign_in("amina@example.org").client
    with served(web_town.app) as url:
        assert problems_of_pages(chromium, url, ("/earn?near=somewhere",), client=client, status=422) == []


@ONE_ENGINE
def test_the_pages_of_somebody_with_nothing_have_no_fault(web_town: WebTown, chromium: Browser) -> None:
    web_town.resident()
    client = web_town.visitor().sign_in("amina@example.org").client
    empty = ("/", "/code", "/earn", "/spend", "/history", "/history/endings", "/council-tax")
    with served(web_town.app) as url:
        assert problems_of_pages(chromium, url, empty, client=client) == []
        assert problems_of_pages(chromium, url, ("/history/nothing",), client=client, status=404) == []
