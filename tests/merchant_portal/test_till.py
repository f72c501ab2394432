"""The till: unlock it, type the amount, type the code, see yes or no."""

import re

import pytest

from ledger.identifiers import to_text
from ledger.redemption.short_code import check_symbol
from tests.merchant_portal.deli import Customer, Deli
from tests.web_town import WebTown, text_of

pytestmark = pytest.mark.slow


@pytest.fixture
def deli(web_town: WebTown) -> Deli:
    return Deli(town=web_town)


@pytest.fixture
def customer(web_town: WebTown) -> Customer:
    return Customer(town=web_town)


def test_an_owner_makes_a_browser_a_till_and_is_signed_out_there(deli: Deli) -> None:
    till = deli.till(unlocked=False)
    assert "Enter your PIN" in text_of(till.get("/merchant/"))
    assert till.client.get("/merchant/operators").status_code == 403
    assert till.client.get("/merchant/devices").status_code == 403


def test_the_amount_goes_on_to_the_camera_or_to_typing(deli: Deli) -> None:
    till = deli.till()
    assert till.fill("/merchant/till", amount="4.5", way="scan").location == "/merchant/till/scan?amount=4.50"
    assert till.fill("/merchant/till", amount="4.50", way="type").location == "/merchant/till/type?amount=4.50"


def test_a_wrong_amount_is_shown_again_with_what_to_enter(deli: Deli) -> None:
    till, like, limit = deli.till(), "Enter an amount like 4.50", "More than this till may take at once: 20.00"
    for typed, told in (("", like), ("0", like), ("four", like), ("20.01", limit)):
        answer = till.fill("/merchant/till", amount=typed, way="scan")
        assert answer.status_code == 422
        assert told in text_of(answer)
        assert f'value="{typed}"' in answer.text or not typed
        assert "<title>Error: " in answer.text


def test_a_typed_code_is_taken_and_the_yes_can_be_shown_again(deli: Deli, customer: Customer) -> None:
    till, code = deli.till(), customer.code()
    answer = till.fill("/merchant/till/type?amount=4.50", code=code.short_code.lower())
    assert answer.status_code == 303
    for _ in range(2):
        page = till.get(answer.location)
        assert "<title>Yes, 4.50 credits" in page.text
        assert "Take £4.50 off the price." in text_of(page)
        assert "Till 1, Rosa" in text_of(page)
    assert customer.has() == 4550


def test_a_form_sent_twice_takes_once(deli: Deli, customer: Customer) -> None:
    till, code = deli.till(), customer.code()
    target, data = till.filled("/merchant/till/type?amount=4.50", code=code.short_code)
    first, second = till.client.post(target, data=data), till.client.post(target, data=data)
    assert first.location == second.location
    assert second.headers["Idempotent-Replayed"] == "true"
    assert len(deli.taken()) == 1


def test_a_bad_check_symbol_is_told_beside_the_field(deli: Deli, customer: Customer) -> None:
    code = customer.code().short_code
    wrong = code[:-1] + ("2" if code[-1] != "2" else "3")
    answer = deli.till().fill("/merchant/till/type?amount=4.50", code=wrong)
    assert answer.status_code == 422
    assert "Check the code. One character looks wrong" in text_of(answer)


def test_a_used_code_leads_to_no_and_to_the_shop_s_own_receipt(
    deli: Deli, customer: Customer, web_town: WebTown
) -> None:
    till, code = deli.till(), customer.code()
    till.fill("/merchant/till/type?amount=4.50", code=code.short_code)
    answer = till.fill("/merchant/till/type?amount=4.50", code=code.short_code)
    for _ in range(2):
        page = text_of(till.get(answer.location))
        assert "No Nothing was taken. This code has been used" in page
        assert "Ask the customer to tap “Get a new code”, then scan that one." in page
        assert deli.taken()[0].reference in page
        assert "Time 12:00:00" in page
        web_town.wait(seconds=30)
    assert len(deli.taken()) == 1


def test_what_a_customer_has_is_not_told(deli: Deli, customer: Customer) -> None:
    """A code that does not cover the amount says the same, whether by its cap or by the wallet."""
    till = deli.till()
    by_cap = till.fill("/merchant/till/type?amount=4.50", code=customer.code(cap=300).short_code)
    code = customer.code()
    customer.spend_elsewhere(4700)
    by_wallet = till.fill("/merchant/till/type?amount=4.50", code=code.short_code)
    first, second = till.get(by_cap.location), till.get(by_wallet.location)
    assert "This code does not cover 4.50 What to do: Take a smaller amount" in text_of(first)
    assert text_of(first) == text_of(second)


def test_an_old_code_and_an_unknown_one_say_what_to_do(deli: Deli, customer: Customer, web_town: WebTown) -> None:
    till, code = deli.till(), customer.code()
    customer.code()
    old = till.get(till.fill("/merchant/till/type?amount=4.50", code=code.short_code).location)
    assert "This code is too old What to do: Ask them to show the code on their screen now." in text_of(old)
    unknown = till.get(till.fill("/merchant/till/type?amount=4.50", code="2222-2222-" + check("22222222")).location)
    assert "This is not a credits code What to do: Ask for their Lambeth Credits code." in text_of(unknown)


def test_five_guesses_and_the_till_waits(deli: Deli, customer: Customer, web_town: WebTown) -> None:
    till, nobody = deli.till(), "2222-2222-" + check("22222222")
    for _ in range(5):
        till.fill("/merchant/till/type?amount=4.50", code=nobody)
    answer = till.fill("/merchant/till/type?amount=4.50", code=customer.code().short_code)
    page = text_of(till.get(answer.location))
    assert "Too many wrong codes What to do: Scan with the camera, or wait 5 minutes." in page
    assert deli.taken() == []
    web_town.wait(minutes=4)
    till.get("/merchant/till")
    web_town.wait(minutes=1, seconds=1)
    assert "/result/" in till.fill("/merchant/till/type?amount=4.50", code=customer.code().short_code).location


def test_codes_that_were_somebody_s_are_no_guesses(deli: Deli, customer: Customer) -> None:
    till = deli.till()
    for _ in range(7):
        till.fill("/merchant/till/type?amount=4.50", code=customer.code(cap=100).short_code)
    assert "/result/" in till.fill("/merchant/till/type?amount=4.50", code=customer.code().short_code).location


def test_a_till_locks_after_five_idle_minutes_and_keeps_the_amount(deli: Deli, web_town: WebTown) -> None:
    till = deli.till()
    web_town.wait(minutes=5)
    answer = till.client.get("/merchant/till/scan?amount=4.50")
    assert answer.location == "/merchant/till?amount=4.50"
    page = till.get(answer.location)
    assert "Enter your PIN" in text_of(page)
    unlocked = till.fill(answer.location, "/merchant/till/unlock", operator=to_text(deli.rosa_id), pin="735190")
    assert unlocked.location == "/merchant/till?amount=4.50"
    assert "Scan code for 4.50" in text_of(till.get(unlocked.location))


def test_a_locked_till_takes_a_typed_code_with_a_pin(deli: Deli, customer: Customer) -> None:
    till, code = deli.till(unlocked=False), customer.code()
    page, rosa = "/merchant/till/type?amount=4.50", to_text(deli.rosa_id)
    wrong = till.fill(page, code=code.short_code, operator=rosa, pin="111222")
    assert wrong.status_code == 422
    assert "Wrong PIN. 4 tries left." in text_of(wrong)
    assert till.fill(page, code=code.short_code).status_code == 422
    right = till.fill(page, code=code.short_code, operator=rosa, pin="735190")
    assert "/result/" in right.location
    assert "Enter your PIN" in text_of(till.get("/merchant/till"))


def test_a_pin_is_tried_five_times(deli: Deli, web_town: WebTown) -> None:
    till, rosa = deli.till(unlocked=False), to_text(deli.rosa_id)
    for left in (4, 3, 2, 1, 0):
        answer = till.fill("/merchant/till", "/merchant/till/unlock", operator=rosa, pin="111222")
        assert f"{left} tr" in text_of(answer)
    locked_out = till.fill("/merchant/till", "/merchant/till/unlock", operator=rosa, pin="735190")
    assert locked_out.status_code == 422
    assert "Too many tries. Wait 5 minutes." in text_of(locked_out)
    web_town.wait(minutes=5, seconds=1)
    deli.unlock(till)


def test_a_strange_name_unlocks_nothing(deli: Deli, web_town: WebTown) -> None:
    baker = Deli(town=web_town, name="Corner Bakery")
    answer = deli.till(unlocked=False).fill(
        "/merchant/till", "/merchant/till/unlock", operator=to_text(baker.rosa_id), pin="735190"
    )
    assert answer.status_code == 422


def test_locking_asks_for_the_pin_again(deli: Deli) -> None:
    till = deli.till()
    till.fill("/merchant/menu", "/merchant/till/lock")
    assert "Enter your PIN" in text_of(till.get("/merchant/till"))


def test_an_owner_who_is_no_till_is_sent_to_open_one(deli: Deli) -> None:
    owner = deli.owner()
    for path in ("/merchant/till", "/merchant/till/scan?amount=4.50", "/merchant/till/type?amount=4.50"):
        assert owner.client.get(path).location == "/merchant/"


def test_pages_of_an_amount_need_one(deli: Deli) -> None:
    till = deli.till()
    for amount in ("", "0.00", "20.01", "-1", "x"):
        assert till.client.get(f"/merchant/till/scan?amount={amount}").status_code == 404
        assert till.client.get(f"/merchant/till/type?amount={amount}").status_code == 404


def test_the_camera_is_allowed_on_the_scan_page_alone(deli: Deli) -> None:
    till = deli.till()
    scan = till.client.get("/merchant/till/scan?amount=4.50")
    assert "'wasm-unsafe-eval'" in scan.headers["Content-Security-Policy"]
    assert "camera=(self)" in scan.headers["Permissions-Policy"]
    for path in ("/merchant/till", "/merchant/till/type?amount=4.50", "/merchant/till/checking", "/merchant/takings"):
        answer = till.client.get(path)
        assert "wasm" not in answer.headers["Content-Security-Policy"]
        assert "camera=()" in answer.headers["Permissions-Policy"]


def test_no_is_shown_for_nothing_but_a_refusal_of_ours(deli: Deli) -> None:
    assert deli.till().client.get("/merchant/till/no/WyJjb2RlX2V4cGlyZWQiXQ.forged").status_code == 404


def test_another_shop_s_redemption_is_not_there(deli: Deli, customer: Customer, web_town: WebTown) -> None:
    yes = deli.till().fill("/merchant/till/type?amount=4.50", code=customer.code().short_code).location
    reference = yes.rpartition("/")[2]
    other = Deli(town=web_town, name="Corner Bakery").till()
    for path in (yes, f"/merchant/takings/{reference}", f"/merchant/takings/{reference}/void"):
        assert other.client.get(path).status_code == 404
    assert other.client.get(f"/merchant/till/stopped/{reference}").status_code == 404


def test_yesterday_s_yes_is_a_line_of_the_takings(deli: Deli, customer: Customer, web_town: WebTown) -> None:
    yes = deli.till().fill("/merchant/till/type?amount=4.50", code=customer.code().short_code).location
    web_town.wait(hours=14)
    assert re.fullmatch(r"/merchant/takings/[2-9A-Z]{4}-[2-9A-Z]{3}", deli.owner().client.get(yes).location)


def check(symbols: str) -> str:
    """The check symbol of eight."""
    return check_symbol(symbols)
