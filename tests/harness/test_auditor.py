"""The second opinion on the books: clean where they are whole, and each violation found by the id of its invariant."""

import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.check_books.sound import sound_books
from tests.redemption.town import make_town

AUDITOR = Path(__file__).parents[2] / "scripts" / "auditor.py"


def audited(engine: Engine, *options: str) -> subprocess.CompletedProcess[str]:
    """The auditor's run on a database, as a program of its own."""
    url = engine.url.render_as_string(hide_password=False)
    return subprocess.run([sys.executable, AUDITOR, *options, url], capture_output=True, text=True, check=False)


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


def test_it_shares_no_code_with_the_system() -> None:
    text = AUDITOR.read_text(encoding="utf-8")
    assert not [line for line in text.splitlines() if line.startswith(("from ledger", "import ledger", "from tests"))]


def test_a_database_that_cannot_be_read_has_a_status_of_its_own(tmp_path: Path) -> None:
    absent = f"sqlite:///{tmp_path / 'absent.sqlite'}"

    run = subprocess.run([sys.executable, AUDITOR, absent], capture_output=True, text=True, check=False)

    assert run.returncode == 2
    assert "cannot be read" in run.stderr
