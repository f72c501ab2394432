"""Organisers bring a list of who came: look at what it would do, thank once, or have an officer agree first."""

from datetime import timedelta

from sqlalchemy import select

from ledger.audit.models import AuditRow
from ledger.identifiers import to_text
from ledger.people.rules import Permission
from ledger.wallets.queries import wallet_of
from tests import factories
from tests.council_office import town as office
from tests.wallet_api.organised import LISTED, Organised, bring, came_by, held, list_of, organised, pressed, said
from tests.web_town import Visitor, WebTown


def available(world: Organised, resident) -> int:
    """What a resident may spend."""
    return world.town.work(lambda session: wallet_of(session, resident_id=resident, now=world.town.now).available)


def sent(olu: Visitor, world: Organised, content: str):
    """Bring a list and press the button: where it went."""
    return olu.client.post(f"{world.path}/upload/thank", data=pressed(world.path, bring(olu, world.path, content)))


def waiting(town: WebTown, grace: Visitor) -> str:
    """The path of the one thing that waits for this officer."""
    page = grace.get("/office/approvals").text
    return "/office/approvals/" + page.partition('href="/office/approvals/')[2].partition('"')[0]


def test_a_list_is_looked_at_and_then_thanks_everybody_on_it(web_town: WebTown) -> None:
    world, residents = organised(web_town, people=0), came_by(web_town, 3)
    olu = world.olu()
    assert f'href="{world.path}/upload"' in olu.get(f"{world.path}/roster").text
    asked = bring(olu, world.path, f"{LISTED}listed0@example.org,\nlisted1@example.org,1.5\nlisted2@example.org,0.5")
    page = said(asked)
    assert asked.status_code == 200
    assert "Thank 3 people?" in page
    assert "Thank 3 people: 10.00 of 85.00 credits left." in page
    assert "1 hour 30 minutes 3.75" in page
    assert [available(world, one) for one in residents] == [0, 0, 0]
    answer = olu.client.post(f"{world.path}/upload/thank", data=pressed(world.path, asked))
    assert answer.location == f"{world.path}/uploaded"
    told = said(olu.get(answer.location))
    assert "3 people have been thanked" in told
    assert "You have 75.00 credits left to give." in told
    assert [available(world, one) for one in residents] == [500, 375, 125]
    assert "Thanked already" in said(olu.get(f"{world.path}/roster"))
    assert "3 thanked, 10.00 credits in all." in said(olu.get(f"{world.path}/upload"))


def test_the_same_press_and_the_same_list_thank_once(web_town: WebTown) -> None:
    world, residents = organised(web_town, people=0), came_by(web_town, 2)
    olu = world.olu()
    data = pressed(world.path, bring(olu, world.path, list_of(2)))
    first, again = (olu.client.post(f"{world.path}/upload/thank", data=data) for _ in range(2))
    assert again.location == first.location
    assert again.headers["Idempotent-Replayed"] == "true"
    page = said(bring(olu, world.path, list_of(2)))
    assert "Nobody to thank" in page
    assert page.count("Thanked for this session before.") == 2
    other = data | {"idempotency_key": "0" * 26}
    web_town.wait(minutes=1)
    assert olu.client.post(f"{world.path}/upload/thank", data=other).status_code == 303
    assert "0 people have been thanked" in said(olu.get(f"{world.path}/uploaded"))
    assert [available(world, one) for one in residents] == [500, 500]


def test_what_is_wrong_with_a_list_is_told_and_nobody_is_thanked(web_town: WebTown) -> None:
    world = organised(web_town, people=0)
    came_by(web_town, 2)
    olu = world.olu()
    content = f"{LISTED}listed0@example.org,1\nnobody@example.org,1\n=cmd@example.org,1\nlisted1@example.org,three\n"
    answer = bring(olu, world.path, content)
    page = said(answer)
    assert answer.status_code == 422
    assert "This list cannot be used, and nobody was thanked." in page
    assert "Line 4 email begins like a formula; write the address alone" in page
    assert "Line 5 hours must be a number like 1.5" in page
    unknown = bring(olu, world.path, f"{LISTED}listed0@example.org,1\nnobody@example.org,1\n")
    assert unknown.status_code == 422
    assert "Line 3 email is nobody we know; ask them to join first" in said(unknown)
    assert "Choose the list" in said(olu.fill(f"{world.path}/upload", f"{world.path}/upload"))
    for hostile in (b"\xff\xfe" + b"e\0m\0", b"email\n\0", b"PK\x03\x04" + bytes(900), b"email\n" + b"x" * 40_000):
        assert bring(olu, world.path, hostile).status_code == 422
    endless = b"--x\r\n\r\nemail\n" + b"a@example.org\n" * 1_000_000
    refused = olu.client.post(f"{world.path}/upload", data=endless, content_type="multipart/form-data; boundary=x")
    assert refused.status_code == 413
    assert "That is too much to send at once" in said(refused)
    assert "No list was sent" in said(olu.get(f"{world.path}/uploaded"))


def test_lines_that_were_changed_on_the_way_are_read_again(web_town: WebTown) -> None:
    world, residents = organised(web_town, people=0), came_by(web_town, 1)
    olu = world.olu()
    data = pressed(world.path, bring(olu, world.path, list_of(1)))
    for number, lines in enumerate(
        ("", "\0", "email,hours\nlisted0@example.org,99\n", "email\nnobody@example.org", "=1")
    ):
        forged = data | {"lines": lines, "idempotency_key": f"{number:026}"}
        assert olu.client.post(f"{world.path}/upload/thank", data=forged).status_code == 422
    without = {name: value for name, value in data.items() if name != "lines"}
    assert olu.client.post(f"{world.path}/upload/thank", data=without).status_code == 422
    assert available(world, residents[0]) == 0


def test_who_would_pass_a_cap_is_told_before_and_after(web_town: WebTown) -> None:
    world, (capped, fine) = organised(web_town, people=0), came_by(web_town, 2)
    early = web_town.now - timedelta(hours=5)
    web_town.work(lambda session: factories.awarded(session, resident_id=capped, amount=3_600, at=early))
    olu = world.olu()
    asked = bring(olu, world.path, list_of(2))
    reason = "Would pass 40.00 credits in that week, the most anybody may earn."
    assert f"Line 2. {reason}" in said(asked)
    assert "Thank 1 person: 5.00 of 85.00 credits left." in said(asked)
    olu.client.post(f"{world.path}/upload/thank", data=pressed(world.path, asked))
    page = said(olu.get(f"{world.path}/uploaded"))
    assert "1 person has been thanked" in page
    assert reason in page
    assert (available(world, capped), available(world, fine)) == (3_600, 500)


def test_a_long_list_waits_for_an_officer_who_sees_what_it_does(web_town: WebTown) -> None:
    world, residents = organised(web_town, people=0, allowance_of=20_000), came_by(web_town, 24)
    olu, grace = world.olu(), office.grace(web_town)
    asked = bring(olu, world.path, list_of(24))
    assert "Send this list to the council?" in said(asked)
    assert "an officer of the council agrees first" in said(asked)
    olu.client.post(f"{world.path}/upload/thank", data=pressed(world.path, asked))
    page = said(olu.get(f"{world.path}/uploaded"))
    assert "Your list is with the council" in page
    assert "A list of 24 people and 120.00 credits" in page
    path = waiting(web_town, grace)
    shown = office.said(grace.get(path))
    assert "Award 120.00 CR to 24 people" in shown
    assert "Greenhouse seed sorting, Cormont Road, Monday 23 November 2026, 10am to 12pm" in shown
    assert "5.00 CR each for 2 hours: 24 people" in shown
    assert "Over 20 people or 200.00 CR awarded from lists by one person in a day, so two people are needed." in shown
    assert "Organiser’s allowance 200.00 −120.00 80.00" in shown
    assert "listed" not in shown
    assert "Resident " not in shown
    assert grace.fill(path, path, decision="approve").location == path
    assert "Awarded 120.00 CR to 24 people" in office.said(grace.get(path))
    assert [available(world, one) for one in residents] == [500] * 24
    assert "24 people have been thanked" in said(olu.get(f"{world.path}/uploaded"))


def test_what_is_left_of_a_day_is_told_and_a_split_list_waits_for_an_officer(web_town: WebTown) -> None:
    world, residents = organised(web_town, people=0, allowance_of=20_000), came_by(web_town, 21)
    olu = world.olu()
    page = said(olu.get(f"{world.path}/upload"))
    assert "Up to 20 people or 200.00 credits in a day you thank yourself, whatever number of lists that takes." in page
    assert "left to thank yourself" not in page
    sent(olu, world, list_of(12))
    told = "Today you have 8 people or 140.00 credits left to thank yourself."
    assert told in said(olu.get(f"{world.path}/upload"))
    others = LISTED + "".join(f"listed{number}@example.org,\n" for number in range(12, 21))
    asked = bring(olu, world.path, others)
    assert "That is more than one person may award from lists in a day" in said(asked)
    olu.client.post(f"{world.path}/upload/thank", data=pressed(world.path, asked))
    assert "A list of 9 people and 45.00 credits" in said(olu.get(f"{world.path}/uploaded"))
    assert [available(world, one) for one in residents] == [500] * 12 + [0] * 9


def test_a_list_that_is_sent_back_says_why_and_thanks_nobody(web_town: WebTown) -> None:
    world, residents = organised(web_town, people=0, allowance_of=20_000), came_by(web_town, 21)
    olu, grace = world.olu(), office.grace(web_town)
    sent(olu, world, list_of(21))
    path = waiting(web_town, grace)
    assert grace.fill(path, path, decision="send-back", reason="Who are <b>they</b>?").status_code == 303
    page = olu.get(f"{world.path}/uploaded")
    assert "The council sent your list back: Who are <b>they</b>?" in said(page)
    assert "<b>they" not in page.text
    assert [available(world, one) for one in residents] == [0] * 21


def test_az_04_another_list_takes_the_place_of_the_one_that_waits(web_town: WebTown) -> None:
    world, residents = organised(web_town, people=0, allowance_of=20_000), came_by(web_town, 24)
    olu, grace = world.olu(), office.grace(web_town)
    sent(olu, world, list_of(24))
    path = waiting(web_town, grace)
    target, form = grace.filled(path, path, decision="approve")
    web_town.wait(minutes=1)
    assert "If you go on, this list takes its place." in said(bring(olu, world.path, list_of(21, hours="1")))
    sent(olu, world, list_of(21, hours="1"))
    late = grace.client.post(target, data=form)
    assert late.status_code == 409
    assert "whoever asked sent something else in its place" in office.said(grace.get(path))
    second = waiting(web_town, grace)
    assert second != path
    replayed = grace.filled(second, second, decision="approve", seen=form["seen"])[1]
    assert grace.client.post(second, data=replayed).status_code == 412
    assert grace.fill(second, second, decision="approve").status_code == 303
    assert [available(world, one) for one in residents] == [250] * 21 + [0] * 3


def test_az_04_whoever_sent_the_list_does_not_decide_it(web_town: WebTown) -> None:
    world = organised(web_town, people=0, allowance_of=20_000)
    came_by(web_town, 21)
    sent(world.olu(), world, list_of(21))
    name, _, host = world.project.organiser.owner_email.partition("@")
    same = office.officer(web_town, f"{name}+office@{host}", Permission.APPROVE)
    path = waiting(web_town, same)
    answer = same.fill(path, path, decision="approve")
    assert answer.status_code == 403
    assert "You asked for this. Someone else must decide." in office.said(answer)


def test_whoever_sent_a_list_takes_it_back(web_town: WebTown) -> None:
    world = organised(web_town, people=0, allowance_of=20_000)
    came_by(web_town, 21)
    olu, grace = world.olu(), office.grace(web_town)
    sent(olu, world, list_of(21))
    path = waiting(web_town, grace)
    target, form = grace.filled(path, path, decision="approve")
    assert olu.fill(f"{world.path}/uploaded", f"{world.path}/upload/take-back").status_code == 303
    assert "With the council" not in said(olu.get(f"{world.path}/upload"))
    assert grace.client.post(target, data=form).status_code == 409
    assert "whoever asked took it back" in office.said(grace.get(path))


def test_each_step_leaves_its_audit_row(web_town: WebTown) -> None:
    world = organised(web_town, people=0, allowance_of=20_000)
    came_by(web_town, 21)
    olu, grace = world.olu(), office.grace(web_town)
    sent(olu, world, list_of(21))
    path = waiting(web_town, grace)
    grace.fill(path, path, decision="approve")
    asked = select(AuditRow.action, AuditRow.subject_id)
    actions = web_town.work(lambda session: [tuple(row) for row in session.execute(asked)])
    reference = path.rpartition("/")[2]
    assert [one for one in actions if one[0].endswith("organise_upload.thank")] == [
        ("organisers.organise_upload.thank", to_text(world.session_id))
    ]
    assert [one for one in actions if one[0].endswith("approvals.decide")] == [("office.approvals.decide", reference)]


def test_before_it_starts_no_list_is_taken(web_town: WebTown) -> None:
    world = organised(web_town)
    olu = world.olu()
    data = pressed(world.path, bring(olu, world.path, f"{LISTED}came0@example.org,"))
    web_town.wait(days=14, seconds=1)
    late = world.olu()
    page = late.get(f"{world.path}/upload")
    assert "The time to say who came ended on Monday 7 December." in said(page)
    assert 'type="file"' not in page.text
    forged = late.filled("/organise/details")[1] | {"lines": data["lines"], "idempotency_key": "0" * 26}
    answer = late.client.post(f"{world.path}/upload/thank", data=forged)
    assert answer.status_code == 409
    assert "It is too late for this." in said(answer)


def test_another_organisers_lists_are_no_page(web_town: WebTown) -> None:
    project = web_town.work(factories.growing_project)
    theirs = f"/organise/sessions/{to_text(held(web_town, project, web_town.now - timedelta(hours=2)))}"
    olu = organised(web_town, people=0).olu()
    token = olu.filled("/organise/details")[1] | {"lines": LISTED, "idempotency_key": "0" * 26}
    for page in ("upload", "uploaded"):
        assert olu.get(f"{theirs}/{page}").status_code == 404
    for action in ("upload", "upload/thank", "upload/take-back"):
        assert olu.client.post(f"{theirs}/{action}", data=token).status_code == 404
