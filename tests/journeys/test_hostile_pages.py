"""WB-05: every page of every face is opened in Chromium with texts in it that would be programs in a careless page."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.architecture.pages_seen import reviewed
from tests.databases import POSTGRESQL_WHEN_LONG
from tests.drawn import SEED
from tests.journeys.hostile_crawl import TEXTS, crawl
from tests.journeys.hostile_faces import journeys_of
from tests.journeys.pages import served
from tests.long_table import record
from tests.service import settings_for
from tests.web_town import WebTown

pytestmark = pytest.mark.slow

LEFT_AT_ONCE = "/merchant/till/scan"
"""Its script leads on where there is no camera; it shows what the till's other pages show."""

FITTING = [text for text in TEXTS if len(text) <= 100]
"""Those that every field has room for."""

WITHOUT = Path(__file__).parent / "pages_without_texts.txt"
TURNS = [pytest.param(turn, marks=pytest.mark.long) for turn in range(0, len(FITTING), 30)]


@pytest.fixture
def demo(database_url: str, tmp_path: Path) -> Iterator[WebTown]:
    """A town with the demo's pages too, and nobody in it yet."""
    town = WebTown(settings=settings_for(database_url=database_url, data=tmp_path, TALLYSTICK_DEMO="yes"))
    yield town
    town.engine.dispose()


@pytest.fixture(params=["drawn", *TURNS])
def texts(request: pytest.FixtureRequest) -> list[str]:
    """The texts in another order each time, so that each comes to stand in other fields; in the long tier in five."""
    if request.param != "drawn":
        return FITTING[request.param :] + FITTING[: request.param]
    record(request.node.name, seed=SEED)
    return random.Random(f"{SEED} {request.node.name}").sample(FITTING, len(FITTING))


def without_texts() -> dict[str, str]:
    """The pages on which nobody's text stands, as a second person reviewed them, and what stands there."""
    lines = (line.partition(" ") for line in WITHOUT.read_text(encoding="utf-8").splitlines())
    return {rule: why.strip() for rule, _, why in lines if not rule.startswith("#") and rule}


@POSTGRESQL_WHEN_LONG
def test_wb_05_no_page_makes_a_program_of_a_text_and_every_page_is_opened_with_one(
    demo: WebTown, texts: list[str], chromium: Browser
) -> None:
    journeys = journeys_of(demo, texts)
    read: dict[str, set[str]] = {}
    with served(demo.app) as url:
        problems = [one for client, paths in journeys for one in crawl(chromium, url, client, paths, read)]
    assert problems == []
    rules = demo.app.url_map.bind("localhost")
    shown: dict[str, set[str]] = {}
    for path, found in read.items():
        rule, _ = rules.match(path, return_rule=True)
        shown.setdefault(rule.rule, set()).update(found)
    pages = {rule for rule, line in reviewed().items() if line.test}
    assert sorted(pages - set(shown) - {LEFT_AT_ONCE}) == [], "pages that were not opened: lead a journey to them"
    assert sorted(rule for rule in shown if not shown[rule]) == sorted(without_texts())


def test_a_page_without_texts_says_what_it_holds() -> None:
    assert [rule for rule, why in without_texts().items() if len(why.split()) < 2] == []
