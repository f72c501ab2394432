"""The table of the long tier: each of its tests records a row, `scripts/test --long` prints them and keeps the last.

A test calls `record("kills of PostgreSQL", kills=100, lost=0, seed=7)`; what it did is told by its figures, in order.
"""

import json
import secrets
from pathlib import Path

from tests import measured, run_directory

PAGE = Path(__file__).parents[1] / "docs" / "long-run.md"
PREFACE = """# The long run

What `scripts/test --long` did when it last ran whole; it writes this page. `scripts/test` runs the same tests with
fewer cases, from a seed that it prints.
"""


def record(name: str, **figures: object) -> None:
    """Add a row to the table of this run; on any tier, so that a short run can be read the same way."""
    row = {"name": name, "figures": {key.replace("_", " "): str(value) for key, value in figures.items()}}
    (run_directory.path() / f"long-{secrets.token_hex(6)}.json").write_text(json.dumps(row), encoding="utf-8")


def rows() -> list[tuple[str, str]]:
    """The rows of this run so far, by name: what was done, and its figures."""
    read = [json.loads(path.read_text(encoding="utf-8")) for path in run_directory.path().glob("long-*.json")]
    return sorted((row["name"], ", ".join(f"{key} {value}" for key, value in row["figures"].items())) for row in read)


def printed() -> list[str]:
    """The table as lines of text."""
    width = max((len(name) for name, _figures in rows()), default=0)
    return [f"{name:{width}}  {figures}" for name, figures in rows()]


def write_page(outcome: str) -> None:
    """Write the table down, with where and when it came about and how the run ended."""
    where = f"{measured.when()}: {outcome}. {measured.where()}."
    table = ["| What | Figures |", "|---|---|", *(f"| {name} | {figures} |" for name, figures in rows())]
    PAGE.write_text("\n".join([PREFACE, where, "", *table, ""]), encoding="utf-8")
