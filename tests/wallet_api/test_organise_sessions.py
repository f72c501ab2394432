"""An organiser's first page, activities and new sessions, at London's times on every night of the year."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from ledger.earning.queries import organiser_sessions
from ledger.identifiers import to_text
from tests import factories
from tests.wallet_api.organised import Organised, held, organised, said
from tests.web_town import Visitor, WebTown
from wallet_api.times_typed import read_time

pytestmark = pytest.mark.slow

NEW = "/organise/sessions/new"


def fill(olu: Visitor, world: Organised, **fields: str):
    """Send the form of a new session: the last day of November from 2pm to 4pm, but for what is given."""
    typed = {"day-day": "30", "day-month": "11", "day-year": "2026", "starts": "2pm", "ends": "16:00", "places": "12"}
    return olu.fill(NEW, NEW, activity=to_text(world.project.activity_id), **typed | fields)


def on(day: date) -> dict[str, str]:
    """A date as its three fields."""
    return {"day-day": str(day.day), "day-month": str(day.month), "day-year": str(day.year)}


def test_the_first_page_tells_what_is_left_and_what_is_to_do(web_town: WebTown) -> None:
    world = organised(web_town)
    held(web_town, world.project, web_town.now + timedelta(days=1, hours=2))
    page = said(world.olu().get("/organise/"))
    assert "Left of Growing Lambeth 2026 85.00 credits" in page
    assert "Say who came Greenhouse seed sorting Today, Monday 23 November, 10am to 12pm" in page
    assert "2 on the roster. Thank them by Monday 7 December." in page
    assert "Tomorrow, Tuesday 24 November, 2pm to 4pm 0 of 20 places taken" in page


def test_what_can_no_longer_be_thanked_for_is_gone(web_town: WebTown) -> None:
    world = organised(web_town)
    web_town.wait(days=14, seconds=1)
    page = said(world.olu().get("/organise/"))
    assert "Say who came" not in page
    assert "No session is planned for the next eight weeks." in page


def test_a_session_is_added_at_londons_time(web_town: WebTown) -> None:
    world = organised(web_town)
    olu = world.olu()
    answer = fill(olu, world)
    assert answer.status_code == 303
    assert "Monday 30 November, 2pm to 4pm" in said(olu.get(answer.location))
    summer = fill(olu, world, **on(date(2027, 6, 1)))
    assert summer.status_code == 303
    starts = [one.starts_at for one in sessions(world, date(2027, 6, 1))]
    assert starts == [datetime(2027, 6, 1, 13, tzinfo=UTC)]


def sessions(world: Organised, day: date):
    """The sessions of one day."""
    organiser = world.project.organiser.id
    return world.town.work(lambda session: organiser_sessions(session, organiser_id=organiser, first=day, last=day))


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"activity": ""}, "Choose an activity"),
        ({"day-day": "31"}, "Enter a date like 30 11 2026"),
        ({"day-day": "22"}, "Enter today’s date or a later one"),
        ({"day-year": "2040"}, "The programme that pays for this activity does not run on that day"),
        ({"starts": "14"}, "Enter a time like 2pm or 14:00"),
        ({"ends": "25:00"}, "Enter a time like 2pm or 14:00"),
        ({"ends": "1:59pm"}, "The end must be after the start"),
        ({"places": "0"}, "Enter a number of places from 1 to 500"),
        ({"places": "501"}, "Enter a number of places from 1 to 500"),
        ({"places": "a few"}, "Enter a number of places from 1 to 500"),
        (
            on(date(2027, 3, 28)) | {"starts": "1:30am", "ends": "4am"},
            "The clocks go forward that night and skip this time. Choose another",
        ),
        (
            on(date(2027, 10, 31)) | {"starts": "1:30am", "ends": "4am"},
            "The clocks go back that night and show this time twice. Choose another",
        ),
    ],
)
def test_what_is_wrong_with_a_session_is_told_in_words(web_town: WebTown, wrong, sentence) -> None:
    world = organised(web_town)
    olu = world.olu()
    typed = {"activity": to_text(world.project.activity_id)} | wrong
    answer = olu.fill(NEW, NEW, **{**defaults(), **typed})
    assert answer.status_code == 422
    assert sentence in said(answer)
    assert "<title>Error: Add a session" in answer.text


def defaults() -> dict[str, str]:
    """A session that nothing is wrong with."""
    return on(date(2026, 11, 30)) | {"starts": "2pm", "ends": "16:00", "places": "12"}


def test_a_second_session_at_that_time_is_refused(web_town: WebTown) -> None:
    world = organised(web_town)
    olu = world.olu()
    fill(olu, world)
    answer = fill(olu, world)
    assert answer.status_code == 422
    assert "There is a session at that time already." in said(answer)


def test_another_organisers_activity_is_no_choice(web_town: WebTown) -> None:
    world = organised(web_town)
    other = web_town.work(factories.growing_project)
    answer = world.olu().fill(NEW, NEW, activity=to_text(other.activity_id), **defaults())
    assert answer.status_code == 422


def test_activities_lead_to_a_session_of_theirs(web_town: WebTown) -> None:
    world = organised(web_town)
    olu = world.olu()
    page = olu.get("/organise/activities")
    assert "Greenhouse seed sorting Cormont Road, SE5 9RA 2.50 credits an hour" in said(page)
    activity = to_text(world.project.activity_id)
    assert f'value="{activity}" selected' in olu.get(f"{NEW}?activity={activity}").text


def test_details_name_the_organisation_and_sign_out(web_town: WebTown) -> None:
    world = organised(web_town)
    olu = world.olu()
    assert "You act for Organiser" in said(olu.get("/organise/details"))
    assert olu.fill("/organise/details", "/organise/sign-out").status_code == 303
    assert olu.client.get("/organise/").location.startswith("/organise/sign-in")


def test_an_organiser_ends_a_sign_in_of_theirs_and_no_other(web_town: WebTown) -> None:
    world = organised(web_town)
    first, second = world.olu(), world.olu()
    action = next(
        part.split('"')[0] for part in second.get("/organise/details").text.split('action="') if "sign-ins" in part[:40]
    )
    stranger = organised_elsewhere(web_town)
    data = stranger.filled("/organise/details")[1]
    assert stranger.client.post(action, data=data).status_code == 404
    assert second.fill("/organise/details", action).status_code == 303
    assert first.client.get("/organise/").status_code == 303


def organised_elsewhere(town: WebTown) -> Visitor:
    """The owner of another project."""
    project = town.work(factories.growing_project)
    return town.visitor().sign_in(project.organiser.owner_email, realm="organiser")


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2pm", time(14)),
        ("2:30 PM", time(14, 30)),
        ("12am", time(0)),
        ("12pm", time(12)),
        ("14:00", time(14)),
        ("9.05", time(9, 5)),
        ("2", None),
        ("13pm", None),
        ("0am", None),
        ("24:00", None),
        ("9:60", None),
        ("٢pm", None),
        ("", None),
        (None, None),
    ],
)
def test_a_time_is_read_as_people_write_it(text, at) -> None:
    assert read_time(text) == at
