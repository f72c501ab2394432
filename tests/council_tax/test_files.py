"""A built file on disk: absent or complete, and written again from its bytes as often as it is asked for."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ledger.council_tax.errors import FileDiffers
from ledger.council_tax.files import write_file
from ledger.council_tax.views import BatchFile

CONTENT = b"H,CTX,1\r\n" * 1000
NAME = "CTX_E09000022_P_000001_20261122.csv"
FILE = BatchFile(name=NAME, content=CONTENT, sha256=hashlib.sha256(CONTENT).hexdigest())

WRITE_ON_A_SMALL_DISK = """
import hashlib, resource, sys
from pathlib import Path
from ledger.council_tax.files import write_file
from ledger.council_tax.views import BatchFile
content = b"H,CTX,1\\r\\n" * 1000
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
write_file(BatchFile(name=sys.argv[2], content=content, sha256=hashlib.sha256(content).hexdigest()), Path(sys.argv[1]))
"""


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_and_then_its_done_are_written(tmp_path: Path) -> None:
    path = write_file(FILE, tmp_path / "council-tax")

    assert path.read_bytes() == CONTENT
    assert names(path.parent) == [NAME, f"{NAME}.done"]
    checked = subprocess.run(["sha256sum", "--check", f"{NAME}.done"], cwd=path.parent, capture_output=True)
    assert checked.returncode == 0, checked.stderr


def test_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        path = write_file(FILE, tmp_path / "council-tax")
    finally:
        os.umask(before)

    modes = {entry.stat().st_mode & 0o777 for entry in path.parent.iterdir()}
    assert (path.parent.stat().st_mode & 0o777, modes) == (0o700, {0o600})


def test_writing_again_changes_nothing(tmp_path: Path) -> None:
    path = write_file(FILE, tmp_path)
    before = {entry.name: entry.stat().st_ino for entry in tmp_path.iterdir()}

    write_file(FILE, tmp_path)

    assert {entry.name: entry.stat().st_ino for entry in tmp_path.iterdir()} == before
    assert path.read_bytes() == CONTENT


@pytest.mark.parametrize("lost", [[NAME], [f"{NAME}.done"], [NAME, f"{NAME}.done"]], ids=len)
def test_what_is_missing_is_written_again(tmp_path: Path, lost: list[str]) -> None:
    write_file(FILE, tmp_path)
    for name in lost:
        (tmp_path / name).unlink()

    write_file(FILE, tmp_path)

    assert names(tmp_path) == [NAME, f"{NAME}.done"]
    assert (tmp_path / NAME).read_bytes() == CONTENT


def test_what_a_stopped_run_left_is_written_over(tmp_path: Path) -> None:
    (tmp_path / f"{NAME}.part").write_bytes(b"half a fi")

    write_file(FILE, tmp_path)

    assert names(tmp_path) == [NAME, f"{NAME}.done"]
    assert (tmp_path / NAME).read_bytes() == CONTENT


@pytest.mark.parametrize("other", [b"", CONTENT[:-1], CONTENT + b"\r\n", CONTENT.replace(b"1", b"2", 1)], ids=len)
def test_a_file_that_differs_is_refused_and_left_as_it_is(tmp_path: Path, other: bytes) -> None:
    (tmp_path / NAME).write_bytes(other)

    with pytest.raises(FileDiffers) as caught:
        write_file(FILE, tmp_path)

    assert caught.value.path == tmp_path / NAME
    assert (names(tmp_path), (tmp_path / NAME).read_bytes()) == ([NAME], other)


def test_a_disk_that_is_full_leaves_no_half_file_and_the_next_run_finishes(tmp_path: Path) -> None:
    """The limit on a file's size stops the write where a full disk would: after some bytes, with an OSError."""
    stopped = subprocess.run(
        [sys.executable, "-c", WRITE_ON_A_SMALL_DISK, str(tmp_path), NAME], capture_output=True, text=True
    )
    assert stopped.returncode == 1
    assert "OSError" in stopped.stderr
    assert NAME not in names(tmp_path)
    assert f"{NAME}.done" not in names(tmp_path)

    write_file(FILE, tmp_path)

    assert names(tmp_path) == [NAME, f"{NAME}.done"]


@pytest.mark.parametrize("same", [True, False])
def test_ex_03_a_link_planted_under_the_name_is_not_followed_and_stops_the_writing(tmp_path: Path, same: bool) -> None:
    elsewhere, outbox = tmp_path / "elsewhere", tmp_path / "outbox"
    elsewhere.write_bytes(CONTENT if same else b"precious")
    before = elsewhere.read_bytes()
    outbox.mkdir()
    (outbox / NAME).symlink_to(elsewhere)

    with pytest.raises(FileDiffers):
        write_file(FILE, outbox)

    assert (names(outbox), elsewhere.read_bytes()) == ([NAME], before)
