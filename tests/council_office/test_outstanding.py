"""The office's first page: what is outstanding, when it ends, what it may cost, and figures that add up."""

import csv
import io
from dataclasses import replace
from datetime import date

import openpyxl
import pytest

from ledger.earning.withdrawing import withdraw_closed
from tests import factories
from tests.council_office import town as office
from tests.earning.ended import ended_programme
from tests.wallet_api.lively import open_shop, spend
from tests.web_town import WebTown

OCTOBER = date(2026, 10, 1)


def test_the_office_begins_with_what_is_outstanding(web_town: WebTown) -> None:
    page = office.said(office.grace(web_town).get("/office/"))
    assert page.startswith("Outstanding credits Month-end packs Value credits, at 12:00 on Monday 23 November 2026.")
    assert "No credits awarded yet." in page


def test_what_is_free_and_held_is_told_by_month_and_adds_up(web_town: WebTown) -> None:
    office.applied(web_town, base="20001234", amount=2_500)
    resident = web_town.resident(email="bo@example.org")
    end = date(2026, 12, 31)
    web_town.work(
        lambda session: factories.purse(session, resident_id=resident, amount=700, expires_on=end, at=web_town.now)
    )
    page = office.said(office.grace(web_town).get("/office/outstanding"))
    assert "Outstanding 42.00 CR With 2 residents. Most it can cost: £42.00" in page
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
    assert "November 2026 25.00 0.00 25.00 0.00 Year to date 25.00 0.00 25.00 0.00" in page
    assert "On its way to council tax 25.00" in page


def test_a_years_council_tax_stands_beside_its_ceiling(web_town: WebTown) -> None:
    rules = replace(web_town.settings.rules, council_tax_ceiling=10_000)
    town = WebTown(settings=replace(web_town.settings, rules=rules))
    office.applied(town, base="20001234", amount=2_500)
    office.night(town, town.now.date())
    page = office.said(office.grace(town).get("/office/outstanding"))
    assert "Council tax this year £25.00 25% of the £100.00 ceiling" in page
    town.engine.dispose()


def test_what_ended_and_was_not_yet_run_is_told_apart(web_town: WebTown) -> None:
    resident = web_town.resident()
    end = date(2026, 10, 31)
    web_town.work(
        lambda session: factories.purse(session, resident_id=resident, amount=700, expires_on=end, at=web_town.now)
    )
    page = office.said(office.grace(web_town).get("/office/outstanding"))
    assert "Ended, held or not yet run 7.00 0.00 7.00 1" in page
    assert "Ends within 60 days 0.00 CR With 0 residents" in page


def test_what_a_closed_programme_did_not_give_stands_nowhere_any_more(web_town: WebTown) -> None:
    made = ended_programme(web_town.engine)
    page = office.said(office.grace(web_town).get("/office/outstanding"))
    assert "In budgets, not allotted yet 600.00 With organisers, not awarded yet 395.00 With residents 5.00" in page
    assert "Issued in all 1,000.00" in page
    web_town.wait(days=1)
    web_town.work(
        lambda session: withdraw_closed(session, programme_ids=[made.programme_id], occasion=web_town.occasion())
    )
    page = office.said(web_town.visitor().sign_in(office.GRACE, realm="office").get("/office/outstanding"))
    assert "In budgets, not allotted yet 0.00 With organisers, not awarded yet 0.00 With residents 5.00" in page
    assert "Issued in all 5.00" in page


def a_town_with_a_past(town: WebTown) -> None:
    """10.00 awarded in October, 4.00 of it spent then; 6.00 more in November, of which 1.00 was spent."""
    november, town.now = town.now, town.now.replace(month=10)
    resident = town.resident(credits_=1_000)
    shop = open_shop(town)
    spend(town, shop, resident, 400)
    town.now = november
    town.work(lambda session: factories.purse(session, resident_id=resident, amount=600, at=town.now))
    spend(town, shop, resident, 100)


def test_what_is_likely_to_be_redeemed_follows_earlier_cohorts(web_town: WebTown) -> None:
    """Nobody is older than a month, so every later month is met like the first, in which 40% was redeemed."""
    a_town_with_a_past(web_town)
    page = office.said(office.grace(web_town).get("/office/outstanding"))
    assert "Likely to cost £11.00 100% of it, as earlier cohorts redeemed" in page
    assert "30 April 2028 10.00 5.00 0.00 5.00 5.00" in page
    assert "31 May 2028 6.00 0.00 0.00 6.00 6.00" in page
    assert "Least 5.00 in April 2028, most 6.00 in May 2028." in page
    assert "Free to spend, at a till or on council tax 11.00 11.00" in page
    assert "All of it 16.00 16.00" in page


def test_before_a_month_has_ended_nothing_is_foretold(web_town: WebTown) -> None:
    web_town.resident(credits_=1_000)
    page = office.said(office.grace(web_town).get("/office/outstanding"))
    assert "Likely to cost Not known yet No month has ended since the first award" in page
    assert "Nothing is foretold until a month has ended since the first award." in page
    assert "All of these 10.00 0.00 0.00 10.00 Not known yet" in page


def test_every_credit_is_somewhere_and_spending_is_told_by_kind(web_town: WebTown) -> None:
    a_town_with_a_past(web_town)
    office.project(web_town)
    page = office.said(office.grace(web_town).get("/office/outstanding"))
    assert "In budgets, not allotted yet 9,915.00 With organisers, not awarded yet 85.00 With residents 11.00" in page
    assert "Taken by shops and leisure centres 5.00" in page
    assert "Issued in all 10,016.00" in page
    assert "At shops 1.00 5.00 5.00 At leisure centres 0.00 0.00 0.00 On council tax 0.00 0.00 0.00" in page
    assert "All kinds 1.00 5.00 5.00" in page


@pytest.mark.parametrize("name", ["months", "movement", "expected", "cost", "council-tax", "places", "spent"])
def test_every_table_is_downloaded_with_the_pages_figures(web_town: WebTown, name: str) -> None:
    a_town_with_a_past(web_town)
    grace = office.grace(web_town)
    as_csv = grace.get(f"/office/outstanding/{name}.csv")
    as_xlsx = grace.get(f"/office/outstanding/{name}.xlsx")
    assert as_csv.headers["Content-Disposition"] == f'attachment; filename="outstanding-{name}-2026-11-23.csv"'
    rows = list(csv.reader(io.StringIO(as_csv.text, newline="")))
    sheet = openpyxl.load_workbook(io.BytesIO(as_xlsx.data)).active
    assert [cell.value for cell in sheet[1]] == rows[0]
    assert sheet.max_row == len(rows)
    amounts = [at for at, heading in enumerate(rows[0]) if heading.endswith(("CR", "£"))]
    for row, cells in zip(rows[1:], sheet.iter_rows(min_row=2, values_only=True), strict=True):
        assert [f"{cells[at]:.2f}" if cells[at] is not None else "" for at in amounts] == [row[at] for at in amounts]


def test_all_tables_are_one_workbook_and_what_is_no_table_is_no_file(web_town: WebTown) -> None:
    a_town_with_a_past(web_town)
    grace = office.grace(web_town)
    workbook = openpyxl.load_workbook(io.BytesIO(grace.get("/office/outstanding/all.xlsx").data))
    assert workbook.sheetnames == [
        *("Credits by end month", "Movement this month", "Expected redemption by cohort", "Cost to come"),
        *("Council tax this year", "Where every credit is", "Spent by kind"),
    ]
    for path in ("all.csv", "months.pdf", "others.csv", "months.csv.exe"):
        assert grace.get(f"/office/outstanding/{path}").status_code == 404


@pytest.mark.parametrize(
    "path", ["..%2f..%2fetc%2fpasswd.csv", "%252e%252e%252fpasswd.csv", "..%5cx.csv", "months%00.csv", ".", "..csv"]
)
def test_ex_03_no_address_of_a_table_leads_elsewhere(web_town: WebTown, path: str) -> None:
    assert office.grace(web_town).client.get(f"/office/outstanding/{path}").status_code == 404
