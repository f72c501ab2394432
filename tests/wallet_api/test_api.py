"""The residents' JSON interface: the wallet, and codes asked for, drawn again and ended."""

import pytest

from tests.wallet_api.lively import open_shop, take
from tests.web_town import Visitor, WebTown

PROBLEM = "application/problem+json"


@pytest.fixture
def amina(web_town: WebTown) -> Visitor:
    """A resident with 36.50, signed in."""
    web_town.resident(credits_=3650)
    return web_town.visitor().sign_in("amina@example.org")


def test_the_wallet_tells_what_there_is_and_when_it_ends(amina: Visitor) -> None:
    answer = amina.client.get("/api/v1/wallet")
    assert answer.status_code == 200
    assert (answer.json["unit"], answer.json["available"], answer.json["held"]) == ("CR", 3650, 0)
    assert answer.json["purses"] == [{"expires_on": "2028-05-31", "available": 3650, "held": 0}]


@pytest.mark.parametrize("path", ["/api/v1/wallet", "/api/v1/codes/01M844DZG0F8XAX2ZEYN0M0KMA"])
def test_a_stranger_gets_a_problem(web_town: WebTown, path: str) -> None:
    answer = web_town.visitor().client.get(path)
    assert (answer.status_code, answer.content_type) == (401, PROBLEM)


def test_a_code_is_asked_for_drawn_again_and_taken(web_town: WebTown, amina: Visitor) -> None:
    code = amina.send_json("/api/v1/codes", {"cap": 500}, page="/details")
    assert code.status_code == 201
    assert code.json["cap"] == 500
    assert code.json["address"].startswith("HTTP://LOCALHOST/P/")
    path = f"/api/v1/codes/{code.json['id']}"
    again = amina.send_json(f"{path}/drawings", {}, page="/details")
    assert again.json["id"] == code.json["id"]
    assert again.json["short_code"] != code.json["short_code"]
    taken = take(web_town, open_shop(web_town), code.json["short_code"], 450)
    state = amina.client.get(path).json
    assert (state["state"], state["redemption"]["reference"]) == ("redeemed", taken.reference)
    refused = amina.send_json(f"{path}/drawings", {}, page="/details")
    assert (refused.status_code, refused.json["code"]) == (409, "code_already_redeemed")


def test_a_code_is_ended(amina: Visitor) -> None:
    path = f"/api/v1/codes/{amina.send_json('/api/v1/codes', {}, page='/details').json['id']}"
    assert amina.send_json(f"{path}/end", {}, page="/details").status_code == 204
    assert amina.client.get(path).json["state"] == "revoked"


@pytest.mark.parametrize(
    ("cap", "status"),
    [(0, 422), (-1, 422), (2001, 422), ("5", 422), (5.0, 422), (True, 422), (10**30, 400), (None, 422), (3650, 422)],
)
def test_a_cap_that_cannot_be_is_refused(amina: Visitor, cap: object, status: int) -> None:
    answer = amina.send_json("/api/v1/codes", {"cap": cap}, page="/details")
    assert (answer.status_code, answer.content_type) == (status, PROBLEM)


def test_an_unknown_field_is_refused(amina: Visitor) -> None:
    assert amina.send_json("/api/v1/codes", {"resident": "me"}, page="/details").status_code == 422


def test_a_request_without_our_token_is_refused(amina: Visitor) -> None:
    assert amina.client.post("/api/v1/codes", json={}).status_code == 403


def test_what_is_not_json_is_refused(amina: Visitor) -> None:
    token = amina.filled("/details", "/sign-out")[1]["csrf_token"]
    send = {"data": "{}", "headers": {"X-CSRFToken": token}}
    assert amina.client.post("/api/v1/codes", content_type="text/plain", **send).status_code == 415
    send["data"] = '{"cap": NaN}'
    assert amina.client.post("/api/v1/codes", content_type="application/json", **send).status_code == 400


def test_somebody_elses_code_is_as_absent_as_none(web_town: WebTown, amina: Visitor) -> None:
    path = f"/api/v1/codes/{amina.send_json('/api/v1/codes', {}, page='/details').json['id']}"
    web_town.resident(email="ben@example.org")
    ben = web_town.visitor().sign_in("ben@example.org")
    for action in ("drawings", "end"):
        assert ben.send_json(f"{path}/{action}", {}, page="/details").status_code == 404
    assert ben.client.get(path).status_code == 404
    assert amina.client.get(path).json["state"] == "issued"
