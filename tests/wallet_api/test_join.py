"""Joining: newcomers are in, and nobody learns who was there before."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from ledger import store
from ledger.people.register import add_resident
from tests.web_town import WebTown, text_of

GRACE = {"name": "Grace Boateng", "email": "grace.b@example.org", "postcode": "sw90qn", "agrees": "y"}


def test_a_newcomer_joins_and_is_in(web_town: WebTown) -> None:
    visitor = web_town.visitor()
    assert visitor.fill("/join", **GRACE).location == "/sign-in/code"
    visitor.fill("/sign-in/code", digits=web_town.last_digits(GRACE["email"]))
    assert "Name Grace Boateng" in text_of(visitor.get("/details"))
    assert "Postcode SW9 0QN" in text_of(visitor.get("/details"))


def test_who_is_in_already_gets_the_same_answer_and_keeps_their_name(web_town: WebTown) -> None:
    web_town.resident(email=GRACE["email"])
    known, unknown = web_town.visitor(), web_town.visitor()
    answers = [known.fill("/join", **GRACE), unknown.fill("/join", **GRACE | {"email": "new@example.org"})]
    assert answers[0].status_code == answers[1].status_code == 303
    assert answers[0].location == answers[1].location
    pages = [text_of(known.get("/sign-in/code")), text_of(unknown.get("/sign-in/code"))]
    assert pages[0].replace(GRACE["email"], "") == pages[1].replace("new@example.org", "")
    known.fill("/sign-in/code", digits=web_town.last_digits(GRACE["email"]))
    assert "Name Amina Yusuf" in text_of(known.get("/details"))


def test_a_form_sent_twice_at_once_is_answered_alike(web_town: WebTown) -> None:
    visitor = web_town.visitor()
    path, fields = visitor.filled("/join", **GRACE)
    twin = {"name": GRACE["name"], "email": GRACE["email"], "postcode": "SW9 0QN"}
    with ThreadPoolExecutor(1) as threads:
        with store.unit_of_work(web_town.engine) as session:
            add_resident(session, **twin, occasion=web_town.occasion())
            answer = threads.submit(visitor.client.post, path, data=fields)
            Event().wait(0.3)
        assert answer.result().status_code == 303


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("name", " ", "Enter your name"),
        ("name", "x" * 121, "Enter your name in letters, up to 120 of them"),
        ("email", "grace", "Enter an e-mail address like name@example.org"),
        ("postcode", "SW9", "Enter a postcode like SW9 0QN"),
        ("agrees", "", "Read the rules, and say that you agree"),
    ],
)
def test_what_cannot_be_is_asked_again(web_town: WebTown, field: str, typed: str, words: str) -> None:
    fields = {name: value for name, value in (GRACE | {field: typed}).items() if value}
    answer = web_town.visitor().fill("/join", **fields)
    assert answer.status_code == 422
    assert words in text_of(answer)
    assert "<title>Error: Join" in answer.text
