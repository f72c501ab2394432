"""The office's first page: what is outstanding, when it ends, and a movement that adds up."""

from datetime import date

from tests import factories
from tests.council_office import town as office
from tests.web_town import WebTown


def test_the_office_begins_with_what_is_outstanding(web_town: WebTown) -> None:
    page = office.said(office.grace(web_town).get("/office/"))
    assert page.startswith("Outstanding credits Value credits, at 12:00 on Monday 23 November 2026.")
    assert "No credits awarded yet." in page


def test_what_is_free_and_held_is_told_by_month_and_adds_up(web_town: WebTown) -> None:
    office.applied(web_town, base="20001234", amount=2_500)
    resident = web_town.resident(email="bo@example.org")
    end = date(2026, 12, 31)
    web_town.work(
        lambda session: factories.purse(session, resident_id=resident, amount=700, expires_on=end, at=web_town.now)
    )
    page = office.said(office.grace(web_town).get("/office/outstanding"))
    assert "Outstanding 42.00 CR Most it can cost: £42.00" in page
    assert "Free to spend 17.00 CR With 2 residents" in page
    assert "Held for council tax 25.00 CR" in page
    assert "Ends within 60 days 7.00 CR With 1 resident" in page
    assert "31 December 2026 7.00 0.00 7.00 1" in page
    assert "31 May 2028 10.00 25.00 35.00 1" in page
    assert "All months 17.00 25.00 42.00 2" in page
    assert "0.00 +42.00 0.00 0.00 0.00 0.00 42.00" in page


def test_what_left_for_council_tax_is_in_the_year_and_in_the_movement(web_town: WebTown) -> None:
    office.applied(web_town, base="20001234", amount=2_500)
    office.night(web_town, web_town.now.date())
    page = office.said(office.grace(web_town).get("/office/outstanding"))
    assert "Council tax this year £25.00 Since 1 April 2026" in page
    assert "0.00 +35.00 0.00 −25.00 0.00 0.00 10.00" in page


def test_what_ended_and_was_not_yet_run_is_told_apart(web_town: WebTown) -> None:
    resident = web_town.resident()
    end = date(2026, 10, 31)
    web_town.work(
        lambda session: factories.purse(session, resident_id=resident, amount=700, expires_on=end, at=web_town.now)
    )
    page = office.said(office.grace(web_town).get("/office/outstanding"))
    assert "Ended, held or not yet run 7.00 0.00 7.00 1" in page
    assert "Ends within 60 days 0.00 CR With 0 residents" in page
