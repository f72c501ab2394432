"""Visits pages that hold texts which would be programs in a careless page, and says what of a text came to be one."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page

from tests.journeys.pages import opened

TEXTS = (Path(__file__).parents[1] / "hostile_texts.txt").read_text(encoding="utf-8").splitlines()
RAN = """() => [...document.scripts].filter(one => !one.src.startsWith(location.origin + "/static/")).length
    + [...document.querySelectorAll("*")].filter(
        one => [...one.attributes].some(({name, value}) =>
            name.startsWith("on") || (name !== "value" && /^\\s*javascript:/i.test(value)))
    ).length
    + document.querySelectorAll("base, iframe, object, embed, meta[http-equiv]").length"""
"""How much of a page is of nobody's making but of a text's. A field's value is a text, and leads nowhere."""

SHOWN = """() => [document.querySelector("main").textContent,
    ...[...document.querySelectorAll("main input")].map(one => one.value)].join("\\n")"""


def crawl(
    browser: Browser, url: str, client: FlaskClient, paths: Iterable[str], read: dict[str, set[str]]
) -> Iterator[str]:
    """What is wrong with these pages as whoever `client` is signed in as sees them.

    `read` gains, by the path of each page that was come to, the texts that its main part shows.
    """
    with opened(browser, url, width=1280, client=client) as page:
        heard: list[str] = []
        listen(page, heard, ours=urlsplit(url).netloc)
        for path in paths:
            answer = page.goto(url + path)
            if answer is None or answer.status not in (200, 422):
                yield f"{path}: {answer and answer.status}"
                continue
            shown = page.evaluate(SHOWN)
            read.setdefault(urlsplit(answer.url).path, set()).update(text for text in TEXTS if text in shown)
            if made := page.evaluate(RAN):
                yield f"{path}: {made} of its elements are a text's"
            yield from (f"{path}: {one}" for one in heard)
            heard.clear()


def listen(page: Page, heard: list[str], *, ours: str) -> None:
    """Hear dialogs, what the content policy refused, and what was asked of other hosts than ours."""

    def dialog(shown) -> None:
        heard.append(f"dialog {shown.message}")
        shown.dismiss()

    def asked(request) -> None:
        if urlsplit(request.url).netloc not in (ours, ""):
            heard.append(f"asked {request.url}")

    page.on("dialog", dialog)
    page.on("request", asked)
    page.on("pageerror", lambda error: heard.append(f"error {error}"))
    page.on("console", lambda said: heard.append(said.text) if "policy" in said.text.lower() else None)
