"""Organisers thank those who came: tick, check, thank once, and hear who was not and why."""

from datetime import timedelta

from ledger.identifiers import to_text
from ledger.people.queries import find_resident
from ledger.wallets.queries import wallet_of
from tests import factories
from tests.wallet_api.organised import Organised, held, organised, said
from tests.web_town import Visitor, WebTown, forms_of, hidden_of


def thank(olu: Visitor, world: Organised, residents):
    """Tick these residents and press the button of the check page: the page that asked, where it went, what it sent."""
    came = [to_text(resident) for resident in residents]
    asked = olu.fill(f"{world.path}/roster", f"{world.path}/roster", came=came)
    form = next(form for form in forms_of(asked.text) if form.get("action") == f"{world.path}/award")
    data = hidden_of(form) | {"came": came}
    return asked, olu.client.post(f"{world.path}/award", data=data), data


def available(world: Organised, resident):
    """What a resident may spend."""
    return world.town.work(lambda session: wallet_of(session, resident_id=resident, now=world.town.now).available)


def test_those_who_came_are_thanked_after_one_more_look(web_town: WebTown) -> None:
    world = organised(web_town, people=3)
    olu = world.olu()
    asked, answer, _ = thank(olu, world, world.residents[:2])
    assert "Thank 2 people 5.00 credits each: 10.00 of 85.00 left." in said(asked)
    assert answer.status_code == 303
    page = said(olu.get(answer.location))
    assert "2 people have been thanked" in page
    assert "You have 75.00 credits left to give." in page
    assert [available(world, resident) for resident in world.residents] == [500, 500, 0]


def test_the_same_press_twice_thanks_once(web_town: WebTown) -> None:
    world = organised(web_town)
    olu = world.olu()
    _, first, data = thank(olu, world, world.residents)
    second = olu.client.post(f"{world.path}/award", data=data)
    assert second.location == first.location
    assert second.headers["Idempotent-Replayed"] == "true"
    assert available(world, world.residents[0]) == 500


def test_who_could_not_be_thanked_is_told_in_words(web_town: WebTown) -> None:
    world = organised(web_town)
    capped, fine = world.residents
    web_town.work(
        lambda session: factories.awarded(
            session, resident_id=capped, amount=3_600, at=web_town.now - timedelta(hours=5)
        )
    )
    olu = world.olu()
    _, answer, _ = thank(olu, world, world.residents)
    page = said(olu.get(answer.location))
    assert "1 person has been thanked" in page
    assert "Would pass 40.00 credits in that week, the most anybody may earn." in page
    assert available(world, fine) == 500
    assert available(world, capped) == 3_600


def test_an_address_made_up_tells_nothing(web_town: WebTown) -> None:
    world = organised(web_town)
    stranger = web_town.resident()
    made_up = (f"self_award.{to_text(stranger)}", "%00", f"x.{to_text(world.residents[0])}")
    told = f"{world.path}/awarded?{'&'.join(f'refused={one}' for one in made_up)}"
    page = said(world.olu().get(told))
    assert "Amina" not in page
    assert "1 not thanked" in page
    assert "Could not be thanked. Call us." in page


def test_nobody_ticked_is_told(web_town: WebTown) -> None:
    world = organised(web_town)
    answer = world.olu().fill(f"{world.path}/roster", f"{world.path}/roster")
    assert answer.status_code == 422
    assert "Tick who came" in said(answer)


def test_an_allowance_that_does_not_reach_is_told_before_the_button(web_town: WebTown) -> None:
    world = organised(web_town, people=3, allowance_of=1_000)
    came = [to_text(resident) for resident in world.residents]
    answer = world.olu().fill(f"{world.path}/roster", f"{world.path}/roster", came=came)
    assert "10.00 credits are enough for 2. Go back and tick fewer, or ask the council for more." in said(answer)
    assert "/award" not in answer.text


def test_somebody_without_a_place_is_added_by_their_address(web_town: WebTown) -> None:
    world = organised(web_town, people=0)
    late = web_town.resident(email="late@example.org")
    olu, add = world.olu(), f"{world.path}/add"
    unknown = olu.fill(add, add, email="nobody@example.org")
    assert unknown.status_code == 422
    assert "We know nobody with that e-mail address. Ask them to join first" in said(unknown)
    assert "Enter an e-mail address like name@example.org" in said(olu.fill(add, add, email="nobody"))
    assert olu.fill(add, add, email="Late@example.org").location == f"{world.path}/roster"
    thank(olu, world, [late])
    assert available(world, late) == 500


def test_nobody_says_that_they_came_themself(web_town: WebTown) -> None:
    world = organised(web_town, people=0)
    web_town.resident(email=world.project.organiser.owner_email)
    olu, add = world.olu(), f"{world.path}/add"
    olu.fill(add, add, email=world.project.organiser.owner_email)
    resident = web_town.work(lambda session: find_resident(session, email=world.project.organiser.owner_email))
    _, answer, _ = thank(olu, world, [resident])
    assert "Nobody confirms that they came themself. Ask a colleague." in said(olu.get(answer.location))


def test_before_it_starts_and_after_fourteen_days_nobody_is_thanked(web_town: WebTown) -> None:
    world = organised(web_town)
    coming = held(web_town, world.project, web_town.now + timedelta(hours=2))
    olu = world.olu()
    path = f"/organise/sessions/{to_text(coming)}"
    assert "You can say who came once it has started, on Monday 23 November at 2pm." in said(olu.get(f"{path}/roster"))
    web_town.wait(days=14, seconds=1)
    late = world.olu()
    assert "The time to say who came ended on Monday 7 December." in said(late.get(f"{world.path}/roster"))
    _, data = late.filled("/organise/details")
    forged = data | {"came": [to_text(world.residents[0])], "idempotency_key": "0" * 26}
    answer = late.client.post(f"{world.path}/award", data=forged)
    assert answer.status_code == 409
    assert "It is too late for this." in said(answer)


def test_another_organisers_session_is_no_page(web_town: WebTown) -> None:
    world, other = organised(web_town), organised_by_another(web_town)
    olu = world.olu()
    for page in ("roster", "add", "awarded"):
        assert olu.get(f"{other}/{page}").status_code == 404
    forged = olu.filled("/organise/details")[1] | {"came": ["0" * 26], "idempotency_key": "0" * 26, "email": "a@b.org"}
    for action in ("roster", "add", "award"):
        assert olu.client.post(f"{other}/{action}", data=forged).status_code == 404


def organised_by_another(town: WebTown) -> str:
    """The path of a session that another project held."""
    project = town.work(factories.growing_project)
    return f"/organise/sessions/{to_text(held(town, project, town.now - timedelta(hours=2)))}"
