"""The way out: everyone's files come to what the books say, to the penny, and anybody can check them without us."""

import csv
import re
import stat
import subprocess
from collections import Counter
from pathlib import Path

import html5lib
import pytest
from playwright.sync_api import Browser
from sqlalchemy import Engine, update

from ledger.book.models import Balance
from ledger.book.queries import trial_balance
from ledger.council_tax.batches import build_batch
from ledger.identifiers import to_text
from ledger.people.models import Operator, Organisation, Resident
from ledger.store import make_engine, reading, unit_of_work
from ledger.wind_down.errors import BalancesDiffer, FolderTaken
from ledger.wind_down.pages import owner_page
from ledger.wind_down.people import RESIDENTS, History, Owner
from ledger.wind_down.write import WoundDown, wind_down
from tests.audit.units import rows as audited
from tests.commands.test_commands import call
from tests.council_tax import town as council_tax
from tests.days import noon
from tests.factories import occasion_at
from tests.missing import missing
from tests.redemption.town import NOON, Town, make_town
from tests.service import environment

HOSTILE = '<script>alert(1)</script>=HYPERLINK("x")'


def lived(engine: Engine) -> Town:
    """A resident who spent, was given back and applied; another with an item in a batch; a shop that took."""
    town = make_town(engine)
    town.award(2_000)
    town.take(town.issue().token, 450)
    town.void(town.take(town.issue().token, 300).reference)
    applicant = council_tax.linked_resident(engine, 9_000)
    item = council_tax.apply(engine, applicant, 2_500)
    with unit_of_work(engine) as session:
        build_batch(
            session,
            business_date=item.leaves_on,
            scheme=council_tax.SCHEME,
            rules=council_tax.RULES,
            occasion=council_tax.at(2026, 11, 24, 1, 30),
        )
        session.execute(update(Resident).where(Resident.id == applicant).values(name=HOSTILE))
    return town


def leave(engine: Engine, folder: Path) -> WoundDown:
    """Wind down on the day after."""
    occasion = occasion_at(noon(NOON.date()))
    return wind_down(engine, folder=folder, scheme="Lambeth Credits", occasion=occasion, progress=lambda *_: None)


def rows(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def pence(text: str) -> int:
    """Minor units of an amount as files have it."""
    return int(text.replace(".", ""))


def test_everyones_files_come_to_the_trial_balance_to_the_penny(engine: Engine, tmp_path: Path) -> None:
    lived(engine)
    done = leave(engine, tmp_path / "out")
    with reading(engine) as session:
        trial = {line.kind: line.credited - line.debited for line in trial_balance(session.connection())}
    added = Counter[str]()
    for path in (tmp_path / "out").glob("*/*/receipts.csv"):
        added[path.parts[-3]] += sum(pence(row["change"]) for row in rows(path))
    assert added == {"residents": trial["purse"], "shops": trial["takings"]}
    listed = Counter[str]()
    for row in rows(tmp_path / "out" / "balances.csv"):
        listed[row["Folder"]] += pence(row["Balance"])
    assert listed == added
    assert done.totals == {("residents", "CR"): trial["purse"], ("shops", "CR"): trial["takings"]}
    assert trial["takings"] == 450


def test_every_receipt_is_a_row_of_the_journal_and_every_history_ends_at_the_balance(
    engine: Engine, tmp_path: Path
) -> None:
    lived(engine)
    leave(engine, tmp_path / "out")
    same = ("transaction", "line", "debit_account", "credit_account", "amount", "unit")
    journal = {tuple(row[name] for name in same) for row in rows(tmp_path / "out" / "journal.csv")}
    balances = {row["Id"]: row["Balance"] for row in rows(tmp_path / "out" / "balances.csv")}
    for folder in (tmp_path / "out").glob("*/*/"):
        receipts, history = rows(folder / "receipts.csv"), rows(folder / "history.csv")
        assert {tuple(row[name] for name in same) for row in receipts} <= journal
        if history:
            assert history[-1]["After"] == balances[folder.name]
            assert sum(pence(row["Change"]) for row in history) == pence(balances[folder.name])


def test_a_resident_reads_what_happened_and_a_shop_no_name(engine: Engine, tmp_path: Path) -> None:
    town = lived(engine)
    leave(engine, tmp_path / "out")
    folder = tmp_path / "out" / "residents" / to_text(town.resident_id)
    assert [row["What"].split(":")[0] for row in rows(folder / "history.csv")][1:] == ["Spent", "Spent", "Given back"]
    assert "Balance: 15.50 CR" in (folder / "statement.html").read_text()
    (shop,) = [path for path in (tmp_path / "out" / "shops").iterdir() if (path / "history.csv").stat().st_size > 150]
    with reading(engine) as session:
        names = [name for (name,) in session.query(Resident.name)]
    for path in shop.iterdir():
        assert not [name for name in names if name in path.read_text()]
    (applied,) = (tmp_path / "out" / "residents").glob("*/council-tax.csv")
    assert [row["Pounds"] for row in rows(applied)] == ["25.00"]


def test_two_residents_of_one_name_are_told_apart_by_the_private_index(engine: Engine, tmp_path: Path) -> None:
    town = lived(engine)
    with unit_of_work(engine) as session:
        session.execute(update(Resident).values(name=HOSTILE[25:]))
    out = leave(engine, tmp_path / "out").folder
    index = out / "private" / "index.csv"
    listed = {row["File"]: row for row in rows(index)}
    assert set(listed) == {str(path.relative_to(out)) for path in out.glob("*/*/statement.html")}
    with reading(engine) as session:
        residents = {to_text(one.id): one.email for one in session.query(Resident)}
        owned = session.query(Organisation, Operator.email).join(Operator).filter(Operator.role == "owner")
        shops = {to_text(one.id): (one.name, email, one.address) for one, email in owned}
    assert {row["Id"]: row["E-mail address"] for file, row in listed.items() if file[0] == "r"} == residents
    assert {row["Name"] for file, row in listed.items() if file[0] == "r"} == {"'" + HOSTILE[25:]}
    of_shops = [row for file, row in listed.items() if file[0] == "s"]
    assert {row["Id"]: (row["Name"], row["E-mail address"], row["Address"]) for row in of_shops} == shops
    assert stat.S_IMODE(index.stat().st_mode) == 0o600
    assert "private: index.csv" in (out / "HOW-TO-CHECK.html").read_text()
    assert to_text(town.resident_id) in residents
    emails = [*residents.values(), *(email for _, email, _ in shops.values())]
    published = [path for path in out.iterdir() if path.is_file()]
    assert len(published) >= 6
    for path in published:
        assert not [email for email in emails if email in path.read_text()]


def test_the_digests_and_the_journal_are_checked_as_the_page_says(engine: Engine, tmp_path: Path) -> None:
    lived(engine)
    out = leave(engine, tmp_path / "out").folder
    commands = re.findall("<pre>(.*?)</pre>", (out / "HOW-TO-CHECK.html").read_text())
    for command in commands[:2]:
        try:
            ended = subprocess.run(command.split(), cwd=out, capture_output=True, text=True)
        except FileNotFoundError:
            missing(f"no {command.split()[0]}: apt-get install hledger")
        assert (ended.returncode, ended.stdout) == (0, ""), ended.stderr
    listed = {line.split("  ")[1] for line in (out / "SHA256SUMS").read_text().splitlines()}
    there = {str(path.relative_to(out)) for path in out.rglob("*") if path.is_file()}
    assert there == listed | {"SHA256SUMS"}
    assert {path.stat().st_mode & 0o077 for path in [out, *out.rglob("*")]} == {0}


def test_ex_03_nothing_is_written_over_and_no_link_is_followed(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "new.part").symlink_to(tmp_path / "there")
    for name in ("there", "link", "new"):
        with pytest.raises(FolderTaken):
            leave(engine, tmp_path / name)
    assert list((tmp_path / "there").iterdir()) == []
    assert not (tmp_path / "elsewhere").exists()


def test_what_a_stopped_run_left_is_begun_anew(engine: Engine, tmp_path: Path) -> None:
    lived(engine)
    (tmp_path / "out.part" / "residents").mkdir(parents=True)
    (tmp_path / "out.part" / "residents" / "half").write_text("half")
    leave(engine, tmp_path / "out")
    assert not (tmp_path / "out.part").exists()
    assert not (tmp_path / "out" / "residents" / "half").exists()


def test_files_that_do_not_come_to_the_books_are_not_given(engine: Engine, tmp_path: Path) -> None:
    """A purse of nobody, which check-books finds: what residents have is less than what purses hold."""
    town = lived(engine)
    with unit_of_work(engine) as session:
        council_tax.pay(
            session.connection(),
            council_tax.open_rollup(session.connection()),
            council_tax.open_purse(
                session,
                resident_id=council_tax.new_id(),
                expires_on=council_tax.MARCH,
                occasion=council_tax.NOON,
            ),
            100,
            at=council_tax.NOON.now,
        )
        assert session.query(Balance).count() > 1
        assert town.resident_id
    with pytest.raises(BalancesDiffer):
        leave(engine, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_hostile_name_is_words_on_the_page() -> None:
    owner = Owner(folder=RESIDENTS, id=council_tax.new_id(), name=HOSTILE, email="", address="")
    empty = History(balances={}, endings=[], moves=[], receipts=[])
    page = owner_page(owner, empty, scheme="A & B", made_on=NOON.date())
    document = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(page)
    assert document.find(".//h1").text == HOSTILE
    assert document.find(".//script") is None


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_pages_are_valid_and_no_wider_than_a_telephone(engine: Engine, tmp_path: Path, chromium: Browser) -> None:
    lived(engine)
    out = leave(engine, tmp_path / "out").folder
    window = chromium.new_page(viewport={"width": 360, "height": 740})
    for path in [out / "HOW-TO-CHECK.html", *out.glob("*/*/statement.html")]:
        html5lib.HTMLParser(strict=True).parse(path.read_text(encoding="utf-8"))
        window.goto(path.as_uri())
        assert window.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    window.close()


def test_the_command_says_what_it_wrote(database_url: str, tmp_path: Path) -> None:
    env = environment(database_url=database_url, data=tmp_path)
    out = tmp_path / "out"
    ended = call("wind-down", "--to", str(out), env=env)
    assert (ended.exit_code, ended.stdout) == (0, f"{out} is written.\n")
    again = call("wind-down", "--to", str(out), env=env)
    assert again.exit_code == 1
    assert "is there already" in again.stderr
    engine = make_engine(database_url)
    asked = [(row.actor, row.action) for row in audited(engine)]
    engine.dispose()
    assert asked == [("command:wind-down", "command.wind-down")] * 2
