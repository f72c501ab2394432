"""Two people: one asks for a large allotment, another approves it or sends it back with a reason."""

from ledger.people.rules import Permission
from tests.council_office import town as office
from tests.web_town import WebTown


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
