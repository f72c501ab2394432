"""A disk that fills while a command writes a file: absent or whole, told in a sentence, and the next try needs no hand.

Of what leaves for council tax, keys and the outbox `test_system_calls.py` tells the same, wherever their writing ends.
"""

import json
from collections.abc import Callable
from functools import partial
from hashlib import sha256
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from commands.environment import NO_ROOM_FOR_A_FILE
from ledger.council_tax.incoming import REFUSED
from ledger.store import make_engine
from tests.harness.books_writers import ANSWERS, answers
from tests.harness.command_writers import as_a_command, command, said
from tests.harness.laid_books import ANSWER, damaged_answer, lay_books
from tests.harness.system_calls import Writer, interruptions
from tests.redemption.town import make_town

pytestmark = pytest.mark.slow

FULL = "error=ENOSPC"
TOLD = f"{NO_ROOM_FOR_A_FILE}\nstatus 75\n"
JOURNAL, CHECKED, METRICS, OUT = "journal.csv", "books-checked.json", "night.prom", "everyone"
AMONG_EVERYONES = ("private/index.csv", "journal.hledger", "SHA256SUMS")
"""Those of everyone's files that find the disk full: each is written as all are."""
CALLS = ("openat", "write", "fsync")

Lay = Callable[[Path], object]


def with_part(name: str) -> tuple[str, str]:
    """The name of a file, and of the part it is written as."""
    return name, f"{name}.part"


@pytest.fixture
def lay(sqlite_url: str) -> Lay:
    """Lays a copy of the books of a small town into a folder."""
    engine = make_engine(sqlite_url)
    make_town(engine).award(2_000)
    engine.dispose()
    return partial(lay_books, sqlite_url)


def assert_told(folder: Path, *, failed: bool) -> None:
    """In a sentence, with the status of what may be tried again; or nothing, where it went through."""
    assert said(folder) == (TOLD if failed else "")


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("form", ["csv", "hledger"])
def test_a_journal_is_absent_or_whole_where_its_disk_is_full(tmp_path: Path, lay: Lay, call: str, form: str) -> None:
    write = command("export", "journal", "--format", form, "--out", f"{{}}/{JOURNAL}")
    writer = Writer(write=write, paths=with_part(JOURNAL))
    (whole := tmp_path / "whole").mkdir()
    lay(whole)
    assert writer.run(whole) == 0
    journal = (whole / JOURNAL).read_bytes()
    assert journal.count(b"\n") > 1
    for folder in interruptions(writer, tmp_path, call, FULL, prepare=lay):
        assert_told(folder, failed=bool(said(folder)))
        assert said(folder) or (folder / JOURNAL).exists()
        assert not (folder / JOURNAL).exists() or (folder / JOURNAL).read_bytes() == journal
        assert writer.run(folder) == 0, "the next try needs no hand"
        assert (folder / JOURNAL).read_bytes() == journal
        assert not (folder / f"{JOURNAL}.part").exists()


@pytest.mark.parametrize("call", CALLS)
def test_when_the_books_were_checked_is_told_whole_or_as_before(tmp_path: Path, lay: Lay, call: str) -> None:
    writer = Writer(write=command("check-books"), paths=with_part(CHECKED))
    before = {"at": "2026-11-22T01:30:00+00:00", "findings": 0}

    def prepare(folder: Path) -> None:
        lay(folder)
        (folder / CHECKED).write_text(json.dumps(before))

    for folder in interruptions(writer, tmp_path, call, FULL, prepare=prepare):
        assert_told(folder, failed=bool(said(folder)))
        facts = json.loads((folder / CHECKED).read_text())
        assert facts.keys() == before.keys()
        assert said(folder) or facts != before
        assert writer.run(folder) == 0, "the next try needs no hand"
        assert json.loads((folder / CHECKED).read_text())["at"] > before["at"]


@pytest.mark.parametrize("call", CALLS)
def test_figures_of_a_night_are_absent_or_whole_and_the_night_is_done(tmp_path: Path, lay: Lay, call: str) -> None:
    writer = Writer(write=command("nightly", "--metrics", f"{{}}/{METRICS}"), paths=with_part(METRICS))
    for folder in interruptions(writer, tmp_path, call, FULL, prepare=lay):
        assert_told(folder, failed=bool(said(folder)))
        assert (folder / CHECKED).exists(), "one file that finds no room keeps no other from its own"
        if (folder / METRICS).exists():
            assert figures(folder)["tallystick_night_nights"] == 1
        else:
            assert said(folder)
        assert writer.run(folder) == 0, "the next try needs no hand"
        told = figures(folder)
        assert (told["tallystick_night_due"], told["tallystick_night_nights"]) == (0, 0), "done, and not done twice"


def figures(folder: Path) -> dict[str, float]:
    """What stands in the file of figures, each family of which is there."""
    families = list(text_string_to_metric_families((folder / METRICS).read_text()))
    assert {"tallystick_night_outcome", "tallystick_night_step_seconds"} <= {family.name for family in families}
    return {sample.name: sample.value for family in families for sample in family.samples}


def test_figures_of_a_night_whose_check_found_no_room_are_left_all_the_same(tmp_path: Path, lay: Lay) -> None:
    write = command("nightly", "--metrics", f"{{}}/{METRICS}")
    for folder in interruptions(Writer(write=write, paths=with_part(CHECKED)), tmp_path, "write", FULL, prepare=lay):
        assert_told(folder, failed=not (folder / CHECKED).exists())
        assert figures(folder)["tallystick_night_nights"] == 1


def test_everyones_files_are_there_together_or_not_at_all_where_their_disk_is_full(tmp_path: Path, lay: Lay) -> None:
    write = command("wind-down", "--to", f"{{}}/{OUT}")
    (whole := tmp_path / "whole").mkdir()
    lay(whole)
    assert Writer(write=write, paths=()).run(whole) == 0
    names = names_in(whole / OUT)
    some = (next(name for name in sorted(names) if name.endswith("/receipts.csv")), *AMONG_EVERYONES)
    writer = Writer(write=write, paths=(OUT, f"{OUT}.part", *(f"{OUT}.part/{name}.part" for name in some)))
    for folder in interruptions(writer, tmp_path, "write", FULL, prepare=lay):
        assert_told(folder, failed=not (folder / OUT).exists())
        if said(folder):
            assert writer.run(folder) == 0, "the next try needs no hand"
        assert names_in(folder / OUT) == names
        assert not (folder / f"{OUT}.part").exists()
        sums = [line.split("  ") for line in (folder / OUT / "SHA256SUMS").read_text().splitlines()]
        assert {name for _digest, name in sums} == names - {"SHA256SUMS"}
        assert [name for digest, name in sums if sha256((folder / OUT / name).read_bytes()).hexdigest() != digest] == []


def names_in(folder: Path) -> set[str]:
    """The files of a folder and of those in it."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def damaged(sqlite_url: str) -> bytes:
    """An answer whose totals were changed on the way, to a file of the books at that URL."""
    return damaged_answer(sqlite_url)


@pytest.mark.parametrize("call", CALLS)
def test_why_an_answer_was_refused_is_absent_or_whole_and_the_answer_is_never_lost(
    tmp_path: Path, sqlite_url: str, damaged: bytes, call: str
) -> None:
    refused = f"{ANSWERS}/{REFUSED}"
    kept = f"{ANSWER.removesuffix('.csv')}.{sha256(damaged).hexdigest()[:12]}.csv"
    writer = Writer(write=as_a_command(answers), paths=(refused, *with_part(f"{refused}/{kept}.why")))

    def prepare(folder: Path) -> None:
        lay_books(sqlite_url, folder)
        (folder / refused).mkdir(parents=True)
        (folder / ANSWERS / ANSWER).write_bytes(damaged)

    for folder in interruptions(writer, tmp_path, call, FULL, prepare=prepare):
        assert_told(folder, failed=bool(said(folder)))
        lies, put_away = folder / ANSWERS / ANSWER, folder / refused / kept
        why = put_away.with_name(f"{kept}.why")
        assert [path.read_bytes() for path in (lies, put_away) if path.exists()] == [damaged]
        assert not put_away.exists() or why.exists()
        assert said(folder) or put_away.exists()
        words = why.read_text() if why.exists() else None
        assert writer.run(folder) == 0, "the next try needs no hand"
        assert names_in(folder / ANSWERS) == {f"{REFUSED}/{kept}", f"{REFUSED}/{kept}.why"}
        assert why.read_text().startswith("line 3, pence applied: ")
        assert words in (None, why.read_text())
