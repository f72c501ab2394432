"""The nightly batches as officers see them: totals equal to the books, the file's very bytes for those who may."""

import hashlib
from datetime import timedelta

from ledger.council_tax.queries import batch_file
from ledger.people.rules import Permission
from ledger.store import reading
from tests.council_office import town as office
from tests.web_town import WebTown


def test_a_night_is_listed_and_its_totals_equal_the_books(web_town: WebTown) -> None:
    office.applied(web_town, base="20001234", amount=2_500)
    office.applied(web_town, base="20001242", amount=1_000)
    office.night(web_town, web_town.now.date())
    grace = office.grace(web_town)
    assert "Monday 23 November 2026 000001 Built CTX_E09000022_T_000001_20261123.csv 2 £35.00" in office.said(
        grace.get("/office/council-tax")
    )
    page = office.said(grace.get("/office/council-tax/1"))
    assert page.startswith("Council tax batches Council tax batch 000001 Monday 23 November 2026")
    assert "Built Tue 24 November, 01:00 Approved Released Answered Reconciled" in page
    assert "Lines 2" in page
    assert "Net reduction £35.00 £35.00 less £0.00" in page
    assert "Ledger, council tax in transit 35.00 CR Equal" in page
    assert "Reduction Participation 25.00" in page
    assert page.index("Participation 25.00") < page.index("Participation 10.00")
    assert "This night £35.00. The middle night is £35.00." in page


def test_the_download_is_the_file_byte_for_byte(web_town: WebTown) -> None:
    office.applied(web_town, base="20001234", amount=2_500)
    office.night(web_town, web_town.now.date())
    grace = office.grace(web_town)
    for path in ("/file", "/worklist", "/worklist.csv", "/worklist.xlsx"):
        early = grace.get(f"/office/council-tax/1{path}")
        assert early.status_code == 409
        assert "Two officers release this file before anybody takes it." in office.said(early)
    assert "Download" not in office.said(grace.get("/office/council-tax/1"))
    office.release(web_town)
    assert "Download the file" in office.said(grace.get("/office/council-tax/1"))
    answer = grace.get("/office/council-tax/1/file")
    with reading(web_town.engine) as session:
        file = batch_file(session, sequence=1)
    assert answer.data == file.content
    assert hashlib.sha256(answer.data).hexdigest() == file.sha256
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{file.name}"'
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.mimetype == "text/csv"


def test_who_may_not_export_sees_the_night_and_not_the_file(web_town: WebTown) -> None:
    office.applied(web_town, base="20001234", amount=2_500)
    office.night(web_town, web_town.now.date())
    assert "Not shown" not in office.grace(web_town).get("/office/council-tax/1").text
    priya = office.priya(web_town)
    page = priya.get("/office/council-tax/1")
    assert "Download" not in page.text
    assert "000001 Not shown Reduction" in office.said(page)
    assert priya.get("/office/council-tax/1/file").status_code == 403


def test_an_empty_night_says_that_the_file_goes(web_town: WebTown) -> None:
    grace = office.grace(web_town)
    assert "No nights yet. The first file is built tonight." in office.said(grace.get("/office/council-tax"))
    office.night(web_town, web_town.now.date())
    page = office.said(grace.get("/office/council-tax/1"))
    assert "No items. The file still goes, so the council knows we ran." in page
    assert "0.00 CR Equal" in page


def test_earlier_nights_are_on_earlier_pages(web_town: WebTown) -> None:
    first = web_town.now.date() - timedelta(days=40)
    for later in range(32):
        office.night(web_town, first + timedelta(days=later))
    grace = office.grace(web_town)
    newest = grace.get("/office/council-tax")
    assert "000032" in newest.text
    assert "000002" not in newest.text
    assert 'href="/office/council-tax?through=2" rel="prev"' in newest.text
    earlier = office.said(grace.get("/office/council-tax?through=2"))
    assert "000002" in earlier
    assert "Newest nights" in earlier


def test_an_address_of_no_night_is_no_page(web_town: WebTown) -> None:
    grace = office.grace(web_town)
    for text in ("1", "0", "1000000", "99999999999999999999", "x"):
        assert grace.get(f"/office/council-tax/{text}").status_code == 404
    assert grace.get("/office/council-tax?through=99999999999999999999").status_code == 200


def test_a_file_whose_answer_does_not_come_is_late_and_then_overdue(web_town: WebTown) -> None:
    office.applied(web_town, base="20001234", amount=2_500)
    office.night(web_town, web_town.now.date())
    office.release(web_town)
    listed = "Monday 23 November 2026 000001"
    who = office.officer(web_town, "monday@example.org", Permission.EXPORT)
    assert f"{listed} Released" in office.said(who.get("/office/council-tax"))
    assert "Answered Expected Tue 24 November, 08:00" in office.said(who.get("/office/council-tax/1"))

    web_town.now += timedelta(days=2)
    who = office.officer(web_town, "wednesday@example.org", Permission.EXPORT)
    assert f"{listed} Answer late" in office.said(who.get("/office/council-tax"))
    web_town.now += timedelta(days=2)
    who = office.officer(web_town, "friday@example.org", Permission.EXPORT)
    assert f"{listed} Answer overdue" in office.said(who.get("/office/council-tax"))
