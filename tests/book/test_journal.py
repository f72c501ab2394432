"""The journal: hledger and beancount read it and come to our trial balance; spreadsheets find no formula in it."""

import csv
import io
import random
import shutil
import subprocess
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.engine import Connection

from ledger.book import journal_csv, journal_text
from ledger.book.journal import Period, journal_accounts, journal_rows, journal_totals, last_day
from ledger.book.posting import post
from ledger.book.queries import trial_balance
from ledger.book.rules import Unit
from ledger.identifiers import to_text
from ledger.money import format_plain
from ledger.store import snapshot, unit_of_work
from tests.book.town import NOON, open_rollup, open_strict, pay, posting, purse_of
from tests.missing import missing

pytestmark = pytest.mark.slow

EVERYTHING = Period()
RENDERERS = {"hledger": journal_text.hledger, "beancount": journal_text.beancount}
HOSTILE = (
    'she said "yes"',
    "two\nlines\r\nand\u2028three",
    "; not a comment",
    "payee | note",
    "back\\slash \\n \\",
    '"\n2026-01-01 open Assets:Mine\n"',
    "=  500.00 CR",
    "tag: value, date:2020-01-01 [2020-01-01]",
    "\ttab \x1b[31m red",
    "* ! (code) £ ＝1 😀 ",
)


def program(*words: str) -> str:
    """What another program prints; the test fails, with its words, where it refuses."""
    if not shutil.which(words[0]):
        missing(f"{words[0]} is not installed: apt-get install hledger beancount")
    ended = subprocess.run(words, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def random_book(connection: Connection, seed: int) -> None:
    """Some accounts of each kind, and a hundred transactions between them over some weeks, none of which overdraws."""
    source = random.Random(seed)
    rollups = [open_rollup(connection, kind) for kind in ("issuance", "takings", "council_tax")]
    pounds = [open_rollup(connection, kind, Unit.GBP) for kind in ("bank", "council_tax")]
    held = {open_strict(connection, kind): 0 for kind in ("purse", "purse", "purse", "allowance", "allowance")}
    for number in range(100):
        debit, credit = source.sample([*rollups[:1], *held], 2)
        most = held.get(debit, 10**6)
        lines = [(pounds[0], pounds[1], source.randint(1, 10**9))] if number % 5 == 0 else []
        if most:
            amount = source.randint(1, most)
            lines.append((debit, credit, amount))
            held |= {debit: most - amount} if debit in held else {}
            held |= {credit: held[credit] + amount} if credit in held else {}
        if lines:
            made = posting(*lines, at=NOON + timedelta(hours=number * 7), kind=source.choice(("award", "council_tax")))
            post(connection, replace(made, narrative=source.choice(HOSTILE), actor=source.choice(HOSTILE)))


def written(connection: Connection, form: str, folder: Path, period: Period = EVERYTHING) -> str:
    """The path of the journal as one of the programs reads it."""
    lines = RENDERERS[form](
        accounts=journal_accounts(connection, period),
        rows=journal_rows(connection, period),
        totals=journal_totals(connection, period),
        last_day=last_day(connection, period),
    )
    path = folder / f"book.{'journal' if form == 'hledger' else 'beancount'}"
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8", newline="")
    return str(path)


def totals_of_hledger(path: str) -> dict[tuple[str, str], int]:
    """Minor units of each kind and unit by hledger, whose credits are negative."""
    printed = program("hledger", "-f", path, "balance", "--flat", "--depth", "2", "-N", "-O", "csv")
    rows = list(csv.reader(io.StringIO(printed)))[1:]
    return {tuple(name.split(":")): _minor(amount) for name, amount in rows}


def totals_of_beancount(path: str) -> dict[tuple[str, str], int]:
    """Minor units of each kind and unit by beancount; kinds as it writes them."""
    query = "SELECT root(account, 3) AS family, sum(position) AS total GROUP BY family"
    rows = list(csv.reader(io.StringIO(program("bean-query", "-f", "csv", path, query))))[1:]
    named = {tuple(name.strip().split(":")[1:]): _minor(amount) for name, amount in rows if amount.strip()}
    return {(kind.lower().replace("-", "_"), unit): amount for (kind, unit), amount in named.items()}


def _minor(text: str) -> int:
    whole, part = text.split()[0].replace(",", "").lstrip("-").split(".")
    return (1 if text.strip().startswith("-") else -1) * int(whole + part)


def our_totals(connection: Connection) -> dict[tuple[str, str], int]:
    """Our trial balance, where there is anything."""
    return {(line.kind, line.unit): line.balance for line in trial_balance(connection) if line.balance}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_hledger_comes_to_our_trial_balance(engine: Engine, tmp_path: Path, seed: int) -> None:
    with unit_of_work(engine) as session:
        random_book(session.connection(), seed)
    with snapshot(engine) as session:
        path = written(session.connection(), "hledger", tmp_path)
        program("hledger", "-f", path, "check", "-s")
        assert totals_of_hledger(path) == our_totals(session.connection())


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_beancount_comes_to_our_trial_balance(engine: Engine, tmp_path: Path, seed: int) -> None:
    with unit_of_work(engine) as session:
        random_book(session.connection(), seed)
    with snapshot(engine) as session:
        path = written(session.connection(), "beancount", tmp_path)
        program("bean-check", path)
        assert totals_of_beancount(path) == our_totals(session.connection())


@pytest.mark.parametrize("form", RENDERERS)
def test_a_book_without_a_transaction_is_a_journal_too(engine: Engine, tmp_path: Path, form: str) -> None:
    with snapshot(engine) as session:
        path = written(session.connection(), form, tmp_path)
    program(*(("bean-check", path) if form == "beancount" else ("hledger", "-f", path, "check", "-s")))


@pytest.mark.parametrize("form", RENDERERS)
def test_both_programs_see_that_a_line_was_lost(sqlite_engine_of_a_town: Engine, tmp_path: Path, form: str) -> None:
    with snapshot(sqlite_engine_of_a_town) as session:
        path = Path(written(session.connection(), form, tmp_path))
    *whole, lost, sums = path.read_text(encoding="utf-8").split("\n\n")
    assert lost.startswith("20")
    path.write_text("\n\n".join([*whole, sums]), encoding="utf-8")
    command = ("bean-check", str(path)) if form == "beancount" else ("hledger", "-f", str(path), "check", "-s")
    with pytest.raises(AssertionError):
        program(*command)


@pytest.fixture
def sqlite_engine_of_a_town(engine: Engine) -> Engine:
    """A book with a hundred transactions."""
    with unit_of_work(engine) as session:
        random_book(session.connection(), 4)
    return engine


def test_beancount_reads_the_words_as_we_wrote_them(sqlite_engine_of_a_town: Engine, tmp_path: Path) -> None:
    with snapshot(sqlite_engine_of_a_town) as session:
        path = written(session.connection(), "beancount", tmp_path)
        ours = {journal_text.one_line(row.narrative) for row in journal_rows(session.connection(), EVERYTHING)}
    printed = program("bean-query", "-f", "csv", path, "SELECT DISTINCT narration")
    assert {row[0].strip() for row in list(csv.reader(io.StringIO(printed)))[1:]} == {word.strip() for word in ours}


def test_a_period_holds_its_first_and_last_day_and_checks_its_own_sums(engine: Engine, tmp_path: Path) -> None:
    with unit_of_work(engine) as session:
        connection = session.connection()
        issuance, purse = open_rollup(connection), open_strict(connection)
        for day in range(5):
            pay(connection, issuance, purse, 100 + day, at=NOON + timedelta(days=day))
    period = Period(first=date(2026, 11, 24), last=date(2026, 11, 26))
    with snapshot(engine) as session:
        assert [row.amount for row in journal_rows(session.connection(), period)] == [101, 102, 103]
        program("hledger", "-f", written(session.connection(), "hledger", tmp_path, period), "check", "-s")
        program("bean-check", written(session.connection(), "beancount", tmp_path, period))
        assert {total.kind: total.balance for total in journal_totals(session.connection(), period)} == {
            "issuance": -306,
            "purse": 306,
        }


def test_rows_come_by_instant_transaction_and_line(sqlite_engine_of_a_town: Engine) -> None:
    with snapshot(sqlite_engine_of_a_town) as session:
        rows = list(journal_rows(session.connection(), EVERYTHING))
    order = [(row.posted_at, str(row.transaction_id), row.line) for row in rows]
    assert order == sorted(order)
    assert len(order) == len(set(order)) > 100


def test_a_machine_reads_back_every_field_as_it_is(sqlite_engine_of_a_town: Engine) -> None:
    file = io.StringIO(newline="")
    with snapshot(sqlite_engine_of_a_town) as session:
        rows = list(journal_rows(session.connection(), EVERYTHING))
    journal_csv.write_for_machines(rows, file)
    read = list(csv.DictReader(io.StringIO(file.getvalue(), newline="")))
    assert tuple(read[0]) == journal_csv.COLUMNS
    assert [(row["narrative"], row["actor"]) for row in read] == [(row.narrative, row.actor) for row in rows]
    assert [row["amount"] for row in read] == [format_plain(row.amount) for row in rows]
    assert {row["debit_account"].split(":")[2] for row in read} <= {to_text(row.debit.public_id) for row in rows}


def test_amounts_above_what_people_type_are_plain(engine: Engine) -> None:
    purse_of(engine, 10**12)
    with snapshot(engine) as session:
        (row,) = journal_rows(session.connection(), EVERYTHING)
    assert format_plain(row.amount) == "10000000000.00"
