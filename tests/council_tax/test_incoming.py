"""Answers put into a folder: each taken in once and put away, a damaged one put apart with the reason."""

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from ledger.audit.models import AuditRow
from ledger.council_tax.incoming import REFUSED, TAKEN, Incoming, take_in_folder
from ledger.council_tax.rules import BatchState
from ledger.store import reading
from tests.council_tax import town
from tests.council_tax.town import apply
from tests.revenues.town import Exchange, exchange, household

SUNDAY, MONDAY = date(2026, 11, 22), date(2026, 11, 23)
NAME = "CTR_E09000022_P_000001_20261123.csv"


@pytest.fixture
def made(engine: Engine) -> Exchange:
    """A council whose file of one line was released."""
    made = exchange(engine)
    apply(engine, household(made), 2500)
    made.night(SUNDAY)
    made.revenues.today = MONDAY
    return made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where answers are put."""
    folder = tmp_path / "answers"
    folder.mkdir()
    return folder


def taken_in(made: Exchange, folder: Path) -> list[Incoming]:
    occasion = made.at(date(2026, 11, 24), 1)
    return list(take_in_folder(made.engine, folder, scheme=town.SCHEME, occasion=occasion))


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_an_answer_is_taken_in_once_and_put_away(made: Exchange, folder: Path) -> None:
    (folder / NAME).write_bytes(made.deliver(1))

    (first,) = taken_in(made, folder)

    assert (first.name, first.taken.applied, first.problem) == (NAME, 2500, "")
    assert made.view(1).state == BatchState.RECONCILED
    assert names(folder) == [TAKEN]
    assert [name.split(".")[0] for name in names(folder / TAKEN)] == [NAME.removesuffix(".csv")]
    assert taken_in(made, folder) == []


def test_a_file_that_was_taken_in_and_not_put_away_is_nothing_again(made: Exchange, folder: Path) -> None:
    content = made.deliver(1)
    for _ in range(2):
        (folder / NAME).write_bytes(content)
        (done,) = taken_in(made, folder)

    assert done.taken.again
    with reading(made.engine) as session:
        subjects = select(AuditRow.subject_id).where(AuditRow.subject_kind == "council-tax-answer")
        assert list(session.scalars(subjects)) == ["CTR 000001"]


def test_a_damaged_answer_is_put_apart_with_its_line_and_field(made: Exchange, folder: Path) -> None:
    sound = made.deliver(1)
    (folder / NAME).write_bytes(sound.replace(b",2500,", b",2400,", 1))

    (refused,) = taken_in(made, folder)

    assert "line 3, pence applied" in refused.problem
    assert made.view(1).state == BatchState.RELEASED
    kept, why = names(folder / REFUSED)
    assert why == f"{kept}.why"
    assert (folder / REFUSED / why).read_text() == f"{refused.problem}\n"

    (folder / NAME).write_bytes(sound)
    assert taken_in(made, folder)[0].taken.applied == 2500


def test_ex_03_what_is_no_answer_and_what_is_a_link_stay_where_they_are(made: Exchange, folder: Path) -> None:
    (folder / "notes.txt").write_text("call back")
    (folder / f"{NAME}.part").write_bytes(b"half")
    (folder / NAME).symlink_to("/etc/hostname")

    (left,) = taken_in(made, folder)

    assert left == Incoming(name=NAME, problem="is no plain file that can be read")
    assert names(folder) == sorted(["notes.txt", f"{NAME}.part", NAME])


def test_nothing_is_taken_in_where_there_is_no_folder(made: Exchange, folder: Path) -> None:
    assert taken_in(made, folder / "none") == []
