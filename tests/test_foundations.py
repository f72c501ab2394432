"""What the other tests stand on: fresh databases, one occasion, a browser, a camera that sees a picture."""

import base64
import io
from pathlib import Path

import pytest
import qrcode
import zxingcpp
from PIL import Image
from playwright.sync_api import Browser, Playwright
from sqlalchemy import Engine, create_engine, text

from ledger.occasion import Occasion
from tests import postgresql_server
from tests.journeys.browser import (
    axe_violations,
    fake_camera_video,
    html5lib_errors,
    launch_with_camera,
)
from tests.service import settings_for

SEEN_BY_THE_CAMERA = """async () => {
    const video = document.createElement("video");
    video.srcObject = await navigator.mediaDevices.getUserMedia({video: true});
    await video.play();
    const canvas = document.createElement("canvas");
    canvas.width = video.videoWidth;
    canvas.height = video.videoHeight;
    canvas.getContext("2d").drawImage(video, 0, 0);
    return canvas.toDataURL("image/png").split(",")[1];
}"""
PAGE = '<!DOCTYPE html><html lang="en"><head><title>Till</title></head><body><main><h1>Till</h1>{}</main></body></html>'


def current_user(url: str) -> str:
    """Whom a database takes the holder of this URL for."""
    engine = create_engine(url)
    with engine.connect() as connection:
        name: str = connection.execute(text("SELECT current_user")).scalar_one()
    engine.dispose()
    return name


@pytest.mark.parametrize("again", [1, 2])
def test_a_database_is_fresh_for_every_test(engine: Engine, again: int) -> None:
    with engine.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM try_counters")).scalar() == 0
        counter = "INSERT INTO try_counters VALUES ('test', '2026-11-23T12:00:00.000000Z', 1)"
        connection.execute(text(counter))


def test_the_service_and_the_owner_are_two_roles(postgres_url: str, postgres_owner_url: str) -> None:
    assert current_user(postgres_url) == "tallystick_service"
    assert current_user(postgres_owner_url) == "tallystick_owner"


def test_a_named_server_comes_before_any_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(postgresql_server.NAMED, "postgresql+psycopg://postgres@elsewhere/postgres")
    assert postgresql_server.describe() == "the server that TALLYSTICK_TEST_DATABASE_URL names"


def test_the_wheel_is_taken_where_debian_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALLYSTICK_TEST_POSTGRESQL", "wheel")
    assert postgresql_server.find_binaries().origin == "the wheel's"


def test_the_settings_of_the_tests_are_whole(tmp_path: Path) -> None:
    settings = settings_for(database_url="sqlite:///town.sqlite", data=tmp_path, TALLYSTICK_DEMO="yes")
    assert settings.demo
    assert settings.data == tmp_path


def test_an_occasion_draws_new_identities(occasion: Occasion) -> None:
    assert occasion.new_id() != occasion.new_id()
    assert occasion.today.isoformat() == "2026-11-23"


def test_the_camera_shows_the_picture_it_is_given(playwright_driver: Playwright, tmp_path: Path) -> None:
    picture = io.BytesIO()
    qrcode.make("TS1:7KQ4M2XW").save(picture, "PNG")
    video = fake_camera_video(tmp_path / "code.y4m", picture.getvalue())
    with launch_with_camera(playwright_driver, video) as browser:
        page = browser.new_page()
        page.route("https://till.test/", lambda route: route.fulfill(body=PAGE, content_type="text/html"))
        page.goto("https://till.test/")
        seen = io.BytesIO(base64.b64decode(page.evaluate(SEEN_BY_THE_CAMERA)))
    (found,) = zxingcpp.read_barcodes(Image.open(seen).convert("L"))
    assert found.text == "TS1:7KQ4M2XW"


def test_axe_tells_an_unnamed_field(chromium: Browser) -> None:
    page = chromium.new_page()
    page.set_content(PAGE.format("<p>All is well.</p>"))
    assert axe_violations(page) == []
    page.set_content(PAGE.format("<p><input></p>"))
    assert [line.split()[0] for line in axe_violations(page)] == ["label"]
    page.close()


def test_a_page_that_does_not_parse_is_told_with_its_line() -> None:
    assert html5lib_errors(PAGE.format("<p>All is well.</p>")) == []
    assert html5lib_errors(PAGE.format("<p>No <b>end</p>"))[0].startswith("line 1, column ")
