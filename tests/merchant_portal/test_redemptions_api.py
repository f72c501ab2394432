"""The till's JSON: each request is answered once, codes are taken once, and only by a till with somebody at it."""

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from ledger.book.models import Transaction
from ledger.identifiers import to_text
from ledger.people.tills import revoke_till, tills_of
from ledger.redemption.redemptions import open_takings
from ledger.redemption.short_code import check_symbol
from ledger.store import reading
from tests.merchant_portal.deli import REDEMPTIONS, ROSA_PIN, Customer, Deli, ask
from tests.web_town import Visitor, WebTown

PROBLEM = "application/problem+json"


@pytest.fixture(params=["its first sale", pytest.param("with takings", marks=pytest.mark.slow)])
def deli(web_town: WebTown, request: pytest.FixtureRequest) -> Deli:
    """Without takings a sale goes the portable way; with them, on PostgreSQL, by one statement."""
    deli = Deli(town=web_town)
    if request.param == "with takings":
        web_town.work(lambda session: open_takings(session, merchant_id=deli.id, occasion=web_town.occasion()))
    return deli


@pytest.fixture
def customer(web_town: WebTown) -> Customer:
    return Customer(town=web_town)


def transactions(town: WebTown) -> int:
    """How many transactions stand in the books."""
    with reading(town.engine) as session:
        return session.execute(select(func.count()).select_from(Transaction)).scalar_one()


def refusal(answer: TestResponse) -> tuple[int, str]:
    """A problem's status and code."""
    assert answer.content_type == PROBLEM, answer.text
    assert answer.json["status"] == answer.status_code
    return answer.status_code, answer.json["code"]


def test_a_scanned_code_is_taken(deli: Deli, customer: Customer) -> None:
    answer = ask(deli.till(), customer.code().token)
    assert answer.status_code == 201
    (taken,) = deli.taken()
    assert answer.json == {
        "id": to_text(taken.id),
        "reference": taken.reference,
        "amount": 450,
        "unit": "CR",
        "at": "2026-11-23T12:00:00Z",
        "result": f"/merchant/till/result/{taken.reference}",
    }
    assert customer.has() == 4550


def test_QR01_fifty_of_one_request_from_eight_threads_take_once(
    deli: Deli, customer: Customer, web_town: WebTown
) -> None:
    till, code = deli.till(), customer.code()
    before = transactions(web_town)
    send = sender(till, code.token)
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _number: until_known(send), range(50)))
    assert Counter(answer.status_code for answer in answers) == {201: 50}
    assert len({answer.data for answer in answers}) == 1
    assert sum(answer.headers.get("Idempotent-Replayed") == "true" for answer in answers) == 49
    assert transactions(web_town) == before + 1
    assert refusal(sender(till, code.token, amount=451)()) == (422, "key_reused")
    assert len(deli.taken()) == 1


def sender(till: Visitor, code: str, *, amount: int = 450):
    """A request that may be sent from any thread, each time by a client of its own, with the same bytes."""
    page = till.get("/merchant/till/checking").text
    token = page.partition('data-token="')[2].partition('"')[0]
    cookies = {cookie.key: cookie.value for cookie in (till.client._cookies or {}).values()}
    headers = {
        "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
        "X-CSRFToken": token,
        "Idempotency-Key": "qr-01-the-one-key",
        "Sec-Fetch-Site": "same-origin",
    }
    body = json.dumps({"amount": amount, "code": code}).encode()

    def send() -> TestResponse:
        client = till.town.app.test_client(use_cookies=False)
        return client.post(REDEMPTIONS, data=body, headers=headers, content_type="application/json")

    return send


def until_known(send) -> TestResponse:
    """The answer, asked for again while it is being made, as a till does."""
    while True:
        answer = send()
        if answer.status_code != 503 and answer.get_json().get("code") != "in_progress":
            return answer


def test_QR02_the_same_shop_gets_its_own_receipt_for_a_used_code(
    deli: Deli, customer: Customer, web_town: WebTown
) -> None:
    till, code = deli.till(), customer.code()
    reference = ask(till, code.token).json["reference"]
    before = transactions(web_town)
    again = ask(till, code.token, key="another-key-of-this-test")
    assert refusal(again) == (409, "code_already_redeemed")
    assert again.json["reference"] == reference
    assert again.json["result"].startswith("/merchant/till/no/")
    replayed = ask(till, code.token, key="another-key-of-this-test")
    assert replayed.data == again.data
    assert replayed.headers["Idempotent-Replayed"] == "true"
    assert transactions(web_town) == before


def test_QR03_another_shop_learns_nothing_of_a_used_code(deli: Deli, customer: Customer, web_town: WebTown) -> None:
    code = customer.code()
    reference = ask(deli.till(), code.token).json["reference"]
    web_town.wait(seconds=20)
    answer = ask(Deli(town=web_town, name="Corner Bakery").till(), code.token)
    assert refusal(answer) == (409, "code_already_redeemed")
    assert set(answer.json) == {"type", "title", "status", "code", "detail", "result"}
    page = web_town.visitor()
    assert page.get(answer.json["result"]).request.path == "/merchant/sign-in"
    for telling in (reference, "Santos", "Amina", "12:00:00"):
        assert telling not in answer.text


def test_QR04_the_server_s_clock_says_when_a_code_has_ended(deli: Deli, customer: Customer, web_town: WebTown) -> None:
    till, code = deli.till(), customer.code()
    web_town.now = code.qr_expires_at
    assert refusal(ask(till, code.token)) == (410, "code_expired")
    late = {"Date": "Sun, 22 Nov 2026 12:00:00 GMT"}
    body = {"amount": 450, "code": code.token}
    answer = till.send_json(REDEMPTIONS, body, page="/merchant/menu", **{"Idempotency-Key": "some-other-key-1"}, **late)
    assert refusal(answer) == (410, "code_expired")
    web_town.wait(seconds=-1)
    assert ask(till, code.token, key="some-other-key-2").status_code == 201


def test_QR10_a_resident_cannot_take_by_their_own_code(deli: Deli, customer: Customer, web_town: WebTown) -> None:
    """A resident's cookie opens no door of the merchants'; an owner's own sign-in is no till."""
    before, code = transactions(web_town), customer.code().token
    amina = web_town.visitor().sign_in("amina@example.org")
    body, headers = {"amount": 450, "code": code}, {"Idempotency-Key": "a-key-of-this-test"}
    assert refusal(amina.send_json(REDEMPTIONS, body, page="/details", **headers)) == (401, "not_signed_in")
    assert refusal(ask(deli.owner(), code)) == (403, "not_allowed")
    assert transactions(web_town) == before


def test_a_revoked_till_is_refused_at_its_next_request(deli: Deli, customer: Customer, web_town: WebTown) -> None:
    till = deli.till()
    send = sender(till, customer.code().token)
    with reading(web_town.engine) as session:
        (open_till,) = tills_of(session, organisation_id=deli.id, now=web_town.now)
    web_town.work(
        lambda session: revoke_till(
            session, till_id=open_till.id, organisation_id=deli.id, occasion=web_town.occasion()
        )
    )
    assert refusal(send()) == (401, "not_signed_in")
    assert till.client.get("/merchant/till").location.startswith("/merchant/sign-in")
    assert deli.taken() == []


def test_a_locked_till_takes_nothing_without_a_pin(deli: Deli, customer: Customer) -> None:
    till, code, rosa = deli.till(unlocked=False), customer.code().token, to_text(deli.rosa_id)
    assert refusal(ask(till, code)) == (403, "till_locked")
    assert refusal(ask(till, code, operator_id=rosa)) == (422, "invalid")
    wrong = ask(till, code, operator_id=rosa, pin="111222")
    assert refusal(wrong) == (422, "wrong_pin")
    assert ask(till, code, operator_id=rosa, pin=ROSA_PIN).status_code == 201


def test_a_pin_is_not_asked_twice_for_an_answer_that_was_lost(deli: Deli, customer: Customer) -> None:
    till, code, rosa = deli.till(unlocked=False), customer.code().token, to_text(deli.rosa_id)
    taken = ask(till, code, operator_id=rosa, pin=ROSA_PIN)
    for number in range(5):
        ask(till, code, operator_id=rosa, pin="111222", key=f"another-key-of-this-test-{number}")
    again = ask(till, code, operator_id=rosa, pin=ROSA_PIN)
    assert (again.status_code, again.data) == (taken.status_code, taken.data)


def test_a_till_that_locked_itself_still_hears_the_answer_it_waits_for(
    deli: Deli, customer: Customer, web_town: WebTown
) -> None:
    till = deli.till()
    send = sender(till, customer.code().token)
    first = send()
    web_town.wait(minutes=6)
    again = send()
    assert (again.status_code, again.data) == (201, first.data)
    other = sender(till, customer.code().token)
    assert refusal(other()) == (422, "key_reused")


def test_five_wrong_pins_and_the_sixth_is_not_looked_at(deli: Deli, customer: Customer) -> None:
    till, code, rosa = deli.till(unlocked=False), customer.code().token, to_text(deli.rosa_id)
    for _ in range(5):
        assert refusal(ask(till, code, operator_id=rosa, pin="111222")) == (422, "wrong_pin")
    answer = ask(till, code, operator_id=rosa, pin=ROSA_PIN)
    assert refusal(answer) == (429, "too_many_tries")
    assert int(answer.headers["Retry-After"]) <= 300
    assert deli.taken() == []


def test_another_shop_s_operator_is_nobody_here(deli: Deli, customer: Customer, web_town: WebTown) -> None:
    stranger = to_text(Deli(town=web_town, name="Corner Bakery").rosa_id)
    answer = ask(deli.till(unlocked=False), customer.code().token, operator_id=stranger, pin=ROSA_PIN)
    assert refusal(answer) == (404, "not_found")


def test_an_amount_is_a_whole_number_in_range(deli: Deli, customer: Customer) -> None:
    till, code = deli.till(), customer.code().token
    for amount in (0, -1, 1_000_001, 10**30, 4.5, 450.0, "450", True, None, [450], {"minor": 450}):
        assert refusal(ask(till, code, amount)) in {(422, "invalid"), (400, "malformed")}, amount
    assert refusal(ask(till, code, 2001)) == (422, "over_till_limit")
    assert deli.taken() == []


def test_what_is_not_asked_for_is_refused(deli: Deli, customer: Customer) -> None:
    till, code = deli.till(), customer.code().token
    assert refusal(ask(till, code, merchant_id="01ARZ3NDEKTSV4RRFFQ69G5FAV")) == (422, "invalid")
    assert refusal(ask(till, code, key="")) == (400, "key_missing")
    plain = till.client.post(REDEMPTIONS, data="amount=450", headers={"Idempotency-Key": "a-key-of-this-test"})
    assert refusal(plain) == (403, "forged")
    body, headers = {"amount": 450, "code": code}, {"Idempotency-Key": "a-key-of-this-test"}
    foreign = till.send_json(REDEMPTIONS, body, page="/merchant/menu", **headers, **{"Sec-Fetch-Site": "cross-site"})
    assert refusal(foreign) == (403, "not_allowed")


def test_what_is_no_code_is_refused(deli: Deli) -> None:
    till, hostile = deli.till(), ("", "K7QF-2M9X-5", "javascript:alert(1)", "\u202e" * 20, "x" * 257, "/P/../../etc")
    for number, code in enumerate(hostile):
        answer = ask(till, code, key=f"hostile-code-number-{number}")
        assert refusal(answer) in {(422, "code_invalid"), (422, "invalid")}, code
    assert deli.taken() == []


def test_guesses_are_counted_and_a_code_that_was_taken_is_none(deli: Deli, customer: Customer) -> None:
    till, nobody = deli.till(), f"22222222{check_symbol('22222222')}"
    for number in range(4):
        assert refusal(ask(till, nobody, key=f"guess-number-{number}-of-it")) == (422, "code_invalid")
    code = customer.code().short_code
    for _ in range(3):
        assert ask(till, code, key="the-right-code-of-it").status_code == 201
    assert refusal(ask(till, nobody, key="guess-number-5-of-it")) == (422, "code_invalid")
    waits = ask(till, customer.code().short_code, key="guess-number-6-of-it")
    assert refusal(waits) == (429, "too_many_tries")
    assert waits.json["result"].startswith("/merchant/till/no/")
    assert ask(till, customer.code().token, key="scanned-instead-of-it").status_code == 201


def test_a_redemption_is_shown_and_undone_once(deli: Deli, customer: Customer, web_town: WebTown) -> None:
    till = deli.till()
    reference = ask(till, customer.code().token).json["reference"]
    web_town.wait(seconds=30)
    address = f"{REDEMPTIONS}/{reference}/void"
    headers = {"Idempotency-Key": "undo-of-this-test-1"}
    undone = till.send_json(address, {}, page="/merchant/menu", **headers)
    assert undone.json == {"reference": reference, "amount": 450, "unit": "CR", "voided_at": "2026-11-23T12:00:30Z"}
    again = till.send_json(address, {}, page="/merchant/menu", **headers)
    assert (again.data, again.headers["Idempotent-Replayed"]) == (undone.data, "true")
    other = till.send_json(address, {}, page="/merchant/menu", **{"Idempotency-Key": "undo-of-this-test-2"})
    assert refusal(other) == (409, "already_voided")
    shown = till.client.get(f"{REDEMPTIONS}/{reference}").json
    assert (shown["returned"], shown["voided_at"]) == (450, "2026-11-23T12:00:30Z")
    assert customer.has() == 5000
    assert till.get(f"/merchant/till/stopped/{reference}").status_code == 200


def test_a_redemption_is_undone_on_its_day_and_by_its_shop_alone(
    deli: Deli, customer: Customer, web_town: WebTown
) -> None:
    till = deli.till()
    address = f"{REDEMPTIONS}/{ask(till, customer.code().token).json['reference']}/void"
    headers = {"Idempotency-Key": "undo-of-this-test-1"}
    bakery = Deli(town=web_town, name="Corner Bakery").till()
    assert refusal(bakery.send_json(address, {}, page="/merchant/menu", **headers)) == (404, "not_found")
    assert bakery.client.get(address.removesuffix("/void")).status_code == 404
    web_town.wait(minutes=6)
    assert refusal(till.send_json(address, {}, page="/merchant/menu", **headers)) == (403, "till_locked")
    web_town.wait(hours=12)
    assert refusal(deli.till().send_json(address, {}, page="/merchant/menu", **headers)) == (409, "void_too_late")
