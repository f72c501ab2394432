"""The code page's script in a real Chromium: a new drawing in time, and the receipt as soon as a till took it."""

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.journeys.pages import opened, served
from tests.wallet_api.lively import open_shop, take
from tests.web_town import WebTown

ONE_ENGINE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@ONE_ENGINE
def test_the_code_is_drawn_anew_and_becomes_a_receipt(web_town: WebTown, chromium: Browser) -> None:
    web_town.resident(credits_=3650)
    deli = open_shop(web_town)
    client = web_town.visitor().sign_in("amina@example.org").client
    with served(web_town.app) as url, opened(chromium, url, width=360, client=client) as page:
        page.clock.install()
        page.goto(f"{url}/code")
        short, picture = page.locator("[data-short] span").first, page.locator(".ts-qr path")
        before, drawn = short.inner_text(), picture.get_attribute("d")
        expect(page.locator("[data-words]")).to_have_text(re.compile(r"New code in 4[45] seconds"))
        page.clock.run_for(46_000)
        expect(short).not_to_have_text(before)
        expect(picture).not_to_have_attribute("d", drawn or "")
        expect(page.locator("[data-said]")).to_have_text("This is a new code")
        taken = take(web_town, deli, short.inner_text(), 450)
        page.clock.run_for(3_000)
        expect(page.locator("h1")).to_have_text("4.50 credits taken by Santos Deli, 12:00")
        assert taken.reference in page.locator("main").inner_text()


@ONE_ENGINE
def test_without_signal_the_page_says_that_the_code_may_be_too_old(web_town: WebTown, chromium: Browser) -> None:
    web_town.resident(credits_=3650)
    client = web_town.visitor().sign_in("amina@example.org").client
    with served(web_town.app) as url, opened(chromium, url, width=360, client=client) as page:
        page.clock.install()
        page.goto(f"{url}/code")
        page.context.set_offline(True)
        page.clock.run_for(46_000)
        expect(page.locator("[data-words]")).to_have_text("May be too old. Get a new code")
        expect(page.locator("[data-countdown]")).to_have_class(re.compile("ts-countdown--old"))
