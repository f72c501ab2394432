"""A resident's details, and the ways out."""

from ledger.identifiers import to_text
from ledger.people.rules import Realm
from ledger.people.sign_ins import sign_ins_of
from ledger.store import reading
from tests.web_town import WebTown, text_of


def test_a_resident_sees_who_they_are_here(web_town: WebTown) -> None:
    web_town.resident()
    page = text_of(web_town.visitor().sign_in("amina@example.org").get("/details"))
    assert "Name Amina Yusuf E-mail address amina@example.org Postcode SW9 8QQ" in page


def test_another_sign_in_is_ended_from_here(web_town: WebTown) -> None:
    web_town.resident()
    old = web_town.visitor().sign_in("amina@example.org")
    web_town.wait(minutes=2)
    new = web_town.visitor().sign_in("amina@example.org")
    page = new.get("/details")
    assert text_of(page).count("Signed in on") == 2
    action = next(form for form in page.text.split('action="') if form.startswith("/details/sign-ins/")).split('"')[0]
    assert new.fill("/details", action).location == "/details"
    assert old.client.get("/details").location.startswith("/sign-in")
    assert new.client.get("/details").status_code == 200


def test_nobody_ends_the_sign_in_of_another(web_town: WebTown) -> None:
    amina_id = web_town.resident()
    amina = web_town.visitor().sign_in("amina@example.org")
    with reading(web_town.engine) as session:
        (own,) = sign_ins_of(session, realm=Realm.RESIDENT, person_id=amina_id)
    web_town.resident(email="ben@example.org")
    ben = web_town.visitor().sign_in("ben@example.org")
    token = ben.filled("/details", "/sign-out")[1]["csrf_token"]
    answer = ben.client.post(f"/details/sign-ins/{to_text(own.id)}/end", data={"csrf_token": token})
    assert answer.status_code == 404
    assert amina.client.get("/details").status_code == 200


def test_signing_out_leads_to_the_first_page(web_town: WebTown) -> None:
    web_town.resident()
    visitor = web_town.visitor().sign_in("amina@example.org")
    assert visitor.fill("/details", "/sign-out").location == "/"
    assert visitor.client.get("/history").location.startswith("/sign-in")
