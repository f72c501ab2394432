"""Officers on their pages: add, let do more by two, end at once, leave."""

import re

from ledger.people.rules import Permission
from tests.council_office import town as office
from tests.web_town import Visitor, WebTown

ADA = "ada@example.org"


def ada(town: WebTown) -> Visitor:
    """She looks after officers, and may award."""
    return office.officer(town, ADA, Permission.ADMINISTER, Permission.AWARD)


def page_of(who: Visitor, name: str) -> str:
    """The path of an officer's page, from the list."""
    found = re.search(rf'href="(/office/officers/\w+)">{name}<', who.get("/office/officers").text)
    assert found, f"{name} is not in the list"
    return found[1]


def change(who: Visitor, page: str, **fields: str) -> str:
    """Where changing something leads."""
    answer = who.fill(page, page, **fields)
    assert answer.status_code == 303, answer.text
    return answer.location


def test_a_new_officer_may_look_and_comes_in_with_their_app(web_town: WebTown) -> None:
    answer = ada(web_town).fill(
        "/office/officers/new", "/office/officers/new", name="Joy Bello", email="joy@example.org"
    )
    assert answer.status_code == 200
    secret = "".join(re.search(r"type this in: ((?:[A-Z2-7]{4} ?){8})", office.said(answer))[1].split())
    joy = web_town.visitor().sign_in_by_pages("joy@example.org", realm="office", totp_secret=secret)
    assert "Look at every page of the office." in office.said(joy.get("/office/details"))
    assert joy.get("/office/officers").status_code == 403


def test_an_address_belongs_to_one_officer(web_town: WebTown) -> None:
    who = ada(web_town)
    answer = who.fill("/office/officers/new", "/office/officers/new", name="Ada Two", email=ADA.upper())
    assert answer.status_code == 422
    assert "Somebody uses this e-mail address already." in office.said(answer)


def test_az_02_wb_02_a_right_is_asked_for_somebody_else_agrees_and_it_is_good_for_a_new_sign_in(
    web_town: WebTown,
) -> None:
    who, grace = ada(web_town), office.grace(web_town)
    web_town.officer(email="daniel@example.org")
    daniel = web_town.visitor().sign_in("daniel@example.org", realm="office")
    page = page_of(who, "Daniel")
    path = change(who, f"{page}/grant", permission="award", reason="Covers for Priya")
    assert daniel.get("/office/programmes/new").status_code == 403
    seen = office.said(grace.get(path))
    assert "Let Daniel do more: open and fund programmes, allot credits" in seen
    assert "Because Covers for Priya" in seen
    assert "You asked for this. Someone else must decide." in office.said(who.get(path))
    assert grace.fill(path, path, decision="approve").status_code == 303
    assert daniel.client.get("/office/outstanding").status_code == 303
    web_town.wait(minutes=1)
    daniel.sign_in("daniel@example.org", realm="office")
    assert daniel.get("/office/programmes/new").status_code == 200


def test_az_02_nobody_grants_what_they_lack(web_town: WebTown) -> None:
    who, daniel = ada(web_town), office.officer(web_town, "daniel@example.org")
    page = f"{page_of(who, 'Daniel')}/grant"
    assert 'value="export"' not in who.get(page).text
    answer = who.fill(page, page, permission="export", reason="Covers for Grace")
    assert answer.status_code == 422
    assert daniel.get("/office/council-tax/1/file").status_code == 403


def test_az_02_only_who_looks_after_officers_comes_here(web_town: WebTown) -> None:
    who = ada(web_town)
    page, everything_else = page_of(who, "Ada"), set(Permission) - {Permission.ADMINISTER}
    climber = office.officer(web_town, "climber@example.org", *everything_else)
    _, form = climber.filled("/office/details")
    for path in ("/office/officers", "/office/officers/new", page, f"{page}/grant", f"{page}/end", f"{page}/leave"):
        assert climber.get(path).status_code == 403
        if path.count("/") > 2 and path != page:
            sent = form | {"permission": "administer", "reason": "x", "idempotency_key": "0" * 26}
            assert climber.client.post(path, data=sent).status_code == 403
    assert "Officers" not in climber.get("/office/outstanding").text


def test_az_08_an_end_takes_effect_at_the_next_request_and_voids_what_hangs_on_it(web_town: WebTown) -> None:
    who, grace = ada(web_town), office.grace(web_town)
    priya = office.priya(web_town)
    path = office.ask_for(web_town, priya, "1,200.00")
    page = f"{page_of(who, 'Priya')}/end"
    assert priya.get("/office/programmes/new").status_code == 200
    change(who, page, permission="award", reason="Moves to another team")
    assert priya.get("/office/programmes/new").status_code == 403
    assert "whoever asked may no longer do what they might" in office.said(grace.get(path))
    assert "Nothing waits for you." in office.said(grace.get("/office/approvals"))


def test_an_end_needs_a_reason(web_town: WebTown) -> None:
    who = ada(web_town)
    office.priya(web_town)
    page = f"{page_of(who, 'Priya')}/end"
    answer = who.fill(page, page, permission="award", reason=" ")
    assert answer.status_code == 422
    assert "Say why" in office.said(answer)


def test_who_leaves_is_out_and_the_last_who_looks_after_officers_stays(web_town: WebTown) -> None:
    who, priya = ada(web_town), office.priya(web_town)
    change(who, f"{page_of(who, 'Priya')}/leave", reason="New job")
    assert priya.client.get("/office/outstanding").status_code == 303
    assert "Has left" in office.said(who.get("/office/officers"))
    page = f"{page_of(who, 'Ada')}/leave"
    answer = who.fill(page, page, reason="New job")
    assert answer.status_code == 409
    assert "Nobody else looks after officers." in office.said(answer)
    assert who.get("/office/officers").status_code == 200
