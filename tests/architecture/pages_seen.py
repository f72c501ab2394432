"""The reviewed list of pages, each with the test that sees it in a browser: pages_seen.txt."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

LIST = Path(__file__).parent / "pages_seen.txt"
NOT_A_PAGE = "-"


@dataclass(frozen=True, kw_only=True)
class Line:
    """One reviewed line: the test that sees the rule's page, or why the rule has none."""

    test: str | None
    reason: str


@cache
def reviewed() -> dict[str, Line]:
    """Each rule of the list."""
    lines = (line.split(maxsplit=2) for line in LIST.read_text(encoding="utf-8").splitlines())
    return {
        rule: Line(test=None if test == NOT_A_PAGE else test, reason=" ".join(reason))
        for rule, test, *reason in (fields for fields in lines if fields and not fields[0].startswith("#"))
    }


def seen_by(current: str) -> set[str]:
    """The rules whose pages a test sees, which pytest names as `current`: "tests/test_x.py::test_y[sqlite] (call)"."""
    test = current.partition(" (")[0].partition("[")[0]
    return {rule for rule, line in reviewed().items() if line.test == test}
