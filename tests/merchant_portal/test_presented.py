"""A customer's code that an ordinary camera opened: good at a till, and nothing to anybody else."""

import pytest

from tests.merchant_portal.deli import Customer, Deli
from tests.web_town import WebTown, text_of


@pytest.fixture
def deli(web_town: WebTown) -> Deli:
    return Deli(town=web_town)


@pytest.fixture
def customer(web_town: WebTown) -> Customer:
    return Customer(town=web_town)


def test_a_stranger_learns_the_same_of_good_codes_and_bad(deli: Deli, customer: Customer, web_town: WebTown) -> None:
    stranger = web_town.visitor()
    good = stranger.get(f"/P/{customer.code().token}")
    bad = stranger.get("/P/00000000000000000000000000")
    assert good.status_code == bad.status_code == 200
    assert text_of(good) == text_of(bad)
    assert "It says nothing about them, and it does nothing here." in text_of(good)
    owner = deli.owner().get(f"/P/{customer.code().token}")
    assert "does nothing here" in text_of(owner)


def test_a_till_goes_to_the_amount_with_the_code_kept(deli: Deli, customer: Customer) -> None:
    till, token = deli.till(), customer.code().token
    answer = till.client.get(f"/P/{token}")
    assert answer.location == "/merchant/till"
    page = till.get("/merchant/till")
    assert "The customer’s code was read. Type the amount to take." in text_of(page)
    assert token not in page.text
    assert till.fill("/merchant/till", amount="twelve").status_code == 422
    target, data = till.filled("/merchant/till", amount="12.00")
    first, second = (till.client.post(target, data=data) for _ in range(2))
    assert "/merchant/till/result/" in first.location
    assert second.location == first.location
    assert [taken.amount for taken in deli.taken()] == [1200]
    assert "Scan code" in text_of(till.get("/merchant/till"))


def test_a_kept_code_is_forgotten_after_a_minute(deli: Deli, customer: Customer, web_town: WebTown) -> None:
    till = deli.till()
    till.get(f"/P/{customer.code().token}")
    web_town.wait(seconds=60)
    assert "Scan code" in text_of(till.get("/merchant/till"))


def test_a_code_of_nobody_is_refused_when_it_is_taken(deli: Deli) -> None:
    till = deli.till()
    till.get("/P/javascript:alert(1)")
    answer = till.fill("/merchant/till", amount="4.50")
    assert "This is not a credits code" in text_of(till.get(answer.location))
    assert "Scan code" in text_of(till.get("/merchant/till"))


def test_the_log_has_the_route_and_never_the_code(
    deli: Deli, customer: Customer, capsys: pytest.CaptureFixture[str]
) -> None:
    till, token = deli.till(), customer.code().token
    capsys.readouterr()
    till.get(f"/P/{token}")
    till.fill("/merchant/till", amount="4.50")
    written = "".join(capsys.readouterr())
    assert "/P/<presented>" in written
    assert token not in written
