"""The file that leaves the building, each system call of its writing failing once: it is absent or complete.

`strace` kills the writer at the k-th call of a kind that touches the folder, or makes that call fail; k = 1, 2, 3 …
until the writer ends by itself. What a kill cannot show, since the page cache outlives the process, is read from the
trace: the bytes are synced before the file has its name, and the folder after it.
"""

import re
import shutil
import subprocess
import sys
from itertools import groupby
from pathlib import Path

import pytest

from tests.harness.file_writer import CONTENT, FILE, NAME
from tests.missing import missing

ROOT = Path(__file__).parents[2]
WRITER = Path(__file__).with_name("file_writer.py")
CALLS = ("openat", "write", "fsync", "rename", "close")
FAULTS = ("signal=KILL", "error=ENOSPC", "error=EIO")
MOST = 12
DONE = f"{NAME}.done"
PATHS = (NAME, f"{NAME}.part", DONE, f"{DONE}.part")

pytestmark = pytest.mark.slow


def traced(folder: Path, *options: str) -> int:
    """Run the writer under strace, which looks at its files and their folder alone; the writer's status."""
    if shutil.which("strace") is None:
        missing("no strace: apt-get install strace")
    paths = [option for path in (folder, *(folder / name for name in PATHS)) for option in ("-P", str(path))]
    command = ["strace", "-f", "-qq", *paths, *options, sys.executable, "-P", str(WRITER), str(folder)]
    environment = {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", "PATH": "/usr/bin:/bin"}
    return subprocess.run(command, env=environment, capture_output=True, timeout=60, check=False).returncode


def final_files(folder: Path) -> dict[str, bytes]:
    """What stands under a final name."""
    return {name: (folder / name).read_bytes() for name in (NAME, DONE) if (folder / name).exists()}


def whole() -> dict[str, bytes]:
    """What stands there once all is written."""
    return {NAME: CONTENT, DONE: f"{FILE.sha256}  {NAME}\n".encode()}


def assert_absent_or_complete(folder: Path) -> None:
    """Each file that has its final name is whole, and none says it is done before the other stands."""
    found = final_files(folder)
    assert found.items() <= whole().items()
    assert NAME in found or DONE not in found


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("call", CALLS)
def test_a_file_is_absent_or_complete_wherever_its_writing_ends(tmp_path: Path, call: str, fault: str) -> None:
    for nth in range(1, MOST + 1):
        folder = tmp_path / str(nth)
        folder.mkdir()
        trace = ("-o", "/dev/null", "-e", f"trace={call}", "-e", f"inject={call}:{fault}:when={nth}")
        status = traced(folder, *trace)
        assert_absent_or_complete(folder)
        if status == 0 and final_files(folder) == whole():
            break
        assert traced(folder, "-o", "/dev/null", "-e", "trace=none") == 0, "the next run needs no hand"
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == whole()
    else:
        pytest.fail(f"the writer never ended by itself in {MOST} runs")
    assert nth > 1, f"{call} was never made to fail"


def test_bytes_are_synced_before_the_name_is_given_and_the_folder_after(tmp_path: Path) -> None:
    folder, trace = tmp_path / "out", tmp_path / "trace"
    folder.mkdir()

    assert traced(folder, "-y", "-o", str(trace), "-e", "trace=fsync,rename,write") == 0

    calls = re.findall(r"\b(fsync|rename|write)\((?:\d+<([^>]*)>|\"([^\"]*)\")", trace.read_text())
    made = [(call, Path(opened or named).name) for call, opened, named in calls]
    assert [one for one, _repeated in groupby(made)] == [*lasting(NAME, folder), *lasting(DONE, folder)]


def lasting(name: str, folder: Path) -> list[tuple[str, str]]:
    """The calls that make a file last."""
    part = f"{name}.part"
    return [("write", part), ("fsync", part), ("rename", part), ("fsync", folder.name)]
