"""AZ-10: who looked at this resident, and at whom did this officer look: asked of the list, and taken away whole."""

import csv
from io import StringIO
from urllib.parse import quote
from uuid import UUID

import pytest

from ledger.identifiers import to_text
from ledger.people.rules import Permission
from shared_web import streamed
from tests.audit.units import rows
from tests.council_office import town as office
from tests.web_town import Visitor, WebTown

RESIDENTS, PAGE = "/office/residents", "/office/residents/look-ups"


def looker(town: WebTown, name: str) -> Visitor:
    """An officer of this name who may see who residents are."""
    return office.officer(town, f"{name}@example.org", Permission.SEE_PEOPLE)


def auditor(town: WebTown) -> Visitor:
    """An officer who may see the audit, and no resident."""
    return office.officer(town, "asha@example.org", Permission.SEE_AUDIT)


def look(who: Visitor, text: str, reason: str) -> None:
    """Look a resident up by their address, a second later than what was before."""
    who.town.wait(seconds=1)
    assert who.fill(RESIDENTS, RESIDENTS, by="email", text=text, reason=reason).status_code == 200


def two_of_one_name(town: WebTown) -> tuple[UUID, UUID]:
    """Two residents, of whom Priya looked at both and Grace at the second."""
    first, second = (town.resident(email=f"{name}@example.org") for name in ("first", "second"))
    priya, grace = looker(town, "priya"), looker(town, "grace")
    look(priya, "first@example.org", "Priya asks of the first")
    look(priya, "second@example.org", "Priya asks of the second")
    look(grace, "second@example.org", "Grace asks of the second")
    return first, second


def taken(who: Visitor, query: str = "") -> list[dict[str, str]]:
    """What the file of a search holds."""
    answer = who.get(f"{PAGE}/file{query}")
    assert answer.status_code == 200
    return list(csv.DictReader(StringIO(answer.get_data(as_text=True))))


def test_az_10_who_looked_at_this_resident_is_answered(web_town: WebTown) -> None:
    first, second = two_of_one_name(web_town)
    asha = auditor(web_town)
    of_first = office.said(asha.get(f"{PAGE}?resident={to_text(first).lower()}"))
    assert "Priya asks of the first" in of_first
    assert "of the second" not in of_first
    of_second = f"?resident={to_text(second)}"
    assert [row["reason"][:5] for row in taken(asha, of_second)] == ["Grace", "Priya"]
    assert {row["shown"] for row in taken(asha, of_second)} == {to_text(second)}


def test_az_10_at_whom_this_officer_looked_is_answered(web_town: WebTown) -> None:
    first, second = two_of_one_name(web_town)
    asha = auditor(web_town)
    priya = asha.choice(PAGE, "officer", "Priya")
    page = office.said(asha.get(f"{PAGE}?officer={priya}"))
    assert "Priya asks of the first" in page
    assert "Grace asks" not in page
    assert [(row["name"], row["shown"]) for row in taken(asha, f"?officer={priya}")] == [
        ("Priya", to_text(second)),
        ("Priya", to_text(first)),
    ]
    assert len(taken(asha, f"?officer={priya}&resident={to_text(second)}")) == 1
    assert "No look-up was found." in office.said(asha.get(f"{PAGE}?officer={priya}&resident={'0' * 26}"))


def test_az_10_a_resident_shown_among_others_is_found(web_town: WebTown) -> None:
    _first, second = two_of_one_name(web_town)
    both = looker(web_town, "omar")
    web_town.wait(seconds=1)
    both.fill(RESIDENTS, RESIDENTS, by="name", text="Amina", reason="Omar asks of everybody")
    of_second = taken(auditor(web_town), f"?resident={to_text(second)}")
    assert of_second[0]["reason"] == "Omar asks of everybody"
    assert len(of_second[0]["shown"].split()) == 2


def test_the_file_is_whole_however_long_and_comes_in_pieces(web_town: WebTown, monkeypatch: pytest.MonkeyPatch) -> None:
    web_town.resident()
    priya, asha = looker(web_town, "priya"), auditor(web_town)
    for number in range(10):
        look(priya, "amina@example.org", f"Call {number}")
    for size in (3, 5, 10, 11):
        monkeypatch.setattr(streamed, "IN_A_PIECE", size)
        assert [row["reason"] for row in taken(asha)] == [f"Call {number}" for number in reversed(range(10))]
    assert {row.details["rows"] for row in rows(web_town.engine) if row.action == "office.look_ups.download"} == {10}


def test_ex_01_a_reason_that_would_compute_is_taken_away_as_words(web_town: WebTown) -> None:
    web_town.resident()
    look(looker(web_town, "priya"), "amina@example.org", '=HYPERLINK("https://evil.example","x")')
    (row,) = taken(auditor(web_town))
    assert row["reason"].startswith("'=")


def test_az_10_taking_the_list_is_written_down_with_whom_it_is_of(web_town: WebTown) -> None:
    first, _second = two_of_one_name(web_town)
    taken(auditor(web_town), f"?resident={to_text(first)}")
    (row,) = [row for row in rows(web_town.engine) if row.action == "office.look_ups.download"]
    assert row.details == {"rows": 1, "resident": to_text(first)}


def test_az_10_only_who_may_see_the_audit_takes_the_list(web_town: WebTown) -> None:
    other = office.officer(web_town, "other@example.org", *(set(Permission) - {Permission.SEE_AUDIT}))
    for path in (PAGE, f"{PAGE}/file"):
        assert other.get(path).status_code == 403


@pytest.mark.parametrize("name", ["officer", "resident", "sampled", "before"])
def test_no_search_is_a_failure_and_a_bad_one_says_why(web_town: WebTown, name: str) -> None:
    asha = auditor(web_town)
    for text in ("\0", "\u202e", "9" * 5000, "Amina", "%", "' OR 1=1 --", "\ud800", "Z" * 26):
        sent = quote(text.encode("utf-8", "surrogatepass"))
        for path in (f"{PAGE}?{name}={sent}", f"{PAGE}/file?{name}={sent}"):
            assert asha.get(path).status_code < 500, path
    said = office.said(asha.get(f"{PAGE}?resident=Amina"))
    assert "Enter an id of 26 letters and numbers, as a look-up shows it" in said
