"""The second opinion on the books: clean where they are whole, and each violation found by the id of its invariant."""

import json
import subprocess
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from datetime import date
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from io import StringIO
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import Engine

from ledger.check_books import check_books
from ledger.store import reading, unit_of_work
from tests.check_books.books import Violation
from tests.check_books.conftest import unguarded
from tests.check_books.test_check_books import VIOLATIONS, sound_books
from tests.redemption.town import make_town

__all__ = ["unguarded"]

AUDITOR = Path(__file__).parents[2] / "scripts" / "auditor.py"


def audited(engine: Engine, *options: str) -> subprocess.CompletedProcess[str]:
    """The auditor's run on a database, as a program of its own."""
    url = engine.url.render_as_string(hide_password=False)
    return subprocess.run([sys.executable, AUDITOR, *options, url], capture_output=True, text=True, check=False)


@cache
def auditor() -> ModuleType:
    """The program, loaded from its file."""
    spec = spec_from_file_location("auditor", AUDITOR)
    assert spec is not None, "the file stands there"
    assert spec.loader is not None, "it is Python"
    made = module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def report(engine: Engine) -> Any:
    """What the auditor says to machines, run in this process: two hundred of its own would only start."""
    with redirect_stdout(StringIO()) as said:
        auditor().main(["--json", engine.url.render_as_string(hide_password=False)])
    return json.loads(said.getvalue())


def live_a_little(engine: Engine) -> None:
    """Credits in two purses, a redemption that stands and one that was voided."""
    town = make_town(engine)
    town.award(3000)
    town.award(2000, date(2028, 6, 30))
    town.take(town.issue().token, 1200)
    town.void(town.take(town.issue().token, 700, shop=town.baker).reference, shop=town.baker)


@pytest.mark.slow
@pytest.mark.parametrize("live", [live_a_little, sound_books])
def test_a_lived_in_book_is_clean(engine: Engine, live: Callable[[Engine], object]) -> None:
    live(engine)

    run = audited(engine)

    assert (run.returncode, run.stderr) == (0, "")
    assert all(line.endswith(" holds") for line in run.stdout.splitlines())


@pytest.mark.slow
@pytest.mark.parametrize("violation", VIOLATIONS, ids=lambda violation: violation.__name__)
def test_both_programs_name_the_same_invariant_and_row(unguarded: Engine, violation: Violation) -> None:
    books = sound_books(unguarded)
    with unit_of_work(unguarded) as session:
        expected = violation(session, books)

    said = report(unguarded)

    with reading(unguarded) as session:
        ours = {finding.id for finding in check_books(session)}
    assert {expected[0]} <= ours
    assert expected in {(finding["id"], finding["subject"]) for finding in said["findings"]}
    assert not said["whole"]


def test_it_shares_no_code_with_the_system() -> None:
    text = AUDITOR.read_text(encoding="utf-8")
    assert not [line for line in text.splitlines() if line.startswith(("from ledger", "import ledger", "from tests"))]


def test_a_database_that_cannot_be_read_has_a_status_of_its_own(tmp_path: Path) -> None:
    absent = f"sqlite:///{tmp_path / 'absent.sqlite'}"

    run = subprocess.run([sys.executable, AUDITOR, absent], capture_output=True, text=True, check=False)

    assert run.returncode == 2
    assert "cannot be read" in run.stderr
