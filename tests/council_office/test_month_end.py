"""Month-end packs in the office: listed, shown with their digest, downloaded byte for byte."""

import hashlib
import json
from datetime import date, datetime
from io import BytesIO
from zipfile import ZipFile

import pytest
from sqlalchemy.orm import Session

from ledger.book.packs import SUMS, keep_pack
from ledger.book.periods import Reopening, close_period, freeze_totals, reopen_period
from ledger.check_books import check_books
from ledger.close_month import close_month
from ledger.month_pack import FACTS
from ledger.store import reading
from tests import factories
from tests.book.town import new_id
from tests.council_office import town as office
from tests.web_town import WebTown

OCTOBER = date(2026, 10, 1)


def a_closed_october(town: WebTown) -> None:
    """7.00 awarded in October, which is closed."""
    in_october = town.now.replace(month=10)
    resident = town.resident()
    town.work(lambda session: factories.purse(session, resident_id=resident, amount=700, at=in_october))
    office.close_october(town)


def test_a_closed_month_is_shown_with_its_digest_and_its_tables(web_town: WebTown) -> None:
    a_closed_october(web_town)
    grace = office.grace(web_town)
    assert "October 2026 23 November 2026 at 12:00 by close-month" in office.said(grace.get("/office/month-end"))
    page = office.said(grace.get("/office/month-end/2026-10"))
    sums = grace.get(f"/office/month-end/2026-10/1/{SUMS}")
    assert f"SHA-256 {hashlib.sha256(sums.data).hexdigest()}" in page
    assert "Credits of residents 0.00" not in page
    assert "0.00 +7.00 0.00 0.00 0.00 0.00 7.00" in page
    assert "Residents: ageing, and closing 7.00 7.00 0.00" in page
    assert "Exceptions No exceptions, and check-books found nothing wrong." in page


def test_every_file_of_a_pack_is_downloaded_as_it_was_kept(web_town: WebTown) -> None:
    a_closed_october(web_town)
    grace = office.grace(web_town)
    for line in grace.get(f"/office/month-end/2026-10/1/{SUMS}").text.splitlines():
        digest, name = line.split("  ")
        answer = grace.get(f"/office/month-end/2026-10/1/{name}")
        assert hashlib.sha256(answer.data).hexdigest() == digest
        wanted = f'attachment; filename="2026-10-closing-1-{name}"'
        assert answer.headers["Content-Disposition"] == wanted


def test_the_whole_pack_unpacks_to_files_that_its_own_sums_name(web_town: WebTown) -> None:
    a_closed_october(web_town)
    grace = office.grace(web_town)
    assert 'href="/office/month-end/2026-10/1/pack.zip"' in grace.get("/office/month-end/2026-10").text
    answer = grace.get("/office/month-end/2026-10/1/pack.zip")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="2026-10-closing-1-pack.zip"'
    with ZipFile(BytesIO(answer.data)) as packed:
        unpacked = {name: packed.read(name) for name in packed.namelist()}
    sums = dict(reversed(line.split("  ")) for line in unpacked.pop(SUMS).decode().splitlines())
    assert {name: hashlib.sha256(content).hexdigest() for name, content in unpacked.items()} == sums
    assert grace.get("/office/month-end/2026-10/1/pack.zip").data == answer.data


def test_a_pack_of_before_other_exceptions_were_known_is_shown_as_it_was_kept_and_verifies(web_town: WebTown) -> None:
    columns = [["Check", "words"], ["Row", "words"], ["What is wrong", "words"]]
    facts = json.dumps({"exceptions": {"title": "Exceptions", "columns": columns, "rows": []}}).encode()

    def close_as_then(session: Session) -> None:
        closed = {"month": OCTOBER, "at": web_town.now, "actor": "close-month"}
        closing = close_period(session.connection(), closing_id=new_id(), **closed)
        freeze_totals(session.connection(), closing)
        keep_pack(session.connection(), closing_id=closing.id, files={FACTS: facts}, at=web_town.now)

    web_town.work(close_as_then)
    grace = office.grace(web_town)
    assert "Exceptions Check-books found nothing wrong." in office.said(grace.get("/office/month-end/2026-10"))
    assert grace.get(f"/office/month-end/2026-10/1/{FACTS}").data == facts
    with reading(web_town.engine) as session:
        assert [one.id for one in check_books(session) if one.id == "I-40"] == []


def test_what_each_kind_of_account_holds_is_told(web_town: WebTown) -> None:
    a_closed_october(web_town)
    grace = office.grace(web_town)
    for path in ("/office/month-end/2026-10", "/office/months/2026-10"):
        page = office.said(grace.get(path))
        assert "What each kind of account holds" in page
        assert "Allowance With organisers, not awarded yet Purse With residents" in page


def test_an_open_month_says_so_and_what_was_never_kept_is_not_found(web_town: WebTown) -> None:
    grace = office.grace(web_town)
    assert "No month is closed yet." in office.said(grace.get("/office/month-end"))
    assert "This month has ended and is open." in office.said(grace.get("/office/month-end/2026-10"))
    assert "This month has not ended." in office.said(grace.get("/office/month-end/2026-11"))
    for path in ("2026-13", "0000-01", "26-10", "2026-10/1/month-end.xlsx", "2026-10/9999/x"):
        assert grace.get(f"/office/month-end/{path}").status_code == 404


@pytest.mark.parametrize(
    "name",
    ["..%2fx", "..%2f..%2fetc%2fpasswd", "%252e%252e%252fx", "%252e", "..%5cx", "C:%5cx", "%00", ".", "x" * 300],
)
def test_ex_03_no_address_of_a_packs_file_leads_out_of_it(web_town: WebTown, name: str) -> None:
    a_closed_october(web_town)
    grace = office.grace(web_town)
    assert grace.client.get(f"/office/month-end/2026-10/1/{name}").status_code == 404


def test_a_month_that_was_opened_again_says_so_and_keeps_its_earlier_pack(web_town: WebTown) -> None:
    a_closed_october(web_town)
    grace = office.grace(web_town)
    before = grace.get("/office/month-end/2026-10/1/month-end.xlsx").data
    two_people = Reopening(
        reason="an award was missed", proposed_by="officer:a", approved_by="officer:b", at=web_town.now
    )
    web_town.work(lambda session: reopen_period(session.connection(), month=OCTOBER, reopening=two_people))
    assert "Opened again Two people opened this month" in office.said(grace.get("/office/month-end/2026-10"))
    assert 'href="/office/months/2026-10"' not in grace.get("/office/month-end/2026-10").text
    later: datetime = web_town.now.replace(day=24)
    close_month(web_town.engine, month=OCTOBER, occasion=factories.occasion_at(later, actor="close-month"))
    page = office.said(grace.get("/office/month-end/2026-10"))
    assert "Closed 24 November 2026 at 12:00 by close-month." in page
    assert "Earlier closings Each keeps its own pack. Closed 23 November 2026" in page
    assert grace.get("/office/month-end/2026-10/1/month-end.xlsx").data == before
