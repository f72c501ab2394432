"""The till in a real Chromium: keypad, camera, hostile codes, lost replies, and stopping."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import qrcode
import zxingcpp
from PIL import Image
from playwright.sync_api import Browser, Page, Playwright, Request, Route, expect

from tests.journeys.browser import axe_violations, fake_camera_video, launch_with_camera
from tests.journeys.pages import opened, served
from tests.merchant_portal.deli import REDEMPTIONS, Customer, Deli
from tests.web_town import Visitor, WebTown

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

TYPE, SCAN = "/merchant/till/type?amount=4.50", "/merchant/till/scan?amount=4.50"
TOKEN = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
FRAMES_EACH = 4
HOSTILE = [
    "https://evil.example/",
    "http://localhost/merchant/sign-out",
    "HTTPS://LOCALHOST.EVIL.EXAMPLE/P/" + TOKEN,
    "HTTP://LOCALHOST@EVIL.EXAMPLE/P/" + TOKEN,
    "HTTP://LOCALHOST/P/" + TOKEN + "/../../sign-out",
    "HTTP://LOCALHOST/P/" + TOKEN + "?amount=2000",
    "HTTP://LOCALHOST/P/" + TOKEN[:-1],
    "HTTP://LOCALHOST/C/" + TOKEN,
    "//localhost/P/" + TOKEN,
    "javascript:alert(document.cookie)",
    "data:text/html,<script>alert(1)</script>",
    "otpauth://totp/x?secret=JBSWY3DPEHPK3PXP",
    "tel:+447700900000",
    "WIFI:T:WPA;S:evil;P:evil;;",
    "BEGIN:VCARD\nFN:Evil\nEND:VCARD",
    "<img src=x onerror=alert(1)>",
    "{{7*7}}${7*7}",
    "HTTP://LOCALHOST/P/\x00" + TOKEN,
    "K7QF-2M9X-4",
    "x" * 400,
]


def picture_of(text: str) -> bytes:
    """A QR code as PNG."""
    code = qrcode.QRCode(border=4, box_size=8)
    code.add_data(text.encode())
    file = io.BytesIO()
    code.make_image().save(file)
    return file.getvalue()


def film_of(texts: list[str], folder: Path) -> Path:
    """A camera's video that shows one code after the other, again and again."""
    films = [fake_camera_video(folder / "one.y4m", picture_of(text)).read_bytes() for text in texts]
    header, _, frames = films[0].partition(b"\n")
    size = len(frames) // frames.count(b"FRAME\n")
    video = folder / "all.y4m"
    video.write_bytes(header + b"\n" + b"".join(film.partition(b"\n")[2][:size] * FRAMES_EACH for film in films))
    return video


@contextmanager
def at(browser: Browser, till: Visitor, path: str) -> Iterator[Page]:
    """A page of the till, in a browser."""
    with served(till.town.app) as url, opened(browser, url, width=360, client=till.client) as page:
        page.goto(url + path)
        yield page


def type_code(page: Page, code: str) -> None:
    """Type the customer's code and send it."""
    page.get_by_label("Code on the customer").fill(code)
    page.get_by_role("button", name="Take 4.50").click()


def lose_replies(page: Page, seen: list[Request], *, how_many: int) -> None:
    """Let the first requests to take arrive, and lose what was answered."""

    def handle(route: Route) -> None:
        seen.append(route.request)
        if len(seen) > how_many:
            route.continue_()
            return
        route.fetch()
        route.abort()

    page.route(f"**{REDEMPTIONS}", handle)


def test_the_keypad_writes_the_amount_on_the_button(web_town: WebTown, chromium: Browser) -> None:
    with at(chromium, Deli(town=web_town).till(), "/merchant/till") as page:
        for key in ("1", "2", ".", "5", "7", "9"):
            page.get_by_role("button", name=key, exact=True).click()
        expect(page.get_by_label("Amount to take")).to_have_value("12.57")
        page.get_by_role("button", name="Delete").click()
        page.get_by_role("button", name="Scan code for 12.50").click()
        page.wait_for_url("**/merchant/till/*?amount=12.50*")


def test_a_code_before_the_camera_is_taken(web_town: WebTown, playwright_driver: Playwright, tmp_path: Path) -> None:
    deli, customer = Deli(town=web_town), Customer(town=web_town)
    video = film_of([f"{web_town.settings.base_url}/P/{customer.code().token}".upper()], tmp_path)
    with launch_with_camera(playwright_driver, video) as browser, at(browser, deli.till(), SCAN) as page:
        page.wait_for_url("**/merchant/till/result/*")
        expect(page.get_by_role("heading", name="Yes")).to_be_focused()
        assert page.title().startswith("Yes, 4.50 credits")
        assert page.evaluate("localStorage.length") == 0
    assert [taken.amount for taken in deli.taken()] == [450]


def test_QR11_hostile_codes_are_told_apart_and_nothing_is_opened(
    web_town: WebTown, playwright_driver: Playwright, tmp_path: Path
) -> None:
    for text in HOSTILE:
        (read,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(picture_of(text))))
        assert read.bytes == text.encode()
    deli, asked = Deli(town=web_town), []
    with (
        launch_with_camera(playwright_driver, film_of(HOSTILE, tmp_path)) as browser,
        at(browser, deli.till(), SCAN) as page,
    ):
        page.get_by_text("That is not a credits code").wait_for()
        assert axe_violations(page) == []
        page.on("request", lambda request: asked.append(request.url))
        page.on("framenavigated", lambda frame: asked.append(frame.url))
        page.on("popup", lambda popup: asked.append(popup.url))
        page.on("dialog", lambda dialog: asked.append(dialog.message))
        page.wait_for_timeout(len(HOSTILE) * FRAMES_EACH * 100 + 500)
        assert asked == []
        assert page.url.endswith(SCAN)
        assert page.evaluate("localStorage.length") == 0
    assert deli.taken() == []


def test_without_a_camera_the_code_is_typed(web_town: WebTown, chromium: Browser) -> None:
    with at(chromium, Deli(town=web_town).till(), SCAN) as page:
        page.wait_for_url("**/merchant/till/type?amount=4.50&why=*")
        expect(page.get_by_role("heading", name="Type the code")).to_be_visible()


def test_a_quick_answer_never_shows_checking(web_town: WebTown, chromium: Browser) -> None:
    deli, customer = Deli(town=web_town), Customer(town=web_town)
    with at(chromium, deli.till(), TYPE) as page:
        page.evaluate("""() => new MutationObserver(() => sessionStorage.setItem("seen", "yes"))
            .observe(document.querySelector("[data-asking]"), { attributes: true })""")
        type_code(page, customer.code().short_code)
        page.wait_for_url("**/merchant/till/result/*")
        assert page.evaluate("sessionStorage.getItem('seen')") is None


def test_a_lost_reply_is_asked_for_again_with_the_same_key_and_bytes(web_town: WebTown, chromium: Browser) -> None:
    deli, customer, seen = Deli(town=web_town), Customer(town=web_town), []
    with at(chromium, deli.till(), TYPE) as page:
        lose_replies(page, seen, how_many=2)
        type_code(page, customer.code().short_code)
        expect(page.get_by_role("heading", name="Checking")).to_be_focused()
        expect(page.get_by_text("Wait before you hand over the goods.")).to_be_visible()
        assert page.title().startswith("Checking, 4.50 credits")
        assert page.url.endswith("/merchant/till/checking")
        page.get_by_role("button", name="Check now").click()
        page.wait_for_url("**/merchant/till/result/*")
    assert len({(request.headers["idempotency-key"], request.post_data) for request in seen}) == 1
    assert len(seen) == 3
    assert len(deli.taken()) == 1


def test_a_page_loaded_anew_goes_on_asking(web_town: WebTown, chromium: Browser) -> None:
    deli, customer = Deli(town=web_town), Customer(town=web_town)
    with at(chromium, deli.till(), TYPE) as page:
        page.route(f"**{REDEMPTIONS}", lambda route: route.abort())
        type_code(page, customer.code().short_code)
        page.wait_for_url("**/merchant/till/checking")
        assert axe_violations(page) == []
        page.reload()
        expect(page.get_by_role("heading", name="Checking")).to_be_visible()
        page.goto(page.url.replace("/checking", ""))
        page.wait_for_url("**/merchant/till/checking")
        page.unroute(f"**{REDEMPTIONS}")
        page.wait_for_url("**/merchant/till/result/*")
    assert len(deli.taken()) == 1


def test_stopping_gives_back_what_went_through_and_then_says_so(web_town: WebTown, chromium: Browser) -> None:
    deli, customer, seen = Deli(town=web_town), Customer(town=web_town), []
    with at(chromium, deli.till(), TYPE) as page:
        lose_replies(page, seen, how_many=2)
        type_code(page, customer.code().short_code)
        page.get_by_role("button", name="Stop and take nothing").click()
        expect(page.get_by_role("heading", name="Stopping")).to_be_visible()
        page.wait_for_url("**/merchant/till/stopped/*")
        expect(page.get_by_role("heading", name="Stopped")).to_be_focused()
    (taken,) = deli.taken()
    assert taken.returned == 450
    assert customer.has() == 5000


def test_a_refused_code_shows_no(web_town: WebTown, chromium: Browser) -> None:
    deli, customer = Deli(town=web_town), Customer(town=web_town)
    till, code = deli.till(), customer.code()
    till.fill(TYPE, code=code.short_code)
    with at(chromium, till, TYPE) as page:
        type_code(page, code.short_code)
        page.wait_for_url("**/merchant/till/no/*")
        expect(page.get_by_role("heading", name="This code has been used")).to_be_visible()
        address = page.url
        page.get_by_role("link", name="Type the code instead").click()
        type_code(page, "K7QF-2M9X-5")
        expect(page.get_by_role("alert")).to_contain_text("There is a problem")
        page.goto(address)
        expect(page.get_by_role("heading", name="This code has been used")).to_be_visible()


def test_a_till_that_locked_itself_asks_for_the_pin_and_goes_on(web_town: WebTown, chromium: Browser) -> None:
    deli, customer, lost = Deli(town=web_town), Customer(town=web_town), []
    with at(chromium, deli.till(), TYPE) as page:
        page.route(f"**{REDEMPTIONS}", lambda route: (lost.append(1), route.abort()))
        type_code(page, customer.code().short_code)
        page.wait_for_url("**/merchant/till/checking")
        web_town.wait(minutes=5)
        page.unroute(f"**{REDEMPTIONS}")
        page.get_by_label("Rosa").check()
        page.get_by_label("Enter your PIN").fill("735190")
        page.get_by_role("button", name="Unlock the till").click()
        page.wait_for_url("**/merchant/till/no/*")
        expect(page.get_by_role("heading", name="This code is too old")).to_be_visible()
    assert deli.taken() == []
