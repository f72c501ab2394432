"""The service as a real process: it answers, and its log is JSON that names nobody."""

import json
import urllib.request
from http.cookiejar import CookieJar

import pytest

from tests.service import Service


@pytest.mark.slow
def test_the_service_answers_and_logs_lines_of_json(live_server: Service) -> None:
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    with browser.open(f"{live_server.url}/history/7K2M-9QF") as answer:
        assert answer.url.startswith(f"{live_server.url}/sign-in")
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    with browser.open(f"{live_server.url}/static/tallystick.css") as answer:
        assert answer.headers["Content-Type"].startswith("text/css")
    lines = live_server.log().splitlines()
    requests = [json.loads(line) for line in lines if line.startswith("{")]
    assert [line for line in lines if not line.startswith("{")] == [lines[0]]
    assert "Serving Lambeth Credits" in lines[0]
    assert {line["route"] for line in requests if line["event"] == "request"} >= {"/readyz", "/sign-in"}
    assert "7K2M-9QF" not in live_server.log()


@pytest.mark.slow
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_command_beside_the_service_works_on_the_same_books(live_server: Service) -> None:
    checked = live_server.run("check-books")
    assert (checked.returncode, checked.stdout) == (0, "The books are whole: no difference.\n")
