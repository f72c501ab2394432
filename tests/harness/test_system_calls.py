"""Files that the ledger writes are absent or complete wherever their writing ends, and the next run needs no hand.

What a kill cannot show, since the page cache outlives the process, is read from the trace: the bytes are synced before
the file has its name, and the folder after it.
"""

import json
import os
import re
from collections.abc import Callable
from functools import partial
from hashlib import sha256
from itertools import groupby, product
from pathlib import Path

import pytest

from ledger.council_tax.incoming import REFUSED
from ledger.keys import KEY_SETTINGS, KeyExists, new_keys
from ledger.store import make_engine
from tests.harness.books_writers import ANSWERS, OUT, answers, way_out
from tests.harness.file_writers import CONTENT, DONE, DONE_LINE, LINES, NAME, delivery, keys, lines, night
from tests.harness.laid_books import ANSWER, damaged_answer, lay_books
from tests.harness.system_calls import CALLS, FAULTS, Writer, interruptions
from tests.redemption.town import make_town

WHOLE = {NAME: CONTENT, DONE: DONE_LINE}
Write = Callable[[Path], object]

pytestmark = pytest.mark.slow


def with_parts(*names: str) -> tuple[str, ...]:
    """Names of files, and of the parts they are written as."""
    return (*names, *(f"{name}.part" for name in names))


def contents(folder: Path, *, parts: bool = True) -> dict[str, bytes]:
    """The files of a folder and of those in it, by path; `parts` too, or what has its final name alone."""
    files = [path for path in folder.rglob("*") if path.is_file() and (parts or path.suffix != ".part")]
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


@pytest.mark.parametrize(
    ("write", "call", "fault"),
    [*product([night], [*CALLS, "close"], FAULTS), *product([delivery], CALLS, ["signal=KILL", "error=ENOSPC"])],
)
def test_a_file_that_leaves_is_absent_or_complete(tmp_path: Path, write: Write, call: str, fault: str) -> None:
    """None says that it is done before the other stands."""
    writer = Writer(write=write, paths=with_parts(NAME, DONE))
    for folder in interruptions(writer, tmp_path, call, fault):
        found = contents(folder, parts=False)
        assert found.items() <= WHOLE.items()
        assert NAME in found or DONE not in found
        assert writer.run(folder) == 0, "the next run needs no hand"
        assert contents(folder) == WHOLE


@pytest.mark.parametrize("write", [night, delivery])
def test_bytes_are_synced_before_the_name_is_given_and_the_folder_after(tmp_path: Path, write: Write) -> None:
    folder, trace = tmp_path / "out", tmp_path / "trace"
    folder.mkdir()
    writer = Writer(write=write, paths=with_parts(NAME, DONE))

    assert writer.traced(folder, trace, "-y", "-e", "trace=fsync,rename,write") == 0

    calls = re.findall(r"\b(fsync|rename|write)\((?:\d+<([^>]*)>|\"([^\"]*)\")", trace.read_text())
    made = [(call, Path(opened or named).name) for call, opened, named in calls]
    assert [one for one, _repeated in groupby(made)] == [*lasting(NAME, folder), *lasting(DONE, folder)]


def lasting(name: str, folder: Path) -> list[tuple[str, str]]:
    """The calls that make a file last."""
    part = f"{name}.part"
    return [("write", part), ("fsync", part), ("rename", part), ("fsync", folder.name)]


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("call", CALLS)
def test_a_key_is_absent_or_complete_wherever_its_drawing_ends(tmp_path: Path, call: str, fault: str) -> None:
    names = tuple(KEY_SETTINGS.values())
    writer = Writer(write=keys, paths=with_parts(*names))
    for folder in interruptions(writer, tmp_path, call, fault):
        drawn = contents(folder, parts=False)
        assert all(len(key) in (45, 65) and key.endswith(b"\n") for key in drawn.values())
        if drawn:
            with pytest.raises(KeyExists):
                new_keys(folder, os.urandom)
        else:
            assert set(new_keys(folder, os.urandom)) == {f"{setting}_FILE" for setting in KEY_SETTINGS}
    assert set(drawn) == set(names)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("call", ["openat", "write", "fsync"])
def test_a_line_is_there_whole_or_not_at_all(tmp_path: Path, call: str, fault: str) -> None:
    writer = Writer(write=lines, paths=(LINES,))
    for folder in interruptions(writer, tmp_path, call, fault):
        assert writer.run(folder) == 0, "the next run needs no hand"
        numbers = [json.loads(line)["number"] for line in (folder / LINES).read_text().splitlines()]
        assert numbers[-3:] == [0, 1, 2]
        assert numbers[:-3] == [0, 1, 2][: len(numbers) - 3]


@pytest.fixture
def town_with_an_answer(sqlite_url: str, tmp_path: Path) -> Callable[[Path], None]:
    """Lay a copy of books, and an answer whose totals were changed on the way, into a folder."""
    damaged = damaged_answer(sqlite_url)

    def lay(folder: Path) -> None:
        lay_books(sqlite_url, folder)
        (folder / ANSWERS / REFUSED).mkdir(parents=True)
        (folder / ANSWERS / ANSWER).write_bytes(damaged)

    return lay


@pytest.mark.parametrize("call", ["fsync", "rename"])
def test_an_answer_is_put_away_with_its_reason_or_lies_where_it_lay(
    tmp_path: Path, town_with_an_answer: Callable[[Path], None], call: str
) -> None:
    lays = tmp_path / "a folder"
    lays.mkdir()
    town_with_an_answer(lays)
    (answer,) = contents(lays / ANSWERS).values()
    folders = (ANSWERS, f"{ANSWERS}/{REFUSED}")
    kept = f"{ANSWER.removesuffix('.csv')}.{sha256(answer).hexdigest()[:12]}.csv"
    why = with_parts(f"{folders[1]}/{kept}.why")
    writer = Writer(write=answers, paths=(*folders, f"{ANSWERS}/{ANSWER}", *why))
    for folder in interruptions(writer, tmp_path, call, "signal=KILL", prepare=town_with_an_answer):
        found = contents(folder / ANSWERS, parts=False)
        assert list(found.values()).count(answer) == 1, "never lost, and never there twice"
        assert f"{REFUSED}/{kept}" not in found or f"{REFUSED}/{kept}.why" in found
        assert writer.run(folder) == 0, "the next run needs no hand"
        assert set(contents(folder / ANSWERS)) == {f"{REFUSED}/{kept}", f"{REFUSED}/{kept}.why"}


def test_everyones_files_have_their_name_together_or_not_at_all(tmp_path: Path, sqlite_url: str) -> None:
    engine = make_engine(sqlite_url)
    make_town(engine).award(2_000)
    engine.dispose()
    lay = partial(lay_books, sqlite_url)
    whole = tmp_path / "whole"
    whole.mkdir()
    lay(whole)
    writer = Writer(write=way_out, paths=())
    assert writer.run(whole) == 0
    everything = contents(whole / OUT)
    parts = tuple(f"{OUT}.part/{path}.part" for path in everything)
    writer = Writer(write=way_out, paths=(OUT, f"{OUT}.part", *parts))

    for folder in interruptions(writer, tmp_path, "rename", "signal=KILL", prepare=lay):
        if not (folder / OUT).exists():
            assert writer.run(folder) == 0, "the next run needs no hand"
        assert contents(folder / OUT) == everything
