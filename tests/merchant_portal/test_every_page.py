"""Every page of the merchants' face in a real Chromium: accessible, valid, no wider than the window."""

import pytest
from playwright.sync_api import Browser

from ledger.identifiers import to_text
from tests.journeys.pages import problems_of_pages, served
from tests.merchant_portal.deli import Customer, Deli
from tests.web_town import WebTown

ONE_ENGINE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@ONE_ENGINE
def test_every_page_of_a_till_has_no_fault(web_town: WebTown, chromium: Browser) -> None:
    deli, customer = Deli(town=web_town), Customer(town=web_town)
    till, code = deli.till(), customer.code()
    page = "/merchant/till/type?amount=4.50"
    yes = till.fill(page, code=code.short_code).location
    no = till.fill(page, code=code.short_code).location
    undone = till.fill(page, code=customer.code().short_code).location.rpartition("/")[2]
    till.fill(f"/merchant/takings/{undone}/void")
    reference = yes.rpartition("/")[2]
    paths = (
        "/merchant/till",
        "/merchant/till?amount=4.50",
        "/merchant/till/checking",
        page,
        f"{page}&why=no-camera",
        yes,
        no,
        f"/merchant/till/stopped/{undone}",
        "/merchant/takings",
        "/merchant/takings?days=week",
        "/merchant/takings?days=month",
        f"/merchant/takings/{reference}",
        f"/merchant/takings/{reference}/void",
        f"/merchant/takings/{undone}",
        f"/merchant/takings/{reference}/dispute",
        "/merchant/menu",
    )
    with served(web_town.app) as url:
        assert problems_of_pages(chromium, url, paths, client=till.client) == []
        till.fill(f"/merchant/takings/{reference}/dispute", reason="It should have been 5.40")
        assert problems_of_pages(chromium, url, (f"/merchant/takings/{reference}",), client=till.client) == []
        till.get(f"/P/{customer.code().token}")
        assert problems_of_pages(chromium, url, ("/merchant/till",), client=till.client) == []
        assert problems_of_pages(chromium, url, ("/merchant/till/no/forged",), client=till.client, status=404) == []


@ONE_ENGINE
def test_every_page_of_an_owner_and_of_a_locked_till_has_no_fault(web_town: WebTown, chromium: Browser) -> None:
    deli, customer = Deli(town=web_town), Customer(town=web_town)
    deli.till("Till 2")
    owner, locked = deli.owner(), deli.till(unlocked=False)
    rosa = to_text(deli.rosa_id)
    own = (
        "/merchant/",
        "/merchant/menu",
        "/merchant/devices",
        "/merchant/operators",
        f"/merchant/operators/{rosa}/pin",
        "/merchant/takings",
    )
    with served(web_town.app) as url:
        assert problems_of_pages(chromium, url, own, client=owner.client) == []
        waiting = ("/merchant/till", "/merchant/till/type?amount=4.50")
        assert problems_of_pages(chromium, url, waiting, client=locked.client) == []
        anybody = ("/merchant/sign-in", f"/P/{customer.code().token}")
        assert problems_of_pages(chromium, url, anybody) == []
