"""AZ-10: officers look residents up with a reason only, and whoever may see the audit sees whom they were shown."""

import re

import pytest
from sqlalchemy import select

from ledger.identifiers import to_text
from ledger.people.look_ups import MOST_SHOWN
from ledger.people.models import LookUp
from ledger.people.rules import Permission
from ledger.store import reading
from tests.audit.units import rows
from tests.council_office import town as office
from tests.web_town import Visitor, WebTown

PAGE, LOOK_UPS = "/office/residents", "/office/residents/look-ups"
WHY = "She rang about a lost phone"


def priya(town: WebTown) -> Visitor:
    """She may see who residents are."""
    return office.officer(town, office.PRIYA, Permission.SEE_PEOPLE)


def kept(town: WebTown) -> list[LookUp]:
    """Every look-up that was written down."""
    with reading(town.engine) as session:
        return list(session.execute(select(LookUp)).scalars())


def test_az_10_a_look_up_without_a_reason_is_refused_and_shows_nobody(web_town: WebTown) -> None:
    web_town.resident()
    answer = priya(web_town).fill(PAGE, PAGE, by="name", text="Amina", reason=" ")
    assert answer.status_code == 422
    assert "Say why you are looking" in office.said(answer)
    assert "amina@example.org" not in answer.text
    assert kept(web_town) == []


@pytest.mark.parametrize(
    ("by", "text"), [("name", "amina"), ("name", "YUSUF"), ("email", " Amina@Example.org "), ("account", "2000 1234 5")]
)
def test_a_resident_is_found_by_what_is_known_of_them(web_town: WebTown, by: str, text: str) -> None:
    resident_id = web_town.resident(credits_=2_000)
    office.link_to(web_town, resident_id, base="20001234")
    answer = priya(web_town).fill(PAGE, PAGE, by=by, text=text, reason=WHY)
    assert "Amina Yusuf amina@example.org SW9 8QQ" in office.said(answer)
    (look_up,) = kept(web_town)
    assert (look_up.by, look_up.reason, look_up.shown) == (by, WHY, {"residents": [to_text(resident_id)]})
    audited = [row for row in rows(web_town.engine) if row.action == "office.residents.look_up"]
    assert [(row.subject_id, row.reason) for row in audited] == [(to_text(resident_id), WHY)]
    assert f"SW9 8QQ {to_text(resident_id)}" in office.said(answer)


def test_how_a_council_tax_number_stands_is_told_without_why(web_town: WebTown) -> None:
    office.applied(web_town, base="20001234", amount=2_500)
    office.applied(web_town, base="20004567", amount=1_000)
    office.link_to(web_town, web_town.resident(), base="20001242")
    web_town.resident(email="joy@example.org")
    office.night(web_town, web_town.now.date())
    office.release(web_town)
    office.answer(web_town, "20001234")
    page = office.said(priya(web_town).fill(PAGE, PAGE, by="name", text="Amina", reason=WHY))
    for words in (
        "Matched by the council on 23 November 2026",
        "Not accepted by the council on 23 November 2026",
        "Not checked yet",
        "None linked",
    ):
        assert page.count(words) == 1
    assert re.search(r"\bD[0-9]{2}\b", page) is None


def test_az_10_the_audit_names_everybody_who_was_shown(web_town: WebTown) -> None:
    shown = sorted(to_text(web_town.resident(email=f"amina{number}@example.org")) for number in range(25))
    page = office.said(priya(web_town).fill(PAGE, PAGE, by="name", text="Amina", reason=WHY))
    (audited,) = [row for row in rows(web_town.engine) if row.action == "office.residents.look_up"]
    named = audited.details["residents"]
    assert len(named) == MOST_SHOWN == 20
    assert [one for one in shown if one in page] == sorted(named)
    asha = office.officer(web_town, "asha@example.org", Permission.SEE_AUDIT)
    assert "residents: " + " ".join(named) in office.said(asha.get("/office/audit?action=look_up"))


@pytest.mark.parametrize(("by", "text"), [("name", "%"), ("name", "Nobody"), ("email", "nobody@example.org")])
def test_who_is_not_found_is_looked_for_all_the_same(web_town: WebTown, by: str, text: str) -> None:
    web_town.resident()
    assert "Nobody was found." in office.said(priya(web_town).fill(PAGE, PAGE, by=by, text=text, reason=WHY))
    assert [look_up.shown for look_up in kept(web_town)] == [{"residents": []}]


@pytest.mark.parametrize(("by", "text"), [("email", "amina"), ("account", "12"), ("name", "a\u202eb"), ("", "Amina")])
def test_what_nobody_could_be_found_by_is_refused(web_town: WebTown, by: str, text: str) -> None:
    assert priya(web_town).fill(PAGE, PAGE, by=by, text=text, reason=WHY).status_code == 422
    assert kept(web_town) == []


def test_what_was_typed_is_nowhere_kept(web_town: WebTown) -> None:
    web_town.resident()
    priya(web_town).fill(PAGE, PAGE, by="name", text="Yusuf", reason=WHY)
    (look_up,) = kept(web_town)
    assert "Yusuf" not in str([vars(look_up), *(vars(row) for row in rows(web_town.engine))])


def test_az_10_only_who_may_see_the_audit_sees_who_looked(web_town: WebTown) -> None:
    resident_id, who = web_town.resident(), priya(web_town)
    who.fill(PAGE, PAGE, by="name", text="Amina", reason=WHY)
    assert who.get(LOOK_UPS).status_code == 403
    asha = office.officer(web_town, "asha@example.org", Permission.SEE_AUDIT)
    seen = office.said(asha.get(LOOK_UPS))
    assert f"Priya Name {WHY} {to_text(resident_id)}" in seen
    assert "Amina Yusuf" not in seen
    assert asha.get(PAGE).status_code == 403


def test_az_10_one_in_twenty_is_looked_at_again(web_town: WebTown) -> None:
    web_town.resident()
    who, asha = priya(web_town), office.officer(web_town, "asha@example.org", Permission.SEE_AUDIT)
    target, form = who.filled(PAGE, PAGE, by="name", text="Amina", reason=WHY)
    for _ in range(120):
        assert who.client.post(target, data=form).status_code == 200
    sampled = sum(look_up.sampled for look_up in kept(web_town))
    assert 1 <= sampled <= 20
    assert asha.get(f"{LOOK_UPS}?sampled=yes").text.count("To be looked at") == sampled
    earlier = asha.get(LOOK_UPS).text.split('rel="prev"')[0].rpartition('href="')[2].split('"')[0]
    assert asha.get(earlier.replace("&amp;", "&")).text.count(WHY) == 50
