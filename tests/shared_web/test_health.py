"""What a supervisor and a load balancer learn."""

from pathlib import Path

from app import create_app
from ledger import __version__
from tests.service import settings_for
from tests.shared_web.conftest import Town


def test_a_service_on_a_current_database_is_ready(town: Town) -> None:
    browser = town.browser()
    assert browser.get("/healthz").json == {"state": "alive"}
    assert browser.get("/readyz").status_code == 200
    assert browser.get("/version").json == {"version": __version__}


def test_a_service_whose_database_has_no_tables_is_not_ready(tmp_path: Path) -> None:
    app = create_app(settings_for(database_url=f"sqlite:///{tmp_path}/empty.sqlite", data=tmp_path))
    answer = app.test_client().get("/readyz")
    app.extensions["tallystick"].engine().dispose()
    assert (answer.status_code, answer.json["state"]) == (503, "database at another revision")


def test_a_service_that_cannot_reach_its_database_lives_and_is_not_ready(tmp_path: Path) -> None:
    url = "postgresql+psycopg://nobody@127.0.0.1:1/nothing"
    browser = create_app(settings_for(database_url=url, data=tmp_path)).test_client()
    assert browser.get("/healthz").status_code == 200
    assert browser.get("/readyz").json == {"state": "no database"}
    browser.set_cookie("tallystick-resident", "x" * 26)
    answer = browser.get("/earn")
    assert answer.status_code == 503
    assert "Please try again" in answer.text
    assert answer.headers["Retry-After"]
