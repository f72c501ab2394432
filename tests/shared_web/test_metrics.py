"""What Prometheus is told, and whom it is told to."""

import urllib.request
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from ledger.nightly import run_night
from ledger.occasion import Occasion
from shared_web.core import EXTENSION
from tests.service import serve
from tests.shared_web.conftest import Town

WRONG_CODES = ("tallystick_refusals_total", "wrong_code")
TOKEN = "only-for-tests-" * 3


def figures(browser: FlaskClient, **headers: str) -> dict[tuple[str, ...], float]:
    """Each figure by its name and labels."""
    answer = browser.get("/metrics", headers={name.replace("_", "-"): value for name, value in headers.items()})
    assert answer.status_code == 200
    families = text_string_to_metric_families(answer.get_data(as_text=True))
    return {
        (sample.name, *(sample.labels[label] for label in sorted(sample.labels))): sample.value
        for family in families
        for sample in family.samples
    }


def test_requests_are_counted_by_route_and_status_and_never_by_path(small_town: Town) -> None:
    browser = small_town.browser()
    key = ("tallystick_requests_total", "GET", "none", "404")
    before = figures(browser).get(key, 0)

    browser.get("/nowhere/20001234")

    after = figures(browser)
    assert after[key] == before + 1
    assert not [name for name in after if "20001234" in "".join(name)]


def test_the_state_of_the_scheme_is_told(small_town: Town) -> None:
    told = figures(small_town.browser())

    assert told[("tallystick_outstanding_minor_units",)] >= 0
    assert told[("tallystick_redemptions_today",)] == 0
    assert told[("tallystick_nights_unfinished",)] == 0


def test_the_age_of_the_last_good_night_is_told(small_town: Town) -> None:
    core = small_town.app.extensions[EXTENSION]
    now = core.now()
    occasion = Occasion(now=now, actor="nightly", token_bytes=core.token_bytes)
    run_night(
        core.engine(), business_date=occasion.today - timedelta(days=3), settings=core.settings, occasion=occasion
    )

    told = figures(small_town.browser())

    assert told[("tallystick_nights_behind",)] == 2
    assert told[("tallystick_last_good_night_seconds",)] >= 0


@pytest.mark.parametrize(
    "asks",
    [
        {"environ_overrides": {"REMOTE_ADDR": "203.0.113.9"}},
        {"headers": {"X-Forwarded-For": "203.0.113.9"}},
        {"environ_overrides": {"REMOTE_ADDR": "203.0.113.9"}, "headers": {"Authorization": "Bearer wrong"}},
    ],
)
def test_a_stranger_is_told_nothing(small_town: Town, asks: dict[str, dict[str, str]]) -> None:
    answer = small_town.browser().get("/metrics", **asks)  # type: ignore[arg-type]  # by their names

    assert answer.status_code == 403
    assert b"tallystick_" not in answer.data


def test_who_shows_the_token_is_told_from_anywhere(small_town: Town) -> None:
    core = small_town.app.extensions[EXTENSION]
    core.settings = replace(core.settings, metrics_token=TOKEN)
    away = {"REMOTE_ADDR": "203.0.113.9"}

    answer = small_town.browser().get("/metrics", environ_overrides=away, headers={"Authorization": f"Bearer {TOKEN}"})

    assert answer.status_code == 200
    assert small_town.browser().get("/metrics", environ_overrides=away).status_code == 403


@pytest.mark.slow
def test_several_processes_add_up_what_they_answered(sqlite_url: str, tmp_path: Path) -> None:
    folder = tmp_path / "metrics"
    folder.mkdir()
    with serve(database_url=sqlite_url, data=tmp_path, PROMETHEUS_MULTIPROC_DIR=str(folder)) as service:
        for _request in range(30):
            urllib.request.urlopen(f"{service.url}/healthz", timeout=5).close()  # noqa: S310 (our own http address)
        told = [urllib.request.urlopen(f"{service.url}/metrics", timeout=5).read().decode() for _ in range(3)]  # noqa: S310

    line = 'tallystick_requests_total{method="GET",route="/healthz",status="200"} 30.0'
    assert all(line in one for one in told)
    assert len(list(folder.glob("counter_*.db"))) >= 1


def test_bf_02_guesses_from_many_networks_are_counted_together(small_town: Town) -> None:
    def told() -> list[float]:
        found = figures(small_town.browser())
        names = ("tallystick_codes_asked_total", "tallystick_sign_ins_total")
        return [*(found.get((name, "resident"), 0) for name in names), found.get(WRONG_CODES, 0)]

    before = told()
    for number in range(7):
        there, stranger = {"REMOTE_ADDR": f"203.0.113.{number}"}, small_town.browser()
        asked = stranger.post("/sign-in", data={"email": f"{number}@example.org"}, environ_overrides=there)
        assert asked.status_code == 303
        guessed = stranger.post("/sign-in/code", data={"digits": "000000"}, environ_overrides=there)
        assert guessed.status_code == 422
    small_town.resident()
    assert [after - earlier for after, earlier in zip(told(), before, strict=True)] == [8, 1, 7]
