"""`tallystick export journal`: what it prints, what it leaves in a file, and what it refuses."""

import csv
import io
import stat
from pathlib import Path

import pytest

from ledger.book.journal_csv import COLUMNS
from ledger.store import make_engine
from tests.audit.units import rows
from tests.book.town import purse_of
from tests.commands.test_commands import call
from tests.service import environment


@pytest.fixture
def env(database_url: str, tmp_path: Path) -> dict[str, str]:
    """The environment of a command beside a book with one transfer of 12.50, on 23 November 2026."""
    engine = make_engine(database_url)
    purse_of(engine, 1250)
    engine.dispose()
    return environment(database_url=database_url, data=tmp_path)


def test_a_csv_is_printed_with_a_row_for_each_transfer(env: dict[str, str]) -> None:
    ended = call("export", "journal", "--format", "csv", env=env)
    assert ended.exit_code == 0, ended.output
    heading, row = csv.reader(io.StringIO(ended.stdout))
    assert tuple(heading) == COLUMNS
    assert (row[COLUMNS.index("amount")], row[COLUMNS.index("unit")]) == ("12.50", "CR")


def test_a_spreadsheet_has_every_field_in_quotes(env: dict[str, str]) -> None:
    heading, *_ = call("export", "journal", "--format", "spreadsheet", env=env).stdout.splitlines()
    assert heading == ",".join(f'"{name}"' for name in COLUMNS)


@pytest.mark.parametrize("form", ["hledger", "beancount"])
def test_a_file_is_its_owners_and_what_would_be_printed(env: dict[str, str], tmp_path: Path, form: str) -> None:
    out = tmp_path / "journal"
    assert call("export", "journal", "--format", form, "--out", str(out), env=env).stdout == ""
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert out.read_text(encoding="utf-8") == call("export", "journal", "--format", form, env=env).stdout
    assert not (tmp_path / "journal.part").exists()


def test_days_bound_what_is_written(env: dict[str, str]) -> None:
    def count(*days: str) -> int:
        return len(call("export", "journal", "--format", "csv", *days, env=env).stdout.splitlines()) - 1

    assert count("--from", "2026-11-23", "--to", "2026-11-23") == 1
    assert count("--from", "2026-11-24") == count("--to", "2026-11-22") == 0


def test_days_the_wrong_way_round_and_no_format_are_usage_errors(env: dict[str, str]) -> None:
    days = ("--from", "2026-11-24", "--to", "2026-11-23")
    assert call("export", "journal", "--format", "csv", *days, env=env).exit_code == 2
    assert call("export", "journal", env=env).exit_code == 2


def test_that_it_was_taken_is_written_down_and_changes_nothing_of_it(env: dict[str, str], database_url: str) -> None:
    first = call("export", "journal", "--format", "csv", env=env).stdout
    assert call("export", "journal", "--format", "csv", "--from", "2026-11-23", env=env).stdout == first
    engine = make_engine(database_url)
    taken = [row for row in rows(engine) if row.action == "command.export-journal"]
    engine.dispose()
    assert {row.actor for row in taken} == {"command:export-journal"}
    assert [row.details for row in taken] == [{"format": "csv"}, {"format": "csv", "first": "2026-11-23"}]
