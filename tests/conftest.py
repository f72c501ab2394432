"""What every test may ask for: databases, an occasion, a browser, a running server."""

import gc
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import structlog

from ledger.occasion import Occasion
from tests import databases, drawn, long_table, run_directory
from tests.compiled_once import compile_statements_once
from tests.databases import database_url, engine, owner_engine, postgres_owner_url, postgres_url, sqlite_url
from tests.journeys.browser import chromium, playwright_driver
from tests.service import live_server
from tests.web_town import web_town

MADE_THE_FOLDER = pytest.StashKey[bool]()
DATABASES = {"sqlite_url", "postgres_url", "database_url"}
QUICK_WITH_ONE = ("book",)
"""Of the tests that need a database, those of the book alone are in the quick tier, on both."""

__all__ = [
    "chromium",
    "database_url",
    "engine",
    "live_server",
    "owner_engine",
    "playwright_driver",
    "postgres_owner_url",
    "postgres_url",
    "sqlite_url",
    "web_town",
]


def pytest_configure(config: pytest.Config) -> None:
    """Make the run's folder in the process that leads the run; its workers find it in their environment."""
    compile_statements_once()
    config.stash[MADE_THE_FOLDER] = not run_directory.is_named()
    if config.stash[MADE_THE_FOLDER]:
        run_directory.make()
        drawn.tell_workers()


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--keep-long-table`: what the long tier records is written to docs/long-run.md."""
    parser.addoption("--keep-long-table", action="store_true", help="write what was recorded to docs/long-run.md")


def pytest_terminal_summary(terminalreporter: Any, exitstatus: int, config: pytest.Config) -> None:
    """Print what tests recorded of what they did, seeds above all; keep it where that was asked for."""
    if recorded := long_table.printed():
        terminalreporter.section("recorded")
        terminalreporter.write_line("\n".join(recorded))
    if config.getoption("--keep-long-table"):
        long_table.write_page("passed" if exitstatus == pytest.ExitCode.OK else "FAILED")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what the run started, once all workers are done."""
    if config.stash.get(MADE_THE_FOLDER, False):
        databases.stop()
        run_directory.remove()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark `browser` what asks for the browser's driver, and `slow` what needs a database outside QUICK_WITH_ONE."""
    for item in items:
        asks_for = set(getattr(item, "fixturenames", ()))
        if "playwright_driver" in asks_for:
            item.add_marker("browser")
        if asks_for & DATABASES and item.path.parent.name not in QUICK_WITH_ONE:
            item.add_marker("slow")


def pytest_collection_finish() -> None:
    """What was imported and collected lives to the end of the run: spare the collector from walking it each time.

    It looks seldom, too: what a test leaves behind is little beside what looking for it takes.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


@pytest.fixture(autouse=True)
def _log_forgets_its_stream() -> Iterator[None]:
    """A command that runs in a test's own process points the log at a stream that ends with the test."""
    yield
    structlog.reset_defaults()


@pytest.fixture
def occasion(request: pytest.FixtureRequest) -> Occasion:
    """Noon in London on 23 November 2026; the randomness is the test's own and the same every time."""
    source = random.Random(request.node.nodeid)
    return Occasion(now=datetime(2026, 11, 23, 12, 0, tzinfo=UTC), actor="test", token_bytes=source.randbytes)
