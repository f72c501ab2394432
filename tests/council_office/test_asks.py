"""An organiser asks for more on its own page; the office allots it, has it allotted by two, or declines."""

from datetime import timedelta

import pytest

from ledger.identifiers import to_text
from tests.council_office import town as office
from tests.earning.garden import award, hold
from tests.factories import GrowingProject
from tests.web_town import Visitor, WebTown

MORE = "/organise/more"


@pytest.fixture
def project(web_town: WebTown) -> GrowingProject:
    """An organiser with 85.00 of a programme of 10,000.00."""
    return office.project(web_town)


def owner(town: WebTown, project: GrowingProject) -> Visitor:
    """The organiser's owner, signed in."""
    return town.visitor().sign_in(project.organiser.owner_email, realm="organiser")


def ask(visitor: Visitor, project: GrowingProject, amount: str = "120.00"):
    """What asking for more is answered with."""
    return visitor.fill(
        MORE, MORE, programme=to_text(project.programme_id), amount=amount, purpose="Two more sessions a week"
    )


def only_ask(visitor: Visitor) -> str:
    """The path of the one ask that waits."""
    page = visitor.get("/office/asks").text
    return page.split('href="/office/asks/')[1].split('"')[0].join(("/office/asks/", ""))


def test_an_ask_is_seen_by_the_office_and_allotted_at_once(web_town: WebTown, project: GrowingProject) -> None:
    olu, priya = owner(web_town, project), office.priya(web_town)
    assert ask(olu, project).location == MORE
    assert "120.00 credits" in office.said(olu.get(MORE))
    assert "Waiting" in office.said(olu.get(MORE))
    assert "1 organiser asks for more credits" in office.said(priya.get("/office/programmes"))
    path = only_ask(priya)
    page = office.said(priya.get(path))
    assert "Left of its allowance 85.00 CR" in page
    assert "Its allowance lasts no pace yet" in page
    answer = priya.fill(path, path, amount="100.00", purpose="Two more sessions", decision="allot")
    assert answer.location == path
    assert "Answer Taken up." in office.said(priya.get(path))
    assert "Given" in office.said(olu.get(MORE))
    assert "185.00 credits" in office.said(olu.get("/organise/"))


def test_a_large_ask_goes_to_a_second_officer(web_town: WebTown, project: GrowingProject) -> None:
    olu, priya = owner(web_town, project), office.priya(web_town)
    ask(olu, project, "900.00")
    path = only_ask(priya)
    answer = priya.fill(path, path, amount="900.00", purpose="Two more sessions", decision="allot")
    assert answer.location.startswith("/office/approvals/")
    assert "Waiting" in office.said(olu.get(MORE))
    grace = office.grace(web_town)
    grace.fill(answer.location, answer.location, decision="approve")
    assert "Given" in office.said(olu.get(MORE))


def test_a_declined_ask_says_why_to_the_organiser(web_town: WebTown, project: GrowingProject) -> None:
    olu, priya = owner(web_town, project), office.priya(web_town)
    ask(olu, project)
    path = only_ask(priya)
    refused = priya.fill(path, path, reason="", decision="decline")
    assert refused.status_code == 422
    assert "Say why you decline it" in office.said(refused)
    priya.fill(path, path, reason="The budget is spent", decision="decline")
    assert "Declined" in office.said(olu.get(MORE))
    assert "Reason: The budget is spent" in office.said(olu.get(MORE))
    assert "Nobody asks for more just now." in office.said(priya.get("/office/asks"))


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"amount": ""}, "Enter an amount like 4.50"),
        ({"amount": "0"}, "Enter an amount like 4.50"),
        ({"purpose": " "}, "Say what they are for"),
        ({"purpose": "a\u202eb"}, "Say what they are for"),
        ({"programme": ""}, "Choose a programme"),
    ],
)
def test_what_cannot_be_asked_is_told_beside_its_field(
    web_town: WebTown, project: GrowingProject, fields: dict[str, str], sentence: str
) -> None:
    olu = owner(web_town, project)
    right = {"programme": to_text(project.programme_id), "amount": "5.00", "purpose": "Tea"}
    answer = olu.fill(MORE, MORE, **right | fields)
    assert answer.status_code == 422
    assert sentence in office.said(answer)


def test_a_second_ask_waits_for_the_answer_to_the_first(web_town: WebTown, project: GrowingProject) -> None:
    olu = owner(web_town, project)
    ask(olu, project)
    answer = ask(olu, project)
    assert answer.status_code == 422
    assert "You have asked for more of this programme already." in office.said(answer)


def test_who_may_not_award_reads_asks_and_answers_none(web_town: WebTown, project: GrowingProject) -> None:
    ask(owner(web_town, project), project)
    grace = office.grace(web_town)
    path = only_ask(grace)
    page = grace.get(path)
    assert "Someone who may allot answers." in office.said(page)
    assert "Decline" not in office.said(page)
    assert grace.client.post(path, data={"decision": "allot"}).status_code in (400, 403)


def test_the_pace_of_an_allowance_is_shown_on_every_side(web_town: WebTown, project: GrowingProject) -> None:
    resident = web_town.resident()
    session_id = web_town.work(lambda session: hold(session, project, [resident]))
    web_town.work(lambda session: award(session, project, session_id, [resident]))
    web_town.now += timedelta(days=1)
    page = office.said(office.grace(web_town).get(office.programme_page(project)))
    assert "until about 15 February 2028" in page
    assert "At your pace, until about 15 February 2028" in office.said(owner(web_town, project).get("/organise/"))
