"""An officer's details: what they may do, and where they are signed in."""

from tests.council_office import town as office
from tests.web_town import WebTown


def test_an_officer_ends_a_sign_in_of_theirs_and_no_other(web_town: WebTown) -> None:
    web_town.officer(email="grace@example.org")
    at_home = web_town.visitor().sign_in("grace@example.org", realm="office")
    web_town.wait(minutes=1)
    at_work = web_town.visitor().sign_in("grace@example.org", realm="office")
    page = at_work.get("/office/details")
    assert "Grace" in office.said(page)
    action = page.text.split('action="/office/details/sign-ins/')[1].split('"')[0]
    _, data = at_work.filled("/office/details", f"/office/details/sign-ins/{action}")
    priya = office.priya(web_town)
    stranger = priya.client.post(f"/office/details/sign-ins/{action}", data=priya.filled("/office/details")[1])
    assert stranger.status_code == 404
    assert at_work.client.post(f"/office/details/sign-ins/{action}", data=data).status_code == 303
    assert at_home.client.get("/office/outstanding").status_code == 303
    assert at_work.client.get("/office/outstanding").status_code == 200


def test_signing_out_ends_the_sign_in(web_town: WebTown) -> None:
    grace = office.grace(web_town)
    assert "Approve what others ask for" in office.said(grace.get("/office/details"))
    assert grace.fill("/office/details", "/office/sign-out").status_code == 303
    assert grace.client.get("/office/details").location.startswith("/office/sign-in")
