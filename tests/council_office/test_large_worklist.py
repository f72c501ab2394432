"""A worklist of thousands of lines: taken as CSV or XLSX, ticked, and brought back through the office's page."""

import csv
from datetime import datetime
from io import BytesIO, StringIO

import openpyxl
import pytest
from sqlalchemy import func, select

from ledger.council_tax.models import CouncilTaxItem
from ledger.council_tax.queries import batch
from ledger.council_tax.rules import BatchState
from ledger.store import reading
from tests.council_office import town as office
from tests.council_office.many_lines import batch_of
from tests.council_office.test_worklist import DONE, PAGE, as_bytes, brought, listed, upload
from tests.databases import POSTGRESQL_WHEN_LONG
from tests.web_town import Visitor, WebTown

pytestmark = pytest.mark.slow

THOUSANDS, MOST = 3_000, 35_000


def saved_from_the_workbook(visitor: Visitor) -> bytes:
    """The workbook, each line done, as a spreadsheet saves it: CSV UTF-8, days as the British write them."""
    sheet = openpyxl.load_workbook(BytesIO(visitor.get(f"{PAGE}.xlsx").data)).active
    text = StringIO(newline="")
    writer = csv.writer(text)
    headings, *lines = sheet.iter_rows(values_only=True)
    writer.writerow(headings)
    for line in lines:
        writer.writerow([shown(cell) for cell in (*line[:7], "done", None, None, "23/11/2026")])
    return text.getvalue().encode("utf-8-sig")


def shown(cell: object) -> str:
    """A cell as a spreadsheet shows it."""
    if isinstance(cell, datetime):
        return f"{cell:%d/%m/%Y}"
    return "" if cell is None else str(cell)


def applied(town: WebTown) -> int:
    """How many items were applied, of a batch that is reconciled."""
    with reading(town.engine) as session:
        assert batch(session, sequence=1).state == BatchState.RECONCILED
        query = select(func.count()).where(CouncilTaxItem.state == "applied")
        return session.execute(query).scalar_one()


@POSTGRESQL_WHEN_LONG
def test_a_list_of_thousands_of_lines_is_taken_in(web_town: WebTown) -> None:
    batch_of(web_town, THOUSANDS)
    grace = office.grace(web_town)
    rows = [row | DONE for row in listed(grace)]
    assert len(as_bytes(rows)) > 300_000
    assert brought(grace, rows).location == "/office/council-tax/1"
    assert applied(web_town) == THOUSANDS


@POSTGRESQL_WHEN_LONG
def test_a_workbook_of_thousands_of_lines_is_taken_in_once_it_is_saved_as_csv(web_town: WebTown) -> None:
    batch_of(web_town, THOUSANDS)
    grace = office.grace(web_town)
    as_it_is = upload(grace, grace.get(f"{PAGE}.xlsx").data)
    assert as_it_is.status_code == 422
    assert "save the list as CSV UTF-8" in office.said(as_it_is)
    assert upload(grace, saved_from_the_workbook(grace)).location == "/office/council-tax/1"
    assert applied(web_town) == THOUSANDS


@pytest.mark.long
def test_a_list_of_a_whole_night_is_taken_in(web_town: WebTown) -> None:
    batch_of(web_town, MOST)
    grace = office.grace(web_town)
    assert brought(grace, [row | DONE for row in listed(grace)]).location == "/office/council-tax/1"
    assert applied(web_town) == MOST
