"""What every test may ask for: databases, an occasion, a browser, a running server."""

import os
import random
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import structlog

from ledger.occasion import Occasion
from tests import databases, run_directory
from tests.databases import database_url, engine, owner_engine, postgres_owner_url, postgres_url, sqlite_url
from tests.journeys.browser import chromium, playwright_driver
from tests.service import live_server
from tests.web_town import web_town

SLOW_ON_POSTGRESQL = {"web_town": "database_url", "unguarded": "unguarded"}
"""Fixtures that take long there, and by which of a test's parameters it is known to run there."""

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
    if not hasattr(config, "workerinput"):
        run_directory.make()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what the run started, once all workers are done."""
    if not hasattr(config, "workerinput") and run_directory.VARIABLE in os.environ:
        databases.stop()
        run_directory.remove()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark `browser` what asks for the browser's driver, and `slow` what `SLOW_ON_POSTGRESQL` names, on PostgreSQL.

    What a page asks of the ledger is tested on both databases in the quick tier too.
    """
    for item in items:
        asked = getattr(item, "fixturenames", ())
        if "playwright_driver" in asked:
            item.add_marker("browser")
        if any(
            item.callspec.params[SLOW_ON_POSTGRESQL[name]] == "postgresql" for name in SLOW_ON_POSTGRESQL.keys() & asked
        ):
            item.add_marker("slow")


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
