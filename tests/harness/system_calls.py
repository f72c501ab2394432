"""A writer of files, each system call of its writing failing once, or killing it.

`strace` makes the k-th call of a kind that touches the writer's files or their folder fail, or kills the writer there;
k = 1, 2, 3 … until no call was touched.
"""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.missing import missing

ROOT = Path(__file__).parents[2]
CALLS = ("openat", "write", "fsync", "rename")
FAULTS = ("signal=KILL", "error=ENOSPC", "error=EIO")
MOST = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """A module that is run with a writer's name and a folder; `paths` in the folder are those it writes."""

    module: str
    name: str
    paths: tuple[str, ...]

    def run(self, folder: Path, *before: str) -> int:
        """Write into the folder, under the program that is named before; the writer's status."""
        command = [*before, sys.executable, "-P", "-m", self.module, self.name, str(folder)]
        environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}
        return subprocess.run(command, env=environment, capture_output=True, timeout=60, check=False).returncode

    def traced(self, folder: Path, trace: Path, *options: str) -> int:
        """The same under strace, which looks at the writer's files and their folder alone, and writes what it saw."""
        if shutil.which("strace") is None:
            missing("no strace: apt-get install strace")
        seen = (folder, *(folder / path for path in self.paths))
        paths = [option for path in seen for option in ("-P", str(path))]
        return self.run(folder, "strace", "-f", "-qq", "-o", str(trace), *paths, *options)


def interruptions(
    writer: Writer,
    place: Path,
    call: str,
    fault: str,
    *,
    prepare: Callable[[Path], object] = Path.exists,
    step: int = 1,
) -> Iterator[Path]:
    """Folders, each prepared and then written to by a writer whose next call of a kind failed, the last by a whole one.

    `step` is how many calls further the next one is.
    """
    for nth in range(1, MOST * step + 1, step):
        folder, trace = place / str(nth), place / f"{nth}.trace"
        folder.mkdir()
        prepare(folder)
        status = writer.traced(folder, trace, "-e", f"trace={call}", "-e", f"inject={call}:{fault}:when={nth}")
        yield folder
        if status == 0 and "(INJECTED)" not in trace.read_text():
            break
    else:
        pytest.fail(f"the writer never ended by itself in {MOST} runs")
    assert nth > 1, f"{call} was never made to fail"
