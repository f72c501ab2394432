"""The whole loop by keyboard alone, in browsers that run no scripts: the short code is typed instead of scanned."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.databases import POSTGRESQL_WHEN_LONG
from tests.factories import PIN
from tests.journeys.keyboard import Keyboard
from tests.journeys.test_the_whole_loop import check_the_night
from tests.journeys.town import MERCHANT, ORGANISER, RESIDENT, JourneyTown, journey_town, shown
from tests.service import Service


@pytest.fixture
def town(live_server: Service) -> Iterator[JourneyTown]:
    """The running town."""
    with journey_town(live_server) as town:
        yield town


def _browser(chromium: Browser) -> BrowserContext:
    return chromium.new_context(java_script_enabled=False, viewport={"width": 360, "height": 780})


def _sign_in(town: JourneyTown, keys: Keyboard, start: str, email: str) -> None:
    keys.open(f"{town.service.url}{start}/sign-in")
    keys.type("E-mail", email)
    keys.press("Send me a code")
    keys.type("code", town.digits_for(email))
    keys.press('button "Sign in"')


def _thank(town: JourneyTown, keys: Keyboard) -> None:
    _sign_in(town, keys, "/organise", ORGANISER)
    keys.press("Greenhouse seed sorting")
    keys.choose("Amina Yusuf")
    keys.press("Continue")
    keys.press("Thank 1 person")


def _open_till(town: JourneyTown, keys: Keyboard) -> None:
    _sign_in(town, keys, "/merchant", MERCHANT)
    keys.type("Name of this till", "Till 1")
    keys.press("Open a till here")
    keys.type("PIN", PIN)
    keys.press("Unlock the till")


def _take(town: JourneyTown, keys: Keyboard, short_code: str) -> str:
    """The reference on the screen that says yes."""
    keys.open(f"{town.service.url}/merchant/till")
    keys.type("Amount to take", "4.50")
    keys.press("Type the code instead")
    keys.type("Code on the customer’s phone", short_code)
    keys.press("Take 4.50")
    assert "Yes" in shown(keys.page), shown(keys.page)
    return keys.page.locator("dt:has-text('Reference') + dd").inner_text()


def _short_code(keys: Keyboard) -> str:
    return re.search(r"\b[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]\b", keys.page.content())[0]


def _apply(town: JourneyTown, keys: Keyboard) -> None:
    keys.open(f"{town.service.url}/council-tax/link")
    keys.type("Account number", "2000 1234 5")
    keys.choose('radio "Yes"')
    keys.press("Continue")
    keys.open(f"{town.service.url}/council-tax/apply")
    keys.type("How many credits?", "25.00")
    keys.press("Continue")
    keys.press("Apply 25.00 credits")
    assert "£25.00 off your bill" in shown(keys.page)


@POSTGRESQL_WHEN_LONG
def test_the_loop_needs_neither_a_mouse_nor_scripts_nor_a_camera(town: JourneyTown, chromium: Browser) -> None:
    with _browser(chromium) as residents, _browser(chromium) as organisers, _browser(chromium) as shop:
        resident, organiser = Keyboard(page=residents.new_page()), Keyboard(page=organisers.new_page())
        till = Keyboard(page=shop.new_page())
        _sign_in(town, resident, "", RESIDENT)
        _thank(town, organiser)
        _open_till(town, till)
        resident.open(f"{town.service.url}/code")

        reference = _take(town, till, _short_code(resident))

        resident.press("See whether it was taken")
        assert reference in shown(resident.page)
        _apply(town, resident)
        resident.open(town.service.url)
        assert "5.50 credits" in shown(resident.page)

    check_the_night(town)
