"""The office puts right: a transaction found and reversed, by two over the limit, and disputes answered in words."""

import re
from datetime import timedelta

import pytest
from werkzeug.test import TestResponse

from ledger.identifiers import to_text
from ledger.people.rules import Permission
from tests import factories
from tests.council_office import town as office
from tests.council_office.town import said
from tests.merchant_portal.deli import Customer, Deli
from tests.web_town import Visitor, WebTown

pytestmark = pytest.mark.slow

WHY = {"reason": "Taken twice\r\nby mistake", "evidence": "case 2026-114"}


def omar(town: WebTown) -> Visitor:
    """The finance officer who may reverse."""
    return office.officer(town, "omar@example.org", Permission.REVERSE)


def take(town: WebTown, amount: str = "4.50") -> tuple[Deli, Customer, str]:
    """The deli takes an amount: the shop, the customer, the reference."""
    deli, customer = Deli(town=town), Customer(town=town)
    town.wait(seconds=1)
    till = deli.till()
    yes = till.fill(f"/merchant/till/type?amount={amount}", code=customer.code().short_code)
    return deli, customer, yes.location.rpartition("/")[2]


def found(officer: Visitor, reference: str) -> str:
    """The page to which a reference leads."""
    answer = officer.client.get(f"/office/corrections?reference={reference}")
    assert answer.status_code == 303, answer.text
    return answer.location


def reverse(officer: Visitor, path: str, **change: str) -> TestResponse:
    """Fill the form in."""
    return officer.fill(path, path, **WHY | change)


def test_an_officer_finds_a_redemption_and_reverses_it(web_town: WebTown) -> None:
    _deli, customer, reference = take(web_town)
    officer = omar(web_town)
    path = found(officer, reference.lower())
    page = said(officer.get(path))
    assert "Redemption 4.50 CR" in page
    assert "A resident’s credits to 31 May 2028 Takings of Santos Deli 4.50" in page
    assert reverse(officer, path).location == path
    page = said(officer.get(path))
    assert "This was reversed already." in page
    assert "Reversal Taken twice by mistake case 2026-114 Omar 4.50" in page
    assert customer.has() == 5000
    assert "Taken twice by mistake" in said(officer.get("/office/corrections"))


def test_a_reference_of_nothing_is_told_beside_its_field(web_town: WebTown) -> None:
    officer = omar(web_town)
    for text in ("7K2M-9QF", "x", "%00", "١٢٣"):
        answer = officer.client.get(f"/office/corrections?reference={text}")
        assert answer.status_code == 422
        assert "Nothing has this reference." in said(answer)
    assert officer.client.get(f"/office/corrections/{'0' * 26}").status_code == 404


def test_a_reversal_without_its_reason_or_evidence_is_asked_for_again(web_town: WebTown) -> None:
    *_, reference = take(web_town)
    officer = omar(web_town)
    path = found(officer, reference)
    answer = reverse(officer, path, reason=" ", evidence="")
    assert answer.status_code == 422
    assert "Say why" in said(answer)
    assert "Say where the evidence is kept" in said(answer)


def test_a_spent_award_is_refused_with_what_could_be_taken_back(web_town: WebTown) -> None:
    deli, customer = Deli(town=web_town), Customer(town=web_town, credits_=0)
    awarded = web_town.work(lambda session: factories.awarded(session, resident_id=customer.id, amount=500))
    deli.till().fill("/merchant/till/type?amount=1.20", code=customer.code().short_code)
    officer = omar(web_town)
    answer = reverse(officer, f"/office/corrections/{to_text(awarded.transaction_id)}")
    assert answer.status_code == 409
    assert "Only 3.80 CR of this can be taken back now." in said(answer)
    assert customer.has() == 380


def test_over_the_limit_a_second_officer_decides(web_town: WebTown) -> None:
    programme_id = web_town.work(lambda session: factories.programme(session, budget=50_000))
    officer = omar(web_town)
    path = f"/office/corrections/{to_text(newest(web_town))}"
    assert "Somebody else must agree before it is reversed." in said(officer.get(path))
    asked = reverse(officer, path).location
    assert asked.startswith("/office/approvals/")
    grace = office.grace(web_town)
    page = said(grace.get(asked))
    assert "Reverse budget of 500.00 CR" in page
    assert "500.00 from Budget of Growing Lambeth 2026 to Issuance" in page
    assert "case 2026-114" in page
    assert grace.fill(asked, asked, decision="approve").status_code == 303
    assert "Omar, Grace" in said(officer.get(path))
    assert "Budget 0.00" in said(grace.get(f"/office/programmes/{to_text(programme_id)}"))


def test_small_reversals_that_sum_past_the_limit_wait_for_a_second_officer(web_town: WebTown) -> None:
    officer = omar(web_town)
    paths = []
    for _ in range(2):
        web_town.wait(seconds=1)
        now = web_town.occasion()
        web_town.work(lambda session, now=now: factories.programme(session, budget=12_000, occasion=now))
        paths.append(f"/office/corrections/{to_text(newest(web_town))}")
    assert reverse(officer, paths[0]).location == paths[0]
    page = said(officer.get(paths[1]))
    assert "One person alone takes back up to 200.00 CR in a day, and no adjustment." in page
    assert "Ask to reverse 120.00 CR" in page
    asked = reverse(officer, paths[1]).location
    assert asked.startswith("/office/approvals/")
    why = "Over 200.00 CR, with what the same person did alone that day, so two people are needed."
    assert why in said(office.grace(web_town).get(asked))


def newest(town: WebTown):
    """The newest transaction: what a test has just done."""
    with town.engine.connect() as connection:
        row = connection.exec_driver_sql("SELECT id FROM transactions ORDER BY posted_at DESC, id DESC LIMIT 1")
        return office.as_id(row.scalar_one())


def test_an_adjustment_always_waits_for_somebody_else(web_town: WebTown) -> None:
    _deli, customer, reference = take(web_town)
    officer = omar(web_town)
    path = found(officer, reference)
    page = f"/office/corrections/adjust?about={path.rpartition('/')[2]}"
    offered = dict(re.findall(r'<option value="(\w{26})"[^>]*>([^<]+)<', officer.get(page).text))
    ends = {name: value for value, name in offered.items()}
    wrong = officer.fill(page, "/office/corrections/adjust", debit="", credit="", amount="0", **WHY)
    assert wrong.status_code == 422
    assert "Choose the account it comes from" in said(wrong)
    purse = next(value for name, value in ends.items() if name.startswith("A resident"))
    sent = {"debit": ends["Issuance"], "credit": purse, "amount": "2.00"}
    asked = officer.fill(page, "/office/corrections/adjust", **sent, **WHY).location
    assert customer.has() == 4550
    grace = office.grace(web_town)
    assert "Every adjustment needs two people." in said(grace.get(asked))
    assert grace.fill(asked, asked, decision="approve").status_code == 303
    assert customer.has() == 4750


def test_only_who_may_reverse_puts_right(web_town: WebTown) -> None:
    *_, reference = take(web_town)
    path, grace = found(omar(web_town), reference), office.grace(web_town)
    for page in ("/office/corrections", path, "/office/corrections/adjust", "/office/disputes"):
        assert grace.client.get(page).status_code == 403
    assert "Corrections" not in grace.get("/office/outstanding").text
    token = grace.filled("/office/details")[1]
    assert grace.client.post(path, data=token | {"idempotency_key": "0" * 26, **WHY}).status_code == 403


def test_a_residents_dispute_is_overdue_after_its_day_and_upheld_by_a_correction(web_town: WebTown) -> None:
    _deli, _customer, reference = take(web_town)
    amina, officer = web_town.visitor().sign_in("amina@example.org"), omar(web_town)
    line = re.search(r'href="(/history/\w{26})"', amina.get("/history").text)[1]
    new = re.search(r'href="(/disputes/new\?transaction=\w+)"', amina.get(line).text)[1]
    assert amina.fill(new, "/disputes/new", reason=" ").status_code == 422
    mine = amina.fill(new, "/disputes/new", reason="I was not there").location
    assert "We are looking into it" in said(amina.get(mine))
    assert "We answer by Monday 21 December 2026" in said(amina.get(mine))
    assert "You told us this is wrong We will answer" in said(amina.get(line))
    assert amina.client.get(new).location == mine
    listed = said(officer.get("/office/disputes"))
    assert "A resident Redemption 4.50" in listed
    assert "21 December 2026 Open" in listed
    page = f"/office{mine}"
    early = officer.fill(page, page, outcome="upheld", answer="Put right")
    assert "Nothing has put this right yet." in said(early)
    reverse(officer, found(officer, reference))
    assert officer.fill(page, page, outcome="upheld", answer="We put it right").status_code == 303
    assert "Put right" in said(amina.get(mine))
    assert "Our answer We put it right" in said(amina.get(mine))
    assert "Upheld" in said(officer.get("/office/disputes"))
    other = office.officer(web_town, "other@example.org", Permission.REVERSE)
    assert "We put it right" in said(other.get(page))


def test_a_shop_disputes_a_redemption_and_reads_the_answer(web_town: WebTown) -> None:
    deli, _customer, reference = take(web_town)
    owner, path = deli.owner(), f"/merchant/takings/{reference}"
    assert owner.fill(f"{path}/dispute", reason="It should have been 5.40").location == path
    assert "By Monday 21 December 2026" in said(owner.get(path))
    assert owner.client.get(f"{path}/dispute").location == path
    officer = omar(web_town)
    page = re.search(r'href="(/office/disputes/[\w-]+)"', officer.get("/office/disputes").text)[1]
    assert officer.fill(page, page, outcome="", answer="").status_code == 422
    assert officer.fill(page, page, outcome="not_upheld", answer="The receipt says 4.50").status_code == 303
    assert "The receipt says 4.50" in said(owner.get(path))


def test_a_dispute_past_its_day_is_marked(web_town: WebTown) -> None:
    deli, _customer, reference = take(web_town)
    deli.owner().fill(f"/merchant/takings/{reference}/dispute", reason="It should have been 5.40")
    web_town.now += timedelta(days=28)
    assert "Open" in said(omar(web_town).get("/office/disputes"))
    web_town.now += timedelta(days=1)
    officer = office.officer(web_town, "late@example.org", Permission.REVERSE)
    assert "Overdue" in said(officer.get("/office/disputes"))


def test_another_residents_dispute_is_as_absent_as_none(web_town: WebTown) -> None:
    take(web_town)
    amina = web_town.visitor().sign_in("amina@example.org")
    line = re.search(r'href="/history/(\w{26})"', amina.get("/history").text)[1]
    mine = amina.fill(f"/disputes/new?transaction={line}", "/disputes/new", reason="No").location
    web_town.resident(email="bo@example.org")
    bo = web_town.visitor().sign_in("bo@example.org")
    absent = bo.client.get("/disputes/7K2M-9QF")
    assert absent.status_code == 404
    assert bo.client.get(mine).status_code == 404
    assert bo.client.get(f"/disputes/new?transaction={line}").status_code == 404
