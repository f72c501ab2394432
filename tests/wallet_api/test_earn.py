"""Ways to earn: what is on, how near, and a place at it."""

import pytest

from ledger.earning.rosters import take_place
from tests import factories
from tests.wallet_api.lively import offer_sessions, path_of
from tests.web_town import Visitor, WebTown, text_of


@pytest.fixture
def amina(web_town: WebTown) -> Visitor:
    """A resident, signed in."""
    web_town.resident()
    return web_town.visitor().sign_in("amina@example.org")


def test_sessions_stand_under_their_days(web_town: WebTown, amina: Visitor) -> None:
    offer_sessions(web_town, 2, 26)
    page = text_of(amina.get("/earn"))
    assert "Today, Monday 23 November Greenhouse seed sorting 2pm to 4pm Cormont Road 5.00 credits" in page
    assert "Tomorrow, Tuesday 24 November" in page
    assert "Tuesday 24" not in text_of(amina.get("/earn?day=today"))


def test_a_postcode_says_how_far_it_is(web_town: WebTown, amina: Visitor) -> None:
    offer_sessions(web_town, 2)
    assert "2pm to 4pm, 0.1 miles" in text_of(amina.get("/earn?near=se5+9ra"))
    assert "No activity is near SW9 0QN yet" in text_of(amina.get("/earn?near=SW9+0QN"))


def test_an_empty_week_says_so(amina: Visitor) -> None:
    assert "Nothing near SW9 0QN this week. Try another week." in text_of(amina.get("/earn?near=SW90QN"))


def test_what_is_no_postcode_is_asked_again(amina: Visitor) -> None:
    answer = amina.client.get("/earn?near=somewhere")
    assert answer.status_code == 422
    assert "Enter a postcode like SW9 0QN" in text_of(answer)
    assert 'value="somewhere"' in answer.text


@pytest.mark.parametrize("query", ["day=never", "week=99", "week=-1", "week=²", "week=1" + "0" * 5000])
def test_no_page_is_where_no_link_leads(amina: Visitor, query: str) -> None:
    assert amina.client.get(f"/earn?{query}").status_code == 404


def test_a_place_is_taken_and_given_up(web_town: WebTown, amina: Visitor) -> None:
    (session_id,) = offer_sessions(web_town, 2)
    page = path_of(session_id)
    assert amina.fill(page, f"{page}/place").location == page
    assert "You have a place It starts today at 2pm." in text_of(amina.get(page))
    amina.fill(page, f"{page}/give-up")
    assert "Take a place" in text_of(amina.get(page))


def test_a_full_session_offers_no_place(web_town: WebTown, amina: Visitor) -> None:
    (session_id,) = offer_sessions(web_town, 2, places=1)
    page = path_of(session_id)
    target, data = amina.filled(page, f"{page}/place")
    ben = web_town.resident(email="ben@example.org")
    web_town.work(lambda s: take_place(s, session_id=session_id, resident_id=ben, occasion=web_town.occasion()))
    assert "Every place is taken." in text_of(amina.get(page))
    refused = amina.client.post(target, data=data)
    assert refused.status_code == 409
    assert "All places are taken." in text_of(refused)


def test_after_the_end_the_organiser_is_waited_for(web_town: WebTown, amina: Visitor) -> None:
    (session_id,) = offer_sessions(web_town, 2)
    amina.fill(path_of(session_id), f"{path_of(session_id)}/place")
    web_town.wait(hours=3)
    assert "Name to the organiser".lower() in text_of(amina.get(path_of(session_id))).lower()
    web_town.wait(hours=2)
    assert "Waiting for the organiser to confirm" in text_of(amina.get(path_of(session_id)))


def test_the_weeks_cap_is_told_before_a_place_is_taken(web_town: WebTown) -> None:
    amina = web_town.resident()
    web_town.work(lambda session: factories.awarded(session, resident_id=amina, amount=3750))
    (session_id,) = offer_sessions(web_town, 2)
    page = text_of(web_town.visitor().sign_in("amina@example.org").get(path_of(session_id)))
    words = "You have earned 37.50 of 40.00 credits this week. You may come, but this one cannot add credits."
    assert words in page


@pytest.mark.parametrize("text", ["x", "0" * 26, "Z" * 26])
def test_an_activity_that_is_none_is_not_found(amina: Visitor, text: str) -> None:
    assert amina.client.get(f"/earn/{text}").status_code == 404
