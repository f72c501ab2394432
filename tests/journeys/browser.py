"""A real Chromium: found on the machine, launched once a run, or launched with a camera that sees a picture."""

import io
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import html5lib
import pytest
from html5lib.constants import E as EXPLANATIONS
from PIL import Image
from playwright.sync_api import Browser, Page, Playwright, sync_playwright

from tests.missing import missing

NONE_FOUND = "no Chromium: apt-get install chromium, or set TALLYSTICK_TEST_CHROMIUM to its path"
NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
AXE = Path(__file__).parent.parent / "vendor" / "axe-core" / "axe.min.js"
AXE_RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]
WIDTH, HEIGHT, FRAMES = 640, 480, 10


def find_chromium() -> str:
    """The path of this machine's Chromium; a test that needs it ends here where there is none."""
    for name in (os.environ.get("TALLYSTICK_TEST_CHROMIUM", ""), *NAMES):
        if name and (found := shutil.which(name)):
            return found
    return missing(NONE_FOUND)


@pytest.fixture(scope="session")
def playwright_driver() -> Iterator[Playwright]:
    """Playwright's driver, once for each worker of the run."""
    find_chromium()
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="session")
def chromium(playwright_driver: Playwright) -> Iterator[Browser]:
    """A Chromium without a camera, once for each worker: make a context of your own in it, and close that."""
    browser = playwright_driver.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
    yield browser
    browser.close()


@contextmanager
def launch_with_camera(driver: Playwright, video: Path) -> Iterator[Browser]:
    """A Chromium of its own whose camera shows `video` (see fake_camera_video) and may be used without asking."""
    camera = [
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={video.resolve()}",
    ]
    browser = driver.chromium.launch(executable_path=find_chromium(), args=[*ARGUMENTS, *camera])
    try:
        yield browser
    finally:
        browser.close()


def fake_camera_video(video: Path, picture: bytes) -> Path:
    """Write one second of uncompressed video (YUV4MPEG2) of a PNG picture, whole and centred on grey."""
    frame = Image.new("L", (WIDTH, HEIGHT), 128)
    shown = Image.open(io.BytesIO(picture)).convert("L")
    scale = min(WIDTH * 0.9 / shown.width, HEIGHT * 0.9 / shown.height)
    shown = shown.resize((round(shown.width * scale), round(shown.height * scale)), Image.Resampling.LANCZOS)
    frame.paste(shown, ((WIDTH - shown.width) // 2, (HEIGHT - shown.height) // 2))
    colourless = bytes([128]) * (2 * (WIDTH // 2) * (HEIGHT // 2))
    header = f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F10:1 Ip A1:1 C420jpeg\n".encode()
    video.write_bytes(header + (b"FRAME\n" + frame.tobytes() + colourless) * FRAMES)
    return video


def axe_violations(page: Page) -> list[str]:
    """What axe finds wrong with a page as it stands (WCAG 2.2 AA and best practice): a line for each element."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(
        "rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']}).then(({violations}) => violations)",
        AXE_RULES,
    )
    return [
        f"{violation['id']} ({violation['impact']}): {violation['help']}: {node['html']}"
        for violation in found
        for node in violation["nodes"]
    ]


def html5lib_errors(html: str) -> list[str]:
    """Every parse error of a page, with its line and column."""
    parser = html5lib.HTMLParser()
    parser.parse(html)
    return [
        f"line {line}, column {column}: {EXPLANATIONS[code] % facts}" for (line, column), code, facts in parser.errors
    ]
