"""EX-01: names and reasons that would be formulas, through every file that people take away, opened by LibreOffice."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from shutil import which

import pytest
from werkzeug.test import TestResponse

from ledger.book import journal, journal_csv
from ledger.book.journal import Period
from ledger.council_tax.layouts import writer
from ledger.council_tax.layouts.shipped import SAMPLE_HEADER, SHIPPED, read_ctx1, sample_lines, shipped
from ledger.council_tax.queries import batch_file
from ledger.identifiers import to_text
from ledger.people.rules import Permission
from ledger.store import reading
from ledger.wind_down.write import wind_down
from tests.council_office import town as office
from tests.hostile_town import plant
from tests.missing import missing
from tests.wallet_api.lively import live_a_little, open_shop, spend
from tests.wallet_api.organised import organised
from tests.web_town import Visitor, WebTown

pytestmark = [pytest.mark.slow, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]

FORMULAS = (
    '=HYPERLINK("http://evil.example";"x")',
    "+1+1",
    "-2+3",
    "@SUM(1;2)",
    "＝1+1",
    "=1+1;=2+2",
    '"=3+3',
    "'=4+4",
    "=cmd|' /C calc'!A0",
    "%=5+5",
)
CONTROL = '"name","words"\r\n"=1+1","=HYPERLINK(""http://evil.example"",""x"")"\r\n'
"""What LibreOffice does compute, so that a test that finds nothing has looked."""
PAGES = (
    *("/office/outstanding", "/office/month-end/2026-10", "/office/audit", "/office/residents/look-ups"),
    *("/office/council-tax/1", "/office/council-tax/1/worklist"),
)
NIGHTS = ("CTX_*", "worklist-*", "layout-ctx1-*", "layout-local_discount_csv-*")
"""The files that a night's lines leave in: as built, to key by hand, and by the layouts that come with the ledger."""
FORMULA = re.compile(r'table:formula="([^"]*)"')


def test_ex_01_no_file_that_is_taken_away_computes_anything(web_town: WebTown, tmp_path: Path) -> None:
    settle(web_town)
    officer = office.officer(web_town, "omar@example.org", *Permission)
    amina = web_town.visitor().sign_in("amina@example.org")
    taken = tmp_path / "taken"
    taken.mkdir()
    for visitor, pages in ((officer, PAGES), (amina, ("/history",))):
        for name, content in downloads(visitor, pages):
            (taken / name).write_bytes(content)
    leave(web_town, taken)
    lay_out(web_town, taken)
    (taken / "control.csv").write_text(CONTROL)

    found = formulas(taken, tmp_path)

    assert len(found["control"]) == 2
    assert {name: said for name, said in found.items() if said and name != "control"} == {}
    assert len(found) > 40
    for name in NIGHTS:
        assert [path for path in taken.glob(f"{name}.csv") if "20001234" not in path.read_text()] == [], name
        assert [*taken.glob(f"{name}.csv")], name
    words = " ".join(path.read_text(errors="replace") for path in taken.glob("*.csv") if path.stem != "control")
    assert [text for text in FORMULAS[:3] if f"'{text}".replace('"', '""') not in words] == []


def settle(town: WebTown) -> None:
    """A town in which everything that can be named has the name of a formula, with a night and a closed month."""
    lively, roster = live_a_little(town), organised(town)
    for text in FORMULAS[:3]:
        spend(town, open_shop(town, text), lively.resident_id, 10)
    for number in range(len(FORMULAS)):
        texts = [*FORMULAS[number:], *FORMULAS[:number]]
        town.work(lambda session, texts=texts, number=number: plant(session, texts, number, roster=roster.session_id))
    officer = office.officer(town, "other@example.org", *Permission)
    page = f"/office/corrections/{to_text(lively.taken.transaction_id)}"
    assert officer.fill(page, page, reason=FORMULAS[0], evidence=FORMULAS[1]).status_code == 303
    amina = {"by": "email", "text": "amina@example.org"}
    assert officer.fill("/office/residents", "/office/residents", **amina, reason=FORMULAS[0]).status_code == 200
    office.night(town, town.now.date())
    office.release(town)
    office.close_october(town)


def downloads(visitor: Visitor, pages: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    """Every file that a link of these pages leads to."""
    for page in pages:
        for href in sorted(set(re.findall(r'href="(/(?:office|history)[^"#]*)"', visitor.get(page).text))):
            answer: TestResponse = visitor.client.get(href.replace("&amp;", "&"))
            if "attachment" in answer.headers.get("Content-Disposition", ""):
                yield re.search(r'filename="([^"/]+)"', answer.headers["Content-Disposition"])[1], answer.data


def leave(town: WebTown, taken: Path) -> None:
    """The journal, for spreadsheets and for machines, and what everybody is given at the end."""
    writers = {"spreadsheet": journal_csv.write_for_spreadsheets, "machine": journal_csv.write_for_machines}
    for name, write in writers.items():
        with reading(town.engine) as session, (taken / f"journal-{name}.csv").open("w", newline="") as file:
            write(journal.journal_rows(session.connection(), Period(first=None, last=None)), file)
    out = taken / "out"
    wind_down(town.engine, folder=out, scheme="Lambeth Credits", occasion=town.occasion(), progress=lambda *_: None)
    for path in out.rglob("*.csv"):
        path.rename(taken / "-".join(path.relative_to(taken).parts))


def lay_out(town: WebTown, taken: Path) -> None:
    """The released night, and sample lines of every code, by each layout that comes with the ledger."""
    with reading(town.engine) as session:
        header, lines = read_ctx1(batch_file(session, sequence=1).content)
    for name in SHIPPED:
        layout = shipped(name)
        for file in (*writer.write(layout, header, lines), *writer.write(layout, SAMPLE_HEADER, sample_lines())):
            (taken / f"layout-{name}-{file.name}").write_bytes(file.content)


def formulas(taken: Path, beside: Path) -> dict[str, list[str]]:
    """The formulas that LibreOffice finds in each of these files."""
    files = [*taken.glob("*.csv"), *taken.glob("*.xlsx")]
    if which("soffice") is None:
        missing("LibreOffice is missing: apt-get install libreoffice-calc-nogui")
    command = ["soffice", "--headless", "--norestore", f"-env:UserInstallation=file://{beside}/profile"]
    command += ["--convert-to", "fods", "--outdir", str(beside / "opened"), *map(str, files)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    opened = {path.stem: FORMULA.findall(path.read_text()) for path in (beside / "opened").glob("*.fods")}
    assert set(opened) == {path.stem for path in files}
    return opened
