"""Two people: one asks for a large allotment, another approves it or sends it back with a reason."""

import pyotp

from ledger.people.queries import find_person
from ledger.people.register import end_permission
from ledger.people.rules import Permission, Realm
from tests.council_office import town as office
from tests.web_town import Visitor, WebTown


def test_a_large_allotment_waits_and_is_approved_by_somebody_else(web_town: WebTown) -> None:
    priya, grace, found = office.priya(web_town), office.grace(web_town), office.project(web_town)
    path = office.ask_for(web_town, priya, "1,200.00", found=found)
    assert path.startswith("/office/approvals/")
    listed = grace.get("/office/approvals")
    assert "Allot 1,200.00 CR to Organiser" in office.said(listed)
    assert '<span class="ts-count">1</span>' in listed.text
    page = office.said(grace.get(path))
    assert "Organiser’s allowance 85.00 +1,200.00 1,285.00" in page
    assert "Allotted in this programme 85.00 +1,200.00 1,285.00" in page
    assert "Left of its budget of 10,000.00 9,915.00 −1,200.00 8,715.00" in page
    assert "Over 500.00 CR, so two people are needed. Priya asked, you decide." in page
    assert grace.fill(path, path, decision="approve").location == path
    assert "Approved by Grace, Monday 23 November, 12:00." in office.said(grace.get(path))
    assert "Allotted 1,285.00 CR" in office.said(grace.get(office.programme_page(found)))
    assert "Nothing waits for you." in office.said(grace.get("/office/approvals"))


def test_nobody_decides_what_they_asked_for(web_town: WebTown) -> None:
    priya = office.officer(web_town, office.PRIYA, Permission.AWARD, Permission.APPROVE)
    path = office.ask_for(web_town, priya, "1,200.00")
    page = priya.get(path)
    assert "You asked for this. Someone else must decide." in office.said(page)
    assert "Approve 1,200.00" not in page.text
    assert "You asked for Someone else must decide." in office.said(priya.get("/office/approvals"))
    _, data = priya.filled("/office/details")
    forged = data | {"decision": "approve", "idempotency_key": "0" * 26}
    answer = priya.client.post(path, data=forged)
    assert answer.status_code == 403
    assert "You asked for this. Someone else must decide." in office.said(answer)


def test_who_may_not_approve_looks_and_does_not_decide(web_town: WebTown) -> None:
    path = office.ask_for(web_town, office.priya(web_town), "1,200.00")
    daniel = office.officer(web_town, "daniel@example.org", Permission.EXPORT)
    assert "Someone who may approve decides." in office.said(daniel.get(path))
    assert daniel.client.post(path, data=daniel.filled("/office/details")[1]).status_code == 403


def test_sending_back_asks_why(web_town: WebTown) -> None:
    path = office.ask_for(web_town, office.priya(web_town), "1,200.00")
    grace = office.grace(web_town)
    answer = grace.fill(path, path, decision="send-back", reason=" ")
    assert answer.status_code == 422
    assert "Say why you are sending it back" in office.said(answer)
    assert grace.fill(path, path, decision="send-back", reason="Ask for\r\nless.").status_code == 303
    page = office.said(grace.get(path))
    assert "Sent back by Grace, Monday 23 November, 12:00. Reason: Ask for less." in page


def test_a_decision_is_made_once(web_town: WebTown) -> None:
    path = office.ask_for(web_town, office.priya(web_town), "1,200.00")
    grace = office.grace(web_town)
    daniel = office.officer(web_town, "daniel@example.org", Permission.APPROVE)
    target, late = daniel.filled(path, path, decision="send-back", reason="Too much")
    grace.fill(path, path, decision="approve")
    answer = daniel.client.post(target, data=late)
    assert answer.status_code == 409
    assert "This has changed since you opened it." in office.said(answer)


def test_a_reference_that_is_none_is_no_page(web_town: WebTown) -> None:
    grace = office.grace(web_town)
    for text in ("7K2M-9QF", "x", "%00", "7K2M-9Q%00"):
        assert grace.get(f"/office/approvals/{text}").status_code == 404


def late(town: WebTown, email: str = office.GRACE) -> tuple[Visitor, str, str]:
    """An officer who signed in 16 minutes ago, the secret of their app, and the path of what waits for them."""
    secret = town.officer(Permission.APPROVE, email=email)
    grace = town.visitor().sign_in(email, realm="office")
    town.wait(minutes=16)
    return grace, secret, office.ask_for(town, office.priya(town), "1,200.00")


def test_a_sign_in_of_a_while_ago_asks_for_the_digits_again(web_town: WebTown) -> None:
    grace, secret, path = late(web_town)
    assert "Six digits from your app" in office.said(grace.get(path))
    answer = grace.fill(path, path, decision="approve")
    assert answer.status_code == 422
    assert "Enter the six digits, like 042917" in office.said(answer)
    right = pyotp.TOTP(secret).at(web_town.now)
    wrong = grace.fill(path, path, decision="approve", digits=f"{(int(right) + 1) % 1_000_000:06}")
    assert wrong.status_code == 422
    assert "That is not the code. 4 tries left." in office.said(wrong)
    assert "Decide" in office.said(grace.get(path))
    assert grace.fill(path, path, decision="approve", digits=right).status_code == 303
    assert "Approved by Grace" in office.said(grace.get(path))


def test_the_digits_of_one_approval_are_good_for_no_other(web_town: WebTown) -> None:
    grace, secret, path = late(web_town)
    other = office.ask_for(web_town, office.officer(web_town, "joy@example.org", Permission.AWARD), "900.00")
    right = pyotp.TOTP(secret).at(web_town.now)
    assert grace.fill(path, path, decision="approve", digits=right).status_code == 303
    assert grace.fill(other, other, decision="approve", digits=right).status_code == 422


def test_bf_01_the_sixth_guess_of_the_digits_waits(web_town: WebTown) -> None:
    grace, secret, path = late(web_town)
    right = pyotp.TOTP(secret).at(web_town.now)
    for guess in range(5):
        digits = f"{(int(right) + 7 + guess) % 1_000_000:06}"
        assert grace.fill(path, path, decision="approve", digits=digits).status_code == 422
    assert grace.fill(path, path, decision="approve", digits=right).status_code == 429
    assert "Approved" not in office.said(grace.get(path))


def test_sending_back_and_a_fresh_sign_in_need_no_digits(web_town: WebTown) -> None:
    grace, _secret, path = late(web_town)
    assert grace.fill(path, path, decision="send-back", reason="Too much").status_code == 303
    second = office.ask_for(web_town, office.officer(web_town, "joy@example.org", Permission.AWARD), "900.00")
    fresh = office.officer(web_town, "daniel@example.org", Permission.APPROVE)
    assert "Six digits from your app" not in office.said(fresh.get(second))
    assert fresh.fill(second, second, decision="approve").status_code == 303


def test_an_approval_sent_twice_counts_its_digits_once(web_town: WebTown) -> None:
    grace, secret, path = late(web_town)
    target, form = grace.filled(path, path, decision="approve", digits=pyotp.TOTP(secret).at(web_town.now))
    assert [grace.client.post(target, data=form).status_code for _ in range(7)] == [303] * 7


def test_az_04_what_the_page_did_not_show_is_not_approved(web_town: WebTown) -> None:
    path = office.ask_for(web_town, office.priya(web_town), "1,200.00")
    answer = office.grace(web_town).fill(path, path, decision="approve", seen="0" * 64)
    assert answer.status_code == 412
    assert "1,285.00" not in office.said(office.officer(web_town, "daniel@example.org").get("/office/programmes"))


def test_whoever_asked_takes_it_back(web_town: WebTown) -> None:
    priya, grace = office.priya(web_town), office.grace(web_town)
    path = office.ask_for(web_town, priya, "1,200.00")
    target, form = grace.filled(path, path, decision="approve")
    assert grace.client.post(f"{path}/take-back", data=form).status_code == 404
    assert priya.fill(path, f"{path}/take-back").status_code == 303
    said = "Void since Monday 23 November, 12:00: whoever asked took it back."
    assert said in office.said(priya.get(path))
    assert grace.client.post(target, data=form).status_code == 409
    assert "Nothing waits for you." in office.said(grace.get("/office/approvals"))


def test_az_08_a_right_taken_away_is_gone_at_the_next_request(web_town: WebTown) -> None:
    path = office.ask_for(web_town, office.priya(web_town), "1,200.00")
    grace = office.grace(web_town)
    target, form = grace.filled(path, path, decision="approve")
    web_town.work(
        lambda session: end_permission(
            session,
            officer_id=find_person(session, realm=Realm.OFFICE, email=office.GRACE),
            permission=Permission.APPROVE,
            occasion=web_town.occasion(),
        )
    )
    assert grace.client.post(target, data=form).status_code == 403
    assert "Someone who may approve decides." in office.said(grace.get(path))
