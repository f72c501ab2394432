"""A worklist in the office: taken as CSV or XLSX, ticked, and brought back as the answer of the revenues system."""

import csv
from hashlib import sha256
from io import BytesIO, StringIO

import openpyxl
import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from ledger.check_books import check_books
from ledger.council_tax.layouts.worklist import APPLIED, LARGEST_UPLOAD, OUTCOME, POSTED, WHY, ticked_back
from ledger.council_tax.models import CouncilTaxItem
from ledger.council_tax.queries import batch, batch_file
from ledger.council_tax.rules import BatchState
from ledger.people.rules import Permission
from ledger.store import reading
from tests.audit.units import rows
from tests.council_office import town as office
from tests.web_town import Visitor, WebTown

PAGE = "/office/council-tax/1/worklist"
DONE = {OUTCOME: "done", POSTED: "2026-11-23"}
PART = {OUTCOME: "Part", APPLIED: "7.30", POSTED: "23/11/2026"}
NO = {OUTCOME: "no", WHY: "d05"}


@pytest.fixture
def grace(web_town: WebTown) -> Visitor:
    """The finance officer of a town with a batch of three lines, which two others released."""
    for base, amount in (("20001234", 2_500), ("20004567", 1_250), ("20007890", 500)):
        office.applied(web_town, base=base, amount=amount)
        web_town.wait(seconds=1)
    office.night(web_town, web_town.now.date())
    office.release(web_town)
    return office.grace(web_town)


def listed(visitor: Visitor) -> list[dict[str, str]]:
    """The list as it was taken."""
    return list(csv.DictReader(StringIO(visitor.get(f"{PAGE}.csv").data.decode("utf-8-sig"), newline="")))


def brought(visitor: Visitor, rows: list[dict[str, str]], *, delimiter: str = ",") -> TestResponse:
    """The answer to bringing these rows back."""
    return upload(visitor, as_bytes(rows, delimiter=delimiter))


def as_bytes(rows: list[dict[str, str]], *, delimiter: str = ",") -> bytes:
    """These rows as a spreadsheet saves them."""
    text = StringIO(newline="")
    writer = csv.DictWriter(text, rows[0].keys(), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def upload(visitor: Visitor, content: bytes, *, layout: str = "ticked-list") -> TestResponse:
    """The answer to bringing these bytes."""
    target, data = visitor.filled(PAGE, PAGE)
    data |= {"layout": layout}
    answer = visitor.client.post(
        target, data=data | {"list": (BytesIO(content), "list.csv")}, content_type="multipart/form-data"
    )
    answer.request.environ["wsgi.input"].close()  # where the client kept what it sent: a file, if that was much
    return answer


def test_a_ticked_list_is_taken_in_as_the_answer(web_town: WebTown, grace: Visitor) -> None:
    rows = listed(grace)
    assert [row["Pounds"] for row in rows] == ["25.00", "12.50", "5.00"]
    assert {row["What to do"] for row in rows} == {"Reduce the bill"}
    ticked = [row | what for row, what in zip(rows, (DONE, PART, NO), strict=True)]
    assert brought(grace, ticked).location == "/office/council-tax/1"
    with reading(web_town.engine) as session:
        assert batch(session, sequence=1).state == BatchState.RECONCILED
        items = session.execute(select(CouncilTaxItem.state, CouncilTaxItem.returned).order_by(CouncilTaxItem.line))
        assert [tuple(item) for item in items] == [("applied", 0), ("partly_applied", 520), ("refused", 500)]


def report(visitor: Visitor) -> bytes:
    """What another system reports of the batch, the last line first."""
    said = ("25.00,POSTED,23/11/2026", "7.30,CAPPED,23/11/2026", ",NO LIABILITY,")
    lines = [
        f"{line['Account'].replace(' ', '')},TALLY,{line['Pounds']},{what},"
        for line, what in zip(listed(visitor), said, strict=True)
    ]
    return "".join(f"{row}\r\n" for row in ("POSTING REPORT,000001,", *reversed(lines), "TOTAL,3,32.30")).encode()


def test_another_systems_report_is_taken_in_by_its_layout_once(web_town: WebTown, grace: Visitor) -> None:
    assert "A posting report: account, code, pounds sent" in office.said(grace.get(PAGE))
    content = report(grace)
    web_town.wait(seconds=1)
    before = len(rows(web_town.engine))
    assert upload(grace, content, layout="posting_report_csv").location == "/office/council-tax/1"
    (written,) = rows(web_town.engine)[before:]
    assert (written.details["layout"], written.details["came_sha256"]) == (
        "posting_report_csv",
        sha256(content).hexdigest(),
    )
    web_town.wait(seconds=60)
    assert upload(grace, content, layout="posting_report_csv").location == "/office/council-tax/1"
    with reading(web_town.engine) as session:
        assert batch(session, sequence=1).state == BatchState.RECONCILED
        items = session.execute(select(CouncilTaxItem.state, CouncilTaxItem.returned).order_by(CouncilTaxItem.line))
        assert [tuple(item) for item in items] == [("applied", 0), ("partly_applied", 520), ("refused", 500)]
        assert check_books(session) == []


@pytest.mark.parametrize(
    ("was", "is_now", "words"),
    [
        (b"20007890", b"=20007890", "row 2: detail field 1 (account): is of no line of our file"),
        (b",7.30,", b",12.60,", "row 3: applied: 1260 applied does not go with outcome P of 1250 pence"),
        (b"TOTAL,3", b"TOTAL,4", "row 5: trailer field 2 (count): '4' is not what our file says"),
        (b"POSTED", b"\x00", "row 4: has a control character"),
        (b"\r\n", b"", "row 1: the last row has no end"),
    ],
)
def test_a_report_that_is_not_wholly_right_changes_nothing(
    web_town: WebTown, grace: Visitor, was: bytes, is_now: bytes, words: str
) -> None:
    answer = upload(grace, report(grace).replace(was, is_now), layout="posting_report_csv")
    assert answer.status_code == 422
    assert words in office.said(answer)
    with reading(web_town.engine) as session:
        assert batch(session, sequence=1).state == BatchState.RELEASED


def test_a_layout_that_is_none_is_refused(grace: Visitor) -> None:
    for layout in ("ctx1", "../../etc/passwd", "x" * 10_000):
        assert upload(grace, report(grace), layout=layout).status_code == 422


def test_the_answer_is_that_of_a_revenues_system(web_town: WebTown, grace: Visitor) -> None:
    rows = listed(grace)
    ticked = [row | what for row, what in zip(rows, (DONE, PART, NO), strict=True)]
    with reading(web_town.engine) as session:
        file = batch_file(session, sequence=1)
    answer = ticked_back(as_bytes(ticked), file=file, at=web_town.now).decode()
    head, *lines, tail = answer.removesuffix("\r\n").split("\r\n")
    assert head == f"H,CTR,1,E09000022,T,000001,{file.sha256},2026-11-23T12:00:03Z,A,F00"
    assert [line.split(",")[3:] for line in lines] == [
        ["A", "D00", "2500", "2026-11-23", "N"],
        ["P", "D21", "730", "2026-11-23", "N"],
        ["R", "D05", "0", "", "N"],
    ]
    assert [line.split(",")[2] for line in lines] == [row["Id"] for row in rows]
    assert tail == "T,000003,1,1,1,0,3230,0"


def test_a_list_saved_with_semicolons_is_read_too(web_town: WebTown, grace: Visitor) -> None:
    assert brought(grace, [row | DONE for row in listed(grace)], delimiter=";").status_code == 303


def test_the_workbook_has_the_same_lines_and_no_formula(grace: Visitor) -> None:
    sheet = openpyxl.load_workbook(BytesIO(grace.get(f"{PAGE}.xlsx").data)).active
    rows = list(sheet.iter_rows(values_only=True))
    assert [str(cell) for cell in rows[0]] == list(listed(grace)[0])
    assert [row[4] for row in rows[1:]] == [25, 12.5, 5]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n", "d"}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({OUTCOME: ""}, "row 2: Outcome (done, part, no): done, part or no"),
        ({OUTCOME: "done", POSTED: ""}, "row 2: Keyed on: a day like 2026-11-23 or 23/11/2026"),
        ({OUTCOME: "done", POSTED: "2026-11-24"}, "row 2: Keyed on: not after today"),
        ({OUTCOME: "done", POSTED: "2026-02-30"}, "row 2: Keyed on: a day like"),
        ({OUTCOME: "done", POSTED: "2026-11-23", WHY: "D05"}, "Why not (code): is for a line that was not applied"),
        ({OUTCOME: "done", POSTED: "2026-11-23", APPLIED: "1"}, "is for a line of which a part was applied"),
        ({OUTCOME: "part", POSTED: "2026-11-23"}, "Pounds applied if part: an amount like 4.50"),
        ({OUTCOME: "part", POSTED: "2026-11-23", APPLIED: "25.00"}, "less than the line’s pounds"),
        ({OUTCOME: "no", WHY: "D99"}, "Why not (code): one of D01"),
        ({"Id": "01M81C123GENQV94TQRBCJ3950"}, "row 2: Id: is not line 1 of this file"),
    ],
)
def test_a_list_that_cannot_be_read_answers_nothing_and_says_why(
    grace: Visitor, change: dict[str, str], words: str
) -> None:
    first, *rest = listed(grace)
    answer = brought(grace, [first | DONE | {APPLIED: "", WHY: ""} | change, *(row | DONE for row in rest)])
    assert answer.status_code == 422
    assert words.replace("’", "'") in office.said(answer)


def test_a_list_with_a_line_missing_or_of_something_else_is_refused(grace: Visitor) -> None:
    rows = [row | DONE for row in listed(grace)]
    assert "has 2 lines, and the file 3" in office.said(brought(grace, rows[:2]))
    assert "does not have the headings of the worklist" in office.said(upload(grace, b"PK\x03\x04"))
    assert "save the list as CSV UTF-8" in office.said(upload(grace, b"\xff\xfe\x00"))
    assert upload(grace, b"").status_code == 422


def test_who_took_the_account_numbers_is_written_down(web_town: WebTown, grace: Visitor) -> None:
    before = len(rows(web_town.engine))
    for path in (PAGE, "/office/council-tax/1/lines"):
        assert grace.get(path).status_code == 200
    assert len(rows(web_town.engine)) == before
    for path in (f"{PAGE}.csv", f"{PAGE}.xlsx", "/office/council-tax/1/file"):
        assert grace.get(path).status_code == 200
        web_town.wait(seconds=1)
    with reading(web_town.engine) as session:
        sha256 = batch_file(session, sequence=1).sha256
    taken = rows(web_town.engine)[before:]
    assert [row.action.removeprefix("office.") for row in taken] == [
        *("worklist.as_csv", "worklist.as_xlsx", "council_tax.download")
    ]
    assert {(row.subject_kind, row.subject_id, row.details["sha256"]) for row in taken} == {
        ("council-tax", "1", sha256)
    }
    assert {row.actor[:7] for row in taken} == {"office:"}


def test_who_may_not_export_takes_no_list(web_town: WebTown, grace: Visitor) -> None:
    priya = office.officer(web_town, office.PRIYA, Permission.APPROVE)
    for path in (PAGE, f"{PAGE}.csv", f"{PAGE}.xlsx"):
        assert priya.get(path).status_code == 403
    assert grace.get("/office/council-tax/9/worklist").status_code == 404


def test_who_may_not_export_sends_no_more_than_a_form(web_town: WebTown, grace: Visitor) -> None:
    target, data = grace.filled(PAGE, PAGE)
    priya = office.officer(web_town, office.PRIYA, Permission.APPROVE)
    for sender in (web_town.visitor(), priya):
        large = data | {"list": (BytesIO(b"x" * 70_000), "list.csv")}
        refused = sender.client.post(target, data=large, content_type="multipart/form-data")
        assert refused.status_code == 413
        assert "Send less at once: 64 KB at most." in office.said(refused)
    assert "does not have the headings" in office.said(upload(grace, b"x" * 70_000))


def test_a_list_of_more_than_20_megabytes_is_told_so(grace: Visitor) -> None:
    longest = upload(grace, b"x" * (LARGEST_UPLOAD + 1))
    assert (longest.status_code, "has more than 20,000,000 bytes" in office.said(longest)) == (422, True)
    longer = upload(grace, b"x" * (LARGEST_UPLOAD + 100_000))
    assert (longer.status_code, longer.headers["Connection"]) == (413, "close")
    assert "Send less at once: 20 MB at most." in office.said(longer)


def test_other_routes_take_no_more_than_a_form_of_an_officer_either(grace: Visitor) -> None:
    answer = grace.client.post("/office/residents", data={"reason": "x" * 70_000})
    assert answer.status_code == 413
    assert "64 KB at most" in office.said(answer)
