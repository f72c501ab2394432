"""A hold that has expired, though no job has run, at the till."""

from datetime import timedelta

from tests.merchant_portal.deli import Customer, Deli, ask
from tests.web_town import WebTown


def test_a_hold_that_has_lapsed_stands_in_nobody_s_way(web_town: WebTown) -> None:
    """No job has run: the till's request ends the hold, and takes."""
    till, customer = Deli(town=web_town).till(), Customer(town=web_town)
    customer.hold_until(web_town.now + timedelta(minutes=1), 4900)
    web_town.wait(minutes=1)
    code = customer.code()

    answer = ask(till, code.token)

    assert answer.status_code == 201, answer.text
    assert customer.has() == 4550
