"""Visits pages in a real Chromium as people see them, on a phone and at a desk, and says what is wrong with each."""

import os
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from threading import Thread
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, ConsoleMessage, Error, Page
from werkzeug.serving import make_server
from werkzeug.wsgi import ClosingIterator

from tests.architecture.pages_seen import seen_by
from tests.journeys.browser import AXE, axe_violations, html5lib_errors
from tests.journeys.tab_order import tab_faults

WIDTHS = (360, 1280)
HEIGHT = 780

WATCH = """addEventListener("securitypolicyviolation", event =>
    console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`))"""

AT_REST = "() => { document.activeElement.blur(); scrollTo(0, 0); }"
"""Leaves a page as it stands before anybody goes through it."""


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """The application at an address of this machine, in threads of this process.

    At the end the test that asked has seen every page that the reviewed list says it sees.
    """
    shown: set[str] = set()
    server = make_server("localhost", 0, _read_at_once(_noted(app, shown)), threaded=True)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://localhost:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert seen_by(os.environ["PYTEST_CURRENT_TEST"]) - shown == set(), "the list names pages that were not seen"


def _noted(app: Flask, shown: set[str]) -> WSGIApplication:
    """The application, and in `shown` the rule of each page that it answered a GET with."""

    def answered(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def started(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            is_page = dict(headers).get("Content-Type", "").startswith("text/html")
            if is_page and status.startswith("200") and environ["REQUEST_METHOD"] == "GET":
                rule, _ = app.url_map.bind_to_environ(environ).match(return_rule=True)
                shown.add(rule.rule)
            return start_response(status, headers, exc_info)

        return app(environ, started)

    return answered


def _read_at_once(app: WSGIApplication) -> WSGIApplication:
    """This server leaves open what it was sending to a browser that went away, so it is given no files to close."""

    def answered(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        with closing(ClosingIterator(app(environ, start_response))) as sent:
            return [b"".join(sent)]

    return answered


def problems_of_pages(
    browser: Browser, base_url: str, paths: Iterable[str], *, client: FlaskClient | None = None, status: int = 200
) -> list[str]:
    """Everything wrong with these pages, seen by whoever `client` is signed in as: a line for each fault and width."""
    with opened(browser, base_url, width=WIDTHS[0], client=client) as page:
        page.add_init_script(path=AXE)
        return [f"{path}{problem}" for path in paths for problem in _problems(page, base_url, path, status)]


@contextmanager
def opened(browser: Browser, base_url: str, *, width: int, client: FlaskClient | None = None) -> Iterator[Page]:
    """A page of a browser of its own, with the cookies of a test's client."""
    with browser.new_context(viewport={"width": width, "height": HEIGHT}) as context:
        context.add_init_script(WATCH)
        if client is not None:
            context.add_cookies([{"name": name, "value": value, "url": base_url} for name, value in cookies_of(client)])
        yield context.new_page()


def cookies_of(client: FlaskClient) -> list[tuple[str, str]]:
    """The cookies that a test's client holds."""
    return [(cookie.key, cookie.value) for cookie in (client._cookies or {}).values()]


def _problems(page: Page, base_url: str, path: str, status: int) -> Iterator[str]:
    with _heard(page) as said:
        answer = page.goto(base_url + path)
        assert answer is not None, path
        if answer.status != status:
            yield f" answered {answer.status}"
        if not page.url.endswith(path):
            yield f" led to {page.url}"
        yield from (f": {error}" for error in html5lib_errors(answer.text()))
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": HEIGHT})
            yield from (f" at {width}: {fault}" for fault in faults_of(page))
            page.evaluate(AT_REST)
        yield from (
            f": the browser says: {text}" for text in said if not (status >= 400 and f"status of {status}" in text)
        )


def faults_of(page: Page) -> Iterator[str]:
    """What is wrong with the page that stands in the window, however it was come by."""
    yield from axe_violations(page)
    yield from tab_faults(page)
    sideways = page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
    if sideways > 0:
        yield f"{sideways} px wider than the window"


@contextmanager
def _heard(page: Page) -> Iterator[list[str]]:
    """What a page says is wrong while the block runs, and what it throws."""
    said: list[str] = []

    def hear_console(message: ConsoleMessage) -> None:
        if message.type == "error":
            said.append(message.text)

    def hear_error(error: Error) -> None:
        said.append(str(error))

    page.on("console", hear_console)
    page.on("pageerror", hear_error)
    try:
        yield said
    finally:
        page.remove_listener("console", hear_console)
        page.remove_listener("pageerror", hear_error)
