"""The whole loop in a real browser: thanked, spent at a till that sees the code, taken off the bill, and proved."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect

from tests.factories import PIN
from tests.journeys.browser import fake_camera_video, launch_with_camera
from tests.journeys.ctx_reader import read_ctx
from tests.journeys.town import MERCHANT, ORGANISER, RESIDENT, JourneyTown, journey_town, shown
from tests.service import Service

PHONE = {"viewport": {"width": 360, "height": 780}, "device_scale_factor": 2}


@pytest.fixture
def town(live_server: Service) -> Iterator[JourneyTown]:
    """The running town."""
    with journey_town(live_server) as town:
        yield town


def _sign_in(town: JourneyTown, page: Page, start: str, email: str) -> None:
    page.goto(f"{town.service.url}{start}/sign-in")
    page.get_by_label("E-mail").fill(email)
    page.get_by_role("button", name="Send me a code").click()
    page.get_by_label("code").fill(town.digits_for(email))
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "sign-in" not in url)


def _thank(town: JourneyTown, context: BrowserContext) -> None:
    """The organiser ticks who came."""
    page = context.new_page()
    _sign_in(town, page, "/organise", ORGANISER)
    page.get_by_role("link", name="Greenhouse seed sorting").first.click()
    page.get_by_label("Amina Yusuf").check()
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Thank 1 person").click()
    expect(page.locator("main")).to_contain_text("35.00")
    page.close()


def _open_till(town: JourneyTown, context: BrowserContext) -> None:
    """The owner opens a till and unlocks it."""
    page = context.new_page()
    _sign_in(town, page, "/merchant", MERCHANT)
    page.get_by_label("Name of this till").fill("Till 1")
    page.get_by_role("button", name="Open a till here").click()
    page.get_by_label("Enter your PIN").fill(PIN)
    page.get_by_role("button", name="Unlock the till").click()
    expect(page.get_by_label("Amount to take")).to_be_visible()
    page.close()


def _take_by_camera(town: JourneyTown, till: Page, amount: str) -> str:
    """Type the amount, let the camera see the code; the reference on the screen that says yes."""
    till.goto(f"{town.service.url}/merchant/till")
    till.get_by_label("Amount to take").fill(amount)
    till.get_by_role("button", name="Scan code").click()
    expect(till.get_by_role("heading", name="Yes")).to_be_visible(timeout=15_000)
    assert f"Take £{amount} off the price." in shown(till)
    return till.locator("dt:has-text('Reference') + dd").inner_text()


def _apply(town: JourneyTown, phone: Page) -> None:
    """Link the council-tax account and apply 25.00."""
    phone.goto(f"{town.service.url}/council-tax/link")
    phone.get_by_label("Account number").fill("2000 1234 5")
    phone.get_by_label("Yes").check()
    phone.get_by_role("button", name="Continue").click()
    phone.goto(f"{town.service.url}/council-tax/apply")
    phone.get_by_label("How many credits?").fill("25.00")
    phone.get_by_role("button", name="Continue").click()
    phone.get_by_role("button", name="Apply 25.00 credits").click()
    expect(phone.get_by_role("heading", name="£25.00 off your bill")).to_be_visible()


def check_the_night(town: JourneyTown) -> None:
    """The night's file holds the 25.00 and nothing else, says the same when run again, and the books are whole."""
    arguments = ("nightly", "--business-date", town.night().isoformat(), "--json")
    first, again = town.service.run(*arguments), town.service.run(*arguments)
    assert first.returncode == 0, first.stderr
    (file,) = json.loads(first.stdout)["nights"][0]["files"]
    read = read_ctx(Path(file["path"]))
    assert (file["name"], file["sha256"], file["records"], file["pence"]) == (
        Path(file["path"]).name,
        read.sha256,
        len(read.details),
        read.reductions,
    )
    assert (read.reductions, read.reversals) == (2500, 0)
    assert [(line[2], line[5], line[6], line[12]) for line in read.details] == [("RED", "20001234", "5", "VOL")]
    assert json.loads(again.stdout)["nights"][0]["files"] == [file]
    checked = town.service.run("check-books", "--json")
    assert (checked.returncode, json.loads(checked.stdout)["findings"]) == (0, [])


def test_thanked_spent_by_camera_taken_off_the_bill_and_proved(
    town: JourneyTown, chromium: Browser, playwright_driver: Playwright, tmp_path: Path
) -> None:
    with chromium.new_context(**PHONE) as residents, chromium.new_context() as organisers:
        phone = residents.new_page()
        _sign_in(town, phone, "", RESIDENT)
        assert "0.00 credits" in shown(phone)

        _thank(town, organisers)

        phone.goto(town.service.url)
        assert "35.00 credits" in shown(phone)
        with chromium.new_context() as shop:
            _open_till(town, shop)
            signed_in = shop.storage_state()
        phone.goto(f"{town.service.url}/code")
        picture = phone.get_by_role("img", name="QR code for the till to scan").screenshot()

        video = fake_camera_video(tmp_path / "code.y4m", picture)
        with launch_with_camera(playwright_driver, video) as camera:
            till = camera.new_context(storage_state=signed_in, viewport={"width": 360, "height": 780}).new_page()
            reference = _take_by_camera(town, till, "4.50")

        expect(phone.locator("main")).to_contain_text(reference, timeout=10_000)
        phone.goto(town.service.url)
        assert "30.50 credits" in shown(phone)
        _apply(town, phone)
        phone.goto(town.service.url)
        assert "25.00 more is set aside for council tax" in shown(phone)

    check_the_night(town)
