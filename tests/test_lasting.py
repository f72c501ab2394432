"""Files of the ledger's own: each is absent or complete, and a line is there whole or not at all."""

import json
import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ledger.keys import KEY_SETTINGS, KeyExists, new_keys
from ledger.lasting import append_lasting, write_lasting
from tests.missing import missing

ROOT = Path(__file__).parents[1]
CALLS = ("openat", "write", "fsync", "rename")
FAULTS = ("signal=KILL", "error=ENOSPC", "error=EIO")
MOST = 20
LINE = json.dumps({"text": "x" * 900}).encode() + b"\n"

DRAW_KEYS = """
import sys
from pathlib import Path
from ledger.keys import new_keys
new_keys(Path(sys.argv[1]), lambda count: bytes(count))
"""
APPEND_LINES = """
import sys
from pathlib import Path
from ledger.lasting import append_lasting
for number in range(3):
    append_lasting(Path(sys.argv[1], "outbox.jsonl"), b'{"number": %d}\\n' % number)
"""


def run(program: str, folder: Path, *before: str) -> int:
    """The status of a program that writes into a folder, under another that is named before it."""
    command = [*before, sys.executable, "-P", "-c", program, str(folder)]
    environment = {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", "PATH": "/usr/bin:/bin"}
    return subprocess.run(command, env=environment, capture_output=True, timeout=60, check=False).returncode


def interrupted(program: str, folder: Path, names: list[str], call: str, fault: str, nth: int) -> int:
    """The same under strace, which fails the n-th call of a kind that touches these files or their folder."""
    if shutil.which("strace") is None:
        missing("no strace: apt-get install strace")
    paths = [option for path in (folder, *(folder / name for name in names)) for option in ("-P", str(path))]
    inject = ("-e", f"trace={call}", "-e", f"inject={call}:{fault}:when={nth}")
    return run(program, folder, "strace", "-f", "-qq", "-o", "/dev/null", *paths, *inject)


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("call", CALLS)
def test_a_key_is_absent_or_complete_wherever_its_drawing_ends(tmp_path: Path, call: str, fault: str) -> None:
    names = list(KEY_SETTINGS.values())
    for nth in range(1, MOST + 1):
        folder = tmp_path / str(nth)
        folder.mkdir()
        status = interrupted(DRAW_KEYS, folder, [*names, *(f"{name}.part" for name in names)], call, fault, nth)
        drawn = {name: (folder / name).read_bytes() for name in names if (folder / name).exists()}
        assert all(len(key) in (45, 65) and key.endswith(b"\n") for key in drawn.values())
        if status == 0:
            assert set(drawn) == set(names)
            break
        if drawn:
            with pytest.raises(KeyExists):
                new_keys(folder, os.urandom)
        else:
            assert set(new_keys(folder, os.urandom)) == {f"{setting}_FILE" for setting in KEY_SETTINGS}
    assert 1 < nth < MOST


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("call", ["openat", "write", "fsync"])
def test_a_line_is_there_whole_or_not_at_all(tmp_path: Path, call: str, fault: str) -> None:
    for nth in range(1, MOST + 1):
        folder = tmp_path / str(nth)
        folder.mkdir()
        status = interrupted(APPEND_LINES, folder, ["outbox.jsonl"], call, fault, nth)
        assert run(APPEND_LINES, folder) == 0, "the next run needs no hand"
        numbers = [json.loads(line)["number"] for line in (folder / "outbox.jsonl").read_text().splitlines()]
        assert numbers[-3:] == [0, 1, 2]
        assert numbers[:-3] == [0, 1, 2][: len(numbers) - 3]
        if status == 0:
            break
    assert 1 < nth < MOST


def test_a_line_that_the_disk_takes_half_of_is_taken_back(tmp_path: Path) -> None:
    """The write comes back short, and the next one fails."""
    path = tmp_path / "outbox.jsonl"
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(1.5 * len(LINE)), hard))
    try:
        append_lasting(path, LINE)
        with pytest.raises(OSError, match="too large"):
            append_lasting(path, LINE)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.read_bytes() == LINE
    append_lasting(path, LINE)
    assert path.read_bytes() == 2 * LINE


def test_a_file_replaces_what_stood_there_and_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.with_name("file.part").write_bytes(b"left by an earlier run")
    for content in (b"one", b"another"):
        write_lasting(path, content)
        assert path.read_bytes() == content
    assert [(entry.name, entry.stat().st_mode & 0o777) for entry in tmp_path.iterdir()] == [("file", 0o600)]
