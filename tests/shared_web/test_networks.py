"""Limits tell places apart by their network, and cannot be walked around inside one."""

import pytest

from ledger.identifiers import crockford
from shared_web.networks import network_of
from tests.shared_web.conftest import Town

HERE = {"REMOTE_ADDR": "198.51.100.7"}


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("", "unknown"),
        (None, "unknown"),
        ("evil\0", "unknown"),
    ],
)
def test_an_address_is_of_a_network(address: str | None, network: str) -> None:
    assert network_of(address) == network


@pytest.mark.slow
def test_bf_02_one_ask_for_each_of_many_addresses_ends_at_the_hundredth(
    town: Town, capsys: pytest.CaptureFixture[str]
) -> None:
    browser = town.browser()
    statuses = [
        browser.post("/sign-in", data={"email": f"{number}@example.org"}, environ_overrides=HERE).status_code
        for number in range(105)
    ]
    assert statuses == [303] * 100 + [429] * 5
    assert capsys.readouterr().out.count("too_many_asks") == 5
    amina = {"email": "amina@example.org"}
    assert browser.post("/sign-in", data=amina, environ_overrides=HERE).status_code == 429
    elsewhere = {"REMOTE_ADDR": "198.51.100.8"}
    assert town.browser().post("/sign-in", data=amina, environ_overrides=elsewhere).status_code == 303
    town.clock.turn(minutes=15)
    assert browser.post("/sign-in", data=amina, environ_overrides=HERE).status_code == 303


@pytest.mark.slow
def test_wb_06_a_made_up_forwarding_header_escapes_no_limit(small_town: Town) -> None:
    def ask(number: int) -> int:
        forwarded = {"X-Forwarded-For": f"203.0.113.{number}", "Forwarded": f"for=203.0.113.{number}"}
        answer = small_town.browser().post("/sign-in", data={"email": f"{number}@example.org"}, headers=forwarded)
        return answer.status_code

    assert [ask(number) for number in range(102)] == [303] * 100 + [429] * 2


def test_wb_06_a_message_names_no_host_that_a_request_made_up(small_town: Town) -> None:
    browser = small_town.browser()
    hostile = {"HTTP_HOST": "evil.example", "HTTP_X_FORWARDED_HOST": "evil.example"}
    browser.post("/sign-in", data={"email": "amina@example.org"}, environ_overrides=hostile)
    outbox = (small_town.settings.data / "notices" / "outbox.jsonl").read_text(encoding="utf-8")
    assert "amina@example.org" in outbox
    assert "evil" not in outbox


def test_wb_06_a_code_leads_to_the_configured_address_whatever_host_was_asked(small_town: Town) -> None:
    browser = small_town.resident()
    page = browser.get("/code", environ_overrides={"HTTP_HOST": "evil.example"})
    assert "evil" not in page.text


def test_bf_04_a_cookie_that_is_nearly_right_is_looked_up_like_any_other(small_town: Town) -> None:
    """What is looked for is an HMAC, which differs everywhere for one changed symbol."""
    browser = small_town.resident()
    cookie = browser.get_cookie("tallystick-resident")
    assert cookie is not None
    wrong = [cookie.value[:-1] + ("0" if cookie.value[-1] != "0" else "1"), crockford(7, 26), cookie.value.lower(), "x"]
    for value in wrong:
        guessing = small_town.browser()
        guessing.set_cookie("tallystick-resident", value)
        assert guessing.get("/earn").status_code == 303
