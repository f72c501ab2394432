"""The code a resident shows: what is drawn, what a till can take by it, its receipt, and "not me"."""

import re

import pytest

from ledger.redemption.errors import CodeRevoked, CodeSuperseded
from tests.wallet_api.lively import Shop, open_shop, take
from tests.web_town import Visitor, WebTown, text_of

SHORT = re.compile(r"\b[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]\b")


@pytest.fixture
def amina(web_town: WebTown) -> Visitor:
    """A resident with 36.50, signed in."""
    web_town.resident(credits_=3650)
    return web_town.visitor().sign_in("amina@example.org")


@pytest.fixture
def deli(web_town: WebTown) -> Shop:
    """A shop with a till."""
    return open_shop(web_town)


def shown_code(visitor: Visitor) -> tuple[str, str]:
    """The short code on the page, and the page of what becomes of the code."""
    page = visitor.get("/code").text
    return SHORT.search(page)[0], re.search(r'href="(/code/[0-9A-Z]{26})"', page)[1]


def test_the_page_draws_a_code_with_what_it_may_take(amina: Visitor) -> None:
    page = text_of(amina.get("/code"))
    assert "QR code for the till to scan" in page
    assert "Good until 12:01:00" in page
    assert "Most the shop can take 20.00 credits" in page
    assert "It never sees your name." in page


def test_the_short_code_is_spelt_for_those_who_listen(amina: Visitor) -> None:
    short, _ = shown_code(amina)
    spelt = " ".join(SHORT.search(page := amina.get("/code").text)[0].replace("-", ""))
    assert spelt in page
    assert short.replace("-", "") not in page


def test_a_till_takes_what_the_page_shows_and_the_page_becomes_a_receipt(
    web_town: WebTown, amina: Visitor, deli: Shop
) -> None:
    short, result = shown_code(amina)
    taken = take(web_town, deli, short, 450)
    page = text_of(amina.get(result))
    assert page.startswith("4.50 credits taken by Santos Deli, 12:00")
    assert taken.reference in page
    assert "Not me" in page


def test_looking_again_leaves_what_was_shown_before_good(web_town: WebTown, amina: Visitor, deli: Shop) -> None:
    short, result = shown_code(amina)
    web_town.wait(seconds=45)
    again, same_result = shown_code(amina)
    assert again != short
    assert same_result == result
    assert take(web_town, deli, short, 450).amount == 450


def test_a_new_code_kills_the_one_before_it(web_town: WebTown, amina: Visitor, deli: Shop) -> None:
    short, _ = shown_code(amina)
    assert amina.fill("/code", "/code").location == "/code"
    with pytest.raises(CodeSuperseded):
        take(web_town, deli, short, 450)


def test_asking_for_a_new_code_after_a_till_took_one_shows_the_receipt_first(
    web_town: WebTown, amina: Visitor, deli: Shop
) -> None:
    target, data = amina.filled("/code", "/code")
    take(web_town, deli, shown_code(amina)[0], 450)
    answer = amina.client.post(target, data=data)
    assert answer.status_code == 303
    assert text_of(amina.get(answer.location)).startswith("4.50 credits taken by Santos Deli")


def test_a_resident_may_lower_the_most_a_shop_can_take(amina: Visitor) -> None:
    assert amina.fill("/code/limit", most="5.00").status_code == 303
    assert "5.00 credits" in text_of(amina.get("/code"))
    amina.fill("/code", "/code")
    assert "Most the shop can take 5.00 credits" in text_of(amina.get("/code"))


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "Enter an amount like 4.50"),
        ("0", "Enter an amount like 4.50"),
        ("five", "Enter an amount like 4.50"),
        ("20.01", "Enter 20.00 or less"),
    ],
)
def test_a_limit_that_cannot_be_is_asked_again_with_what_was_typed(amina: Visitor, typed: str, words: str) -> None:
    answer = amina.fill("/code/limit", most=typed)
    assert answer.status_code == 422
    assert words in text_of(answer)
    assert "<title>Error: The most they can take" in answer.text
    assert f'value="{typed}"' in answer.text or not typed


def test_nobody_can_offer_more_than_they_have(web_town: WebTown) -> None:
    web_town.resident(credits_=300)
    answer = web_town.visitor().sign_in("amina@example.org").fill("/code/limit", most="4.00")
    assert answer.status_code == 422
    assert "You have 3.00 credits" in text_of(answer)


def test_not_me_stops_every_code_at_once(web_town: WebTown, amina: Visitor, deli: Shop) -> None:
    short, result = shown_code(amina)
    take(web_town, deli, short, 450)
    newer, _ = shown_code(amina)
    answer = amina.fill(result, f"{result}/not-me")
    assert text_of(amina.get(answer.location)).startswith("Stopped. Nothing more can be taken.")
    with pytest.raises(CodeRevoked):
        take(web_town, deli, newer, 450)


def test_signing_out_ends_the_code(web_town: WebTown, amina: Visitor, deli: Shop) -> None:
    short, _ = shown_code(amina)
    amina.fill("/details", "/sign-out")
    with pytest.raises(CodeRevoked):
        take(web_town, deli, short, 450)


def test_a_code_that_ended_says_so(web_town: WebTown, amina: Visitor) -> None:
    _, result = shown_code(amina)
    web_town.wait(minutes=3)
    assert text_of(amina.get(result)).startswith("This code has ended")


def test_somebody_elses_code_is_as_absent_as_none(web_town: WebTown, amina: Visitor) -> None:
    _, result = shown_code(amina)
    web_town.resident(email="ben@example.org")
    ben = web_town.visitor().sign_in("ben@example.org")
    assert ben.get(result).status_code == ben.get(f"/code/{'0' * 26}").status_code == 404
    token = ben.filled("/details", "/sign-out")[1]["csrf_token"]
    assert ben.client.post(f"{result}/not-me", data={"csrf_token": token}).status_code == 404


def test_with_nothing_to_spend_there_is_no_code(web_town: WebTown) -> None:
    web_town.resident()
    page = text_of(web_town.visitor().sign_in("amina@example.org").get("/code"))
    assert page.startswith("You have no credits to spend yet.")
