"""Closed months on their pages: what they were frozen with, and opened again by two people only."""

from datetime import date

from ledger.book.periods import closings
from ledger.close_month import close_month
from ledger.people.rules import Permission
from ledger.store import reading
from tests import factories
from tests.council_office import town as office
from tests.web_town import Visitor, WebTown

OCTOBER = "/office/months/2026-10"


def close(town: WebTown, month: date) -> None:
    """Close a month, as the command does."""
    close_month(town.engine, month=month, occasion=factories.occasion_at(town.now, actor="close-month"))


def two_closed(town: WebTown) -> tuple[Visitor, Visitor]:
    """September and October are closed; one officer may reverse, another approve."""
    town.work(lambda session: factories.programme(session, occasion=factories.occasion_at(date_of(town))))
    for month in (date(2026, 9, 1), date(2026, 10, 1)):
        close(town, month)
    return office.officer(town, "ravi@example.org", Permission.REVERSE), office.grace(town)


def date_of(town: WebTown) -> object:
    """An instant in September."""
    return town.now.replace(month=9)


def is_closed(town: WebTown, month: date) -> bool:
    """Whether nothing is posted into it."""
    with reading(town.engine) as session:
        return month in {one.month for one in closings(session.connection())}


def test_a_closed_month_shows_what_it_was_frozen_with(web_town: WebTown) -> None:
    ravi, _grace = two_closed(web_town)
    listed = office.said(ravi.get("/office/months"))
    assert "October 2026 Closed Monday 23 November, 12:00, Closing a month 1" in listed
    page = office.said(ravi.get(OCTOBER))
    assert "Budget, CR 0.00 10,000.00 +10,000.00" in page
    assert "Only the latest closed month can be opened again." in office.said(ravi.get("/office/months/2026-09"))


def test_the_pack_is_found_from_the_month_and_the_month_from_its_pack(web_town: WebTown) -> None:
    ravi, _grace = two_closed(web_town)
    pack = "/office/month-end/2026-10"
    for path, leads_to in (
        ("/office/months", "/office/month-end"),
        ("/office/month-end", "/office/months"),
        (OCTOBER, pack),
        (pack, OCTOBER),
    ):
        assert f'href="{leads_to}"' in ravi.get(path).text


def test_the_latest_month_is_opened_again_by_two(web_town: WebTown) -> None:
    ravi, grace = two_closed(web_town)
    answer = ravi.fill(f"{OCTOBER}/open", f"{OCTOBER}/open", reason="An invoice of October came late")
    path = answer.location
    assert "Because An invoice of October came late" in office.said(grace.get(path))
    assert "You asked for this. Someone else must decide." in office.said(ravi.get(path))
    assert is_closed(web_town, date(2026, 10, 1))
    assert grace.fill(path, path, decision="approve").status_code == 303
    assert not is_closed(web_town, date(2026, 10, 1))
    assert is_closed(web_town, date(2026, 9, 1))
    assert grace.get(OCTOBER).status_code == 404


def test_az_04_an_approval_is_of_that_closing_and_no_later_one(web_town: WebTown) -> None:
    ravi, grace = two_closed(web_town)
    first, second = (
        ravi.fill(f"{OCTOBER}/open", f"{OCTOBER}/open", reason="An invoice came late").location for _ in range(2)
    )
    assert grace.fill(first, first, decision="approve").status_code == 303
    close(web_town, date(2026, 10, 1))
    assert grace.fill(second, second, decision="approve").status_code == 422
    assert is_closed(web_town, date(2026, 10, 1))


def test_a_reason_and_the_right_are_needed_and_the_latest_month_alone(web_town: WebTown) -> None:
    ravi, grace = two_closed(web_town)
    assert ravi.fill(f"{OCTOBER}/open", f"{OCTOBER}/open", reason=" ").status_code == 422
    assert ravi.get("/office/months/2026-09/open").status_code == 409
    assert grace.get(f"{OCTOBER}/open").status_code == 403
    for text in ("2026-13", "2026-8", "0000-01", "2025-01", "x"):
        assert ravi.get(f"/office/months/{text}").status_code == 404
