"""The audit on its page: looked up by day, who, what and to what, and taken away with nothing that computes."""

import csv
import re
from io import StringIO
from urllib.parse import quote

import pytest

from ledger.identifiers import to_text
from ledger.people.rules import Permission
from shared_web import streamed
from tests.council_office import town as office
from tests.web_town import Visitor, WebTown


def auditor(town: WebTown) -> Visitor:
    """An officer who may see the audit."""
    return office.officer(town, "asha@example.org", Permission.SEE_AUDIT)


def rows_of(who: Visitor, query: str = "") -> list[dict[str, str]]:
    """What the file of a search holds."""
    answer = who.get(f"/office/audit/file{query}")
    assert answer.status_code == 200
    return list(csv.DictReader(StringIO(answer.get_data(as_text=True))))


def test_what_was_done_is_found_by_each_of_its_facts(web_town: WebTown) -> None:
    asha, priya, grace = auditor(web_town), office.priya(web_town), office.grace(web_town)
    path = office.ask_for(web_town, priya, "1,200.00")
    grace.fill(path, path, decision="send-back", reason="Ask for less")
    reference = path.rpartition("/")[2]
    page = office.said(asha.get(f"/office/audit?subject={reference}"))
    assert f"Grace Approve or send back a proposal proposal {reference} Ask for less" in page
    (row,) = rows_of(asha, f"?subject={reference.lower()}")
    assert (row["name"], row["reason"]) == ("Grace", "Ask for less")
    assert [one["action"] for one in rows_of(asha, f"?actor={row['actor']}&action=approvals")] == [
        "office.approvals.decide"
    ]
    assert [one["what"] for one in rows_of(asha, "?action=send+BACK+a+proposal")] == ["Approve or send back a proposal"]
    assert rows_of(asha, "?day-day=22&day-month=11&day-year=2026") == []
    assert {one["at"][:10] for one in rows_of(asha, "?day-day=23&day-month=11&day-year=2026")} == {"2026-11-23"}
    assert "Nothing was found." in office.said(asha.get("/office/audit?action=nothing-of-this-name"))


def test_details_are_told_in_words_and_only_what_there_is(web_town: WebTown) -> None:
    asha, priya = auditor(web_town), office.officer(web_town, office.PRIYA, Permission.SEE_PEOPLE)
    resident = to_text(web_town.resident())
    priya.fill("/office/residents", "/office/residents", by="name", text="Amina", reason="She rang")
    page = office.said(asha.get("/office/audit?action=look_up"))
    assert re.search(rf"She rang residents: {resident}, sampled: (yes|no)", page)
    assert [row["details"] for row in rows_of(asha, "?action=look_up")] != [""]
    for words in ("None", "True", "False"):
        assert words not in office.said(asha.get("/office/audit"))


def test_a_day_is_londons(web_town: WebTown) -> None:
    web_town.now = web_town.now.replace(month=6, day=30, hour=23, minute=30)
    asha = auditor(web_town)
    web_town.resident()
    web_town.visitor().sign_in_by_pages("amina@example.org")
    assert rows_of(asha, "?day-day=1&day-month=7&day-year=2026") != []
    assert rows_of(asha, "?day-day=30&day-month=6&day-year=2026") == []


def test_it_is_shown_fifty_at_a_time(web_town: WebTown) -> None:
    asha, priya = auditor(web_town), office.priya(web_town)
    for _ in range(60):
        assert priya.get("/office/audit").status_code == 403
    first = asha.get("/office/audit?action=audit.show").text
    earlier = first.split('rel="prev"')[0].rpartition('href="')[2].split('"')[0].replace("&amp;", "&")
    assert first.count("office.audit.show") == 50
    assert asha.get(earlier).text.count("office.audit.show") == 10


def test_az_10_only_who_may_see_it_does(web_town: WebTown) -> None:
    other = office.officer(web_town, "other@example.org", *(set(Permission) - {Permission.SEE_AUDIT}))
    for path in ("/office/audit", "/office/audit/file"):
        assert other.get(path).status_code == 403
    assert "/office/audit" not in other.get("/office/outstanding").text


def test_ex_01_a_reason_that_would_compute_is_taken_away_as_words(web_town: WebTown) -> None:
    asha, grace = auditor(web_town), office.grace(web_town)
    path = office.ask_for(web_town, office.priya(web_town), "1,200.00")
    grace.fill(path, path, decision="send-back", reason='=HYPERLINK("https://evil.example","x")')
    (row,) = rows_of(asha, f"?subject={path.rpartition('/')[2]}")
    assert row["reason"].startswith("'=")


def test_taking_it_away_is_written_down(web_town: WebTown) -> None:
    asha = auditor(web_town)
    rows_of(asha)
    assert "office.audit.download" in {row["action"] for row in rows_of(asha)}


def test_the_file_is_whole_however_many_rows_and_comes_in_pieces(
    web_town: WebTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    asha, priya = auditor(web_town), office.priya(web_town)
    for _ in range(25):
        assert priya.get("/office/audit").status_code == 403
    query = "?action=audit.show"
    whole = [row["at"] + row["request"] for row in rows_of(asha, query)]
    assert len(set(whole)) == 25
    for size in (7, 24, 25, 26):
        monkeypatch.setattr(streamed, "IN_A_PIECE", size)
        assert [row["at"] + row["request"] for row in rows_of(asha, query)] == whole
    told = [row["details"] for row in rows_of(asha, "?action=audit.download")]
    assert told == ['{"rows": 25}'] * 5
    monkeypatch.setattr(streamed, "IN_A_PIECE", 7)
    pieces = list(asha.client.get(f"/office/audit/file{query}", buffered=False).iter_encoded())
    assert [len(piece.splitlines()) for piece in pieces] == [1 + 7, 7, 7, 4]


@pytest.mark.parametrize("name", ["day-day", "day-year", "actor", "action", "subject", "before"])
def test_no_search_is_a_failure(web_town: WebTown, name: str) -> None:
    asha = auditor(web_town)
    others = "&day-day=31&day-month=12&day-year=9999" if not name.startswith("day") else "&day-month=1"
    for text in ("\0", "\u202e", "٣", "9" * 5000, "9999", "0", "%", "' OR 1=1 --", "\ud800"):
        sent = quote(text.encode("utf-8", "surrogatepass"))
        for path in (f"/office/audit?{name}={sent}", f"/office/audit/file?{name}={sent}{others}"):
            assert asha.get(path).status_code < 500, path
