"""Each unit of work in which a night changes something has its audit row, and a night done again leaves no other."""

import random
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Engine

from ledger.check_books import check_books
from ledger.council_tax.rules import AnswerKind
from ledger.nightly.steps import EXPIRING
from ledger.store import reading
from tests.audit.units import units_of_work
from tests.council_tax.town import resident_with
from tests.harness.test_auditor import audited
from tests.nightly.audited import assert_audited_once, by_night, details, subjects
from tests.nightly.life import Life, live_by_day, settled
from tests.nightly.town import Town

FIRST, LAST = date(2026, 11, 29), date(2026, 11, 30)
SAID_ELSEWHERE = {"nights", "night_steps", "notices", "rollups"}
"""Who ran which night, and which of its steps were done; that a notice left its outbox; what accounts come to."""


@pytest.fixture
def life(engine: Engine, tmp_path: Path) -> Life:
    """A town at the end of a month: what was applied left and was answered, something ends, more is to end."""
    life = settled(engine, tmp_path, random.Random(1), FIRST)
    resident_with(engine, (LAST, 100), (date(2026, 12, 31), 200))
    live_by_day(life, FIRST)
    life.town.run()
    live_by_day(life, LAST)
    life.town.run(FIRST)
    life.folders.collect()
    return life


def test_each_unit_of_work_of_a_night_that_changes_something_has_its_row(life: Life) -> None:
    before = ids(life)
    with units_of_work(life.town.engine) as units:
        life.town.run()
    assert [unit for unit in units if "audit_rows" not in unit and not unit <= SAID_ELSEWHERE] == []
    new = [row for row in by_night(life.town.engine) if row.id not in before]
    assert Counter(row.subject_kind for row in new) == {"nights": 2, "council-tax-answer": 1, "council-tax": 1}
    assert details(new, "purses") == [{"purses": 1, "amount": 100}]
    assert details(new, "notices") == [{"notices": 1}], "of what ends in thirty days"
    assert {row.subject_id for row in new if row.subject_kind == "nights"} == {LAST.isoformat()}
    assert subjects(new, "council-tax-answer", "applied") == Counter({(f"{AnswerKind.RESPONSE} 000001", 500): 1})
    assert_audited_once(life.town.engine)


def test_what_leaves_the_building_says_by_whom_which_file_and_where_to(life: Life) -> None:
    sent = details(by_night(life.town.engine), "target")
    folder = str(life.folders.arriving)
    assert sent == [{"target": folder, "outcome": "delivered", "file": "CTX_E09000022_P_000001_20261129.csv"}]


def test_a_night_that_is_done_again_and_one_of_an_empty_town_add_no_row_of_nothing(life: Life) -> None:
    life.town.run()
    before = ids(life)
    life.town.run(LAST)
    assert ids(life) == before
    life.town.now += timedelta(days=1)
    life.town.run()
    rows = [row.subject_kind for row in by_night(life.town.engine) if row.id not in before]
    assert rows == ["council-tax"], "its empty file waits behind one with lines"
    with reading(life.town.engine) as session:
        assert check_books(session) == []
    second_opinion = audited(life.town.engine)
    assert (second_opinion.returncode, second_opinion.stderr) == (0, "")


def test_each_chunk_has_its_row_and_a_killed_night_goes_on_after_the_last(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.nightly.chunks.CHUNK_SECONDS", 0.0)
    monkeypatch.setattr("ledger.nightly.steps.AT_ONCE", 1)
    for amount in (100, 200, 300):
        resident_with(town.engine, (date(2026, 10, 31), amount))

    def stop(step: str, done: int, _total: int) -> None:
        if step == EXPIRING and done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        town.run(progress=stop)
    assert expired(town) == [100, 200]
    town.run()
    assert expired(town) == [100, 200, 300]


def ids(life: Life) -> set[UUID]:
    """The rows that there are."""
    return {row.id for row in by_night(life.town.engine)}


def expired(town: Town) -> list[int]:
    """What each row says that purses came to, the least first: rows of one instant have no order."""
    return sorted(one["amount"] for one in details(by_night(town.engine), "purses"))
