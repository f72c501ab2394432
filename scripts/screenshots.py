"""Take the README's pictures of a running demo: scripts/demo, then .venv/bin/python scripts/screenshots.py [DATA]."""

import json
import re
import sys
from pathlib import Path

import pyotp
from playwright.sync_api import Browser, Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.journeys.browser import ARGUMENTS, find_chromium

BASE = "http://localhost:8000"
PICTURES = Path(__file__).parent.parent / "docs" / "pictures"
PHONE = {"viewport": {"width": 360, "height": 740}, "device_scale_factor": 2}
DESK = {"viewport": {"width": 1280, "height": 860}}


def main() -> None:
    """The front door, a resident's home and code, a till's yes, the office's outstanding credits."""
    data = Path(sys.argv[1] if len(sys.argv) > 1 else ".tallystick/demo")
    PICTURES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
        take_front_door(browser)
        short_code = take_resident(browser, data)
        take_till(browser, data, short_code)
        take_office(browser, data)
        browser.close()


def take_front_door(browser: Browser) -> None:
    """The three doors, at a desk."""
    page = browser.new_context(**DESK).new_page()
    page.goto(BASE)
    save(page, "front-door")


def take_resident(browser: Browser, data: Path) -> str:
    """A resident's home and code; what the code's short form is."""
    page = browser.new_context(**PHONE).new_page()
    sign_in(page, data, "", "amina@example.org")
    save(page, "home")
    page.goto(f"{BASE}/code")
    save(page, "code")
    return re.search(r"\b[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]", page.content())[0]


def take_till(browser: Browser, data: Path, short_code: str) -> None:
    """The amount, and the answer to that code."""
    page = browser.new_context(**PHONE).new_page()
    sign_in(page, data, "/merchant", "rosa@example.org")
    page.get_by_label("Name of this till").fill("Till 1")
    page.get_by_role("button", name="Open a till here").click()
    pin = next(door["pin"] for door in doors(data) if door["realm"] == "merchant")
    page.get_by_label("Enter your PIN").fill(pin)
    page.get_by_role("button", name="Unlock the till").click()
    page.get_by_label("Amount to take").fill("4.50")
    save(page, "till")
    page.get_by_role("button", name="Type the code instead").click()
    page.get_by_label("Code on the customer’s phone").fill(short_code)
    page.get_by_role("button", name="Take 4.50").click()
    page.get_by_role("heading", name="Yes").wait_for()
    save(page, "yes")


def take_office(browser: Browser, data: Path) -> None:
    """What is outstanding, and the newest night."""
    page = browser.new_context(**DESK).new_page()
    sign_in(page, data, "/office", "grace@example.org")
    page.goto(f"{BASE}/office/outstanding")
    save(page, "outstanding")
    page.goto(f"{BASE}/office/council-tax")
    page.locator("main table a").nth(2).click()
    page.wait_for_load_state()
    save(page, "batch")


def sign_in(page: Page, data: Path, start: str, email: str) -> None:
    """Come in as anybody does, by the code in the outbox; an officer by their app's digits too."""
    page.goto(f"{BASE}{start}/sign-in")
    page.get_by_label("E-mail").fill(email)
    page.get_by_role("button", name="Send me a code").click()
    page.get_by_label("code").wait_for()
    outbox = (data / "notices" / "outbox.jsonl").read_text(encoding="utf-8").splitlines()
    sent = [message for message in map(json.loads, outbox) if message["to"] == email]
    page.get_by_label("code").fill(re.findall(r"\b[0-9]{6}\b", sent[-1]["text"])[0])
    page.get_by_role("button", name="Sign in").click()
    if start == "/office":
        secret = next(door["totp_secret"] for door in doors(data) if door["email"] == email)
        page.get_by_role("textbox").fill(pyotp.TOTP(secret).now())
        page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "sign-in" not in url)


def doors(data: Path) -> list[dict[str, str]]:
    """How the demo says each person comes in."""
    found: list[dict[str, str]] = json.loads((data / "demo.json").read_text(encoding="utf-8"))["doors"]
    return found


def save(page: Page, name: str) -> None:
    """The window as it is, in the README's folder."""
    page.wait_for_timeout(300)
    page.screenshot(path=PICTURES / f"{name}.png")


if __name__ == "__main__":
    main()
