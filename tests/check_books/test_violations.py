"""Each way in which books can be wrong is found by both programs, by the id of its invariant and by its row."""

import json
from contextlib import redirect_stdout
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from io import StringIO
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import Engine

from ledger.check_books import check_books
from ledger.store import reading, unit_of_work
from tests.check_books import (
    book_violations,
    correction_violations,
    council_tax_violations,
    decision_violations,
    night_violations,
    town_violations,
)
from tests.check_books.books import Books, Violation
from tests.harness.test_auditor import AUDITOR

VIOLATIONS = (
    book_violations.VIOLATIONS
    + correction_violations.VIOLATIONS
    + council_tax_violations.VIOLATIONS
    + decision_violations.VIOLATIONS
    + night_violations.VIOLATIONS
    + town_violations.VIOLATIONS
)


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


@pytest.mark.slow
@pytest.mark.parametrize("violation", VIOLATIONS, ids=lambda violation: violation.__name__)
def test_both_programs_name_the_same_invariant_and_row(unguarded: tuple[Engine, Books], violation: Violation) -> None:
    engine, books = unguarded
    with unit_of_work(engine) as session:
        expected = violation(session, books)

    said = report(engine)

    with reading(engine) as session:
        assert expected in {(finding.id, finding.subject) for finding in check_books(session)}
    assert expected in {(finding["id"], finding["subject"]) for finding in said["findings"]}
    assert not said["whole"]
