"""What an owner keeps: tills, operators, takings; and what a till may not."""

import pytest

from ledger.identifiers import to_text
from tests.merchant_portal.deli import OWNER_PIN, Customer, Deli
from tests.web_town import Visitor, WebTown, text_of

pytestmark = pytest.mark.slow

TYPE = "/merchant/till/type?amount={}"


@pytest.fixture
def deli(web_town: WebTown) -> Deli:
    return Deli(town=web_town)


@pytest.fixture
def customer(web_town: WebTown) -> Customer:
    return Customer(town=web_town)


def take(till: Visitor, customer: Customer, amount: str = "4.50") -> str:
    """The reference of a redemption by a typed code."""
    answer = till.fill(TYPE.format(amount), code=customer.code().short_code)
    assert "/result/" in answer.location
    return answer.location.rpartition("/")[2]


def test_an_owner_sees_open_tills_and_ends_one(deli: Deli) -> None:
    till, owner = deli.till("Counter"), deli.owner()
    page = owner.get("/merchant/devices")
    assert "Counter At it now Rosa Opened 12:00 by Ana Santos" in text_of(page)
    assert owner.fill("/merchant/devices").status_code == 303
    assert "No till is open." in text_of(owner.get("/merchant/devices"))
    assert till.client.get("/merchant/till").location.startswith("/merchant/sign-in")


def test_another_shop_s_till_is_not_there(deli: Deli, web_town: WebTown) -> None:
    deli.till()
    owner = deli.owner()
    target, data = owner.filled("/merchant/devices")
    baker = Deli(town=web_town, name="Corner Bakery").owner()
    token = baker.filled("/merchant/menu")[1]
    assert baker.client.post(target, data=data | token).status_code == 404
    assert "Till 1" in text_of(owner.get("/merchant/devices"))


def test_an_owner_adds_somebody_who_unlocks_the_till(deli: Deli) -> None:
    owner = deli.owner()
    added = owner.fill("/merchant/operators", "/merchant/operators", name="Kofi", pin="918273", again="918273")
    assert added.status_code == 303
    assert "Kofi" in text_of(owner.get("/merchant/operators"))
    page = deli.till(unlocked=False).get("/merchant/till")
    assert "Kofi" in text_of(page)


@pytest.mark.parametrize(
    ("pin", "again", "told"),
    [
        ("123456", "123456", "Choose a PIN that is harder to guess"),
        ("12345", "12345", "Enter a PIN of six digits"),
        ("918273", "918274", "Enter the same PIN twice"),
    ],
)
def test_a_weak_pin_or_two_pins_are_refused(deli: Deli, pin: str, again: str, told: str) -> None:
    answer = deli.owner().fill("/merchant/operators", "/merchant/operators", name="Kofi", pin=pin, again=again)
    assert answer.status_code == 422
    assert told in text_of(answer)
    assert pin not in answer.text


def test_somebody_who_left_unlocks_nothing_any_more(deli: Deli) -> None:
    till, owner = deli.till(), deli.owner()
    assert owner.fill("/merchant/operators", f"/merchant/operators/{to_text(deli.rosa_id)}/remove").status_code == 303
    page = text_of(till.get("/merchant/till"))
    assert "Enter your PIN" in page
    assert "Rosa" not in page
    answer = owner.client.post(
        f"/merchant/operators/{to_text(deli.owner_id)}/remove", data=owner.filled("/merchant/menu")[1]
    )
    assert answer.status_code == 404, "an owner leaves by the council"


def test_a_new_pin_is_good_and_the_old_one_is_not(deli: Deli, web_town: WebTown) -> None:
    page = f"/merchant/operators/{to_text(deli.owner_id)}/pin"
    assert deli.owner().fill(page, pin="918273", again="918273").status_code == 303
    till, owner = deli.till(unlocked=False), to_text(deli.owner_id)
    old = till.fill("/merchant/till", "/merchant/till/unlock", operator=owner, pin=OWNER_PIN)
    assert old.status_code == 422
    new = till.fill("/merchant/till", "/merchant/till/unlock", operator=owner, pin="918273")
    assert new.status_code == 303
    stranger = Deli(town=web_town, name="Corner Bakery").owner()
    assert stranger.client.get(page).status_code == 404


def test_takings_count_what_was_kept(deli: Deli, customer: Customer, web_town: WebTown) -> None:
    till = deli.till()
    assert "Nothing taken yet today." in text_of(till.get("/merchant/takings"))
    take(till, customer)
    web_town.wait(hours=24)
    till = deli.till()
    take(till, customer, "10.00")
    undone = take(till, customer, "3.50")
    assert till.fill(f"/merchant/takings/{undone}/void").location == f"/merchant/takings/{undone}"
    today = text_of(till.get("/merchant/takings"))
    assert "Tuesday 24 November 2026 10.00 credits" in today
    assert "1 undone and not counted." in today
    assert "3.50 credits 12:00, " in today
    assert "Void" in today
    week = text_of(till.get("/merchant/takings?days=week"))
    assert "Monday 23 to Tuesday 24 November 14.50 credits" in week
    assert "Mon 23 1 4.50 Tue 24 1 10.00 Total 2 14.50" in week
    assert "14.50 credits" in text_of(till.get("/merchant/takings?days=month"))
    assert "Today: 10.00 credits" in text_of(till.get("/merchant/till"))
    assert customer.has() == 5000 - 1450


def test_a_void_asks_first_and_is_done_once(deli: Deli, customer: Customer, web_town: WebTown) -> None:
    till = deli.till()
    reference = take(till, customer)
    page = f"/merchant/takings/{reference}/void"
    assert "Undo 4.50 credits taken at 12:00? They go back to the customer." in text_of(till.get(page))
    target, data = till.filled(page)
    first, second = till.client.post(target, data=data), till.client.post(target, data=data)
    assert first.location == second.location
    assert customer.has() == 5000
    done = text_of(till.get(first.location))
    assert "Undone at 12:00 4.50 credits went back to the customer." in done
    assert till.client.get(page).location == first.location
    assert till.client.get(f"/merchant/till/result/{reference}").location == first.location


def test_a_void_belongs_to_its_day(deli: Deli, customer: Customer, web_town: WebTown) -> None:
    till = deli.till()
    page = f"/merchant/takings/{take(till, customer)}/void"
    target, data = till.filled(page)
    web_town.wait(hours=12)
    till = deli.till()
    assert till.client.get(page).location == page.removesuffix("/void")
    late = till.client.post(target, data=data | till.filled("/merchant/menu")[1])
    assert late.status_code == 409
    assert "This can be undone on the day it was taken only." in text_of(late)
    assert customer.has() == 4550


def test_a_locked_till_shows_no_takings(deli: Deli, customer: Customer, web_town: WebTown) -> None:
    till = deli.till()
    reference = take(till, customer)
    web_town.wait(minutes=5)
    for path in ("/merchant/takings", f"/merchant/takings/{reference}", f"/merchant/takings/{reference}/void"):
        assert till.client.get(path).location == "/merchant/till"
    assert deli.owner().client.get("/merchant/takings").status_code == 200


def test_the_menu_has_no_way_that_is_refused(deli: Deli) -> None:
    for visitor in (deli.till(), deli.owner()):
        page = visitor.get("/merchant/menu").text
        links = {part.split('"')[0] for part in page.split('href="')[1:] if part.startswith("/merchant")}
        assert {visitor.get(link).status_code for link in links} == {200}


def test_a_closed_till_is_a_stranger(deli: Deli) -> None:
    till = deli.till()
    assert till.fill("/merchant/menu", "/merchant/sign-out").status_code == 303
    assert till.client.get("/merchant/till").location.startswith("/merchant/sign-in")
