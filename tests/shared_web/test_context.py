"""What every page's frame shows."""

import json

from flask import Blueprint

from ledger.people.rules import Permission, Realm
from shared_web.guards import guard_pages, needs
from tests.shared_web.conftest import NOON, Town


def test_every_page_says_whom_to_call(small_town: Town) -> None:
    page = small_town.browser().get("/sign-in").text
    assert "Lambeth Credits" in page
    assert "020 7946 0123" in page
    assert "Monday to Friday, 9am to 5pm" in page


def test_the_office_sees_when_the_books_were_checked(small_town: Town) -> None:
    room = guard_pages(Blueprint("room", __name__, url_prefix="/office/room"), Realm.OFFICE)
    room.add_url_rule("/", "closed", needs(Permission.EXPORT)(lambda: "never shown"))
    small_town.app.register_blueprint(room)
    browser, note = small_town.officer(), small_town.settings.data / "books-checked.json"
    assert "Books checked" not in browser.get("/office/room/").text
    for facts, words in (
        ({"at": NOON.isoformat(), "findings": 0}, "Books checked at 12:00 today: no difference."),
        ({"at": "2026-07-01T00:30:00+00:00", "findings": 2}, "Books checked at 01:30 on 1 July 2026: 2 to look at."),
    ):
        note.write_text(json.dumps(facts))
        assert words in browser.get("/office/room/").text
    note.write_text("half a")
    assert "Books checked" not in browser.get("/office/room/").text
