"""A writer of files, each system call of its writing failing once, or killing it.

`strace` makes the k-th call of a kind that touches the writer's files or their folder fail, or kills the writer there;
k = 1, 2, 3 … until no call was touched.
"""

import ctypes
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.missing import missing

CALLS = ("openat", "write", "fsync", "rename")
FAULTS = ("signal=KILL", "error=ENOSPC", "error=EIO")
MOST, SECONDS = 500, 60
WHOLE, FAILED = 0, 1
LET_ANYBODY_TRACE = (0x59616D61, -1)  # PR_SET_PTRACER, PR_SET_PTRACER_ANY: prctl(2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """What writes into a folder, in a process of its own; `paths` in the folder are those it writes."""

    write: Callable[[Path], object]
    paths: tuple[str, ...]

    def run(self, folder: Path) -> int:
        """Write into the folder; how the writer ended: 0, or its status, or minus the signal that killed it."""
        child, go = self._waiting(folder)
        os.close(go)
        return _end_of(child)

    def traced(self, folder: Path, trace: Path, *options: str) -> int:
        """The same under strace, which looks at the writer's files and their folder alone, and writes what it saw."""
        if shutil.which("strace") is None:
            missing("no strace: apt-get install strace")
        seen = (folder, *(folder / path for path in self.paths))
        paths = [option for path in seen for option in ("-P", str(path))]
        child, go = self._waiting(folder)
        with subprocess.Popen(["strace", "-f", "-qq", "-o", str(trace), *paths, *options, "-p", str(child)]) as strace:
            _wait_until_traced(child, strace)
            os.close(go)
            return _end_of(child)

    def _waiting(self, folder: Path) -> tuple[int, int]:
        """A child of this process, which writes as soon as the other end of its pipe, the second, is closed."""
        wait, go = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(go)
            os._exit(self._written(folder, wait))
        os.close(wait)
        return child, go

    def _written(self, folder: Path, wait: int) -> int:
        signal.alarm(SECONDS)
        try:
            ctypes.CDLL(None).prctl(*LET_ANYBODY_TRACE)
            os.read(wait, 1)
            self.write(folder)
        except BaseException:
            return FAILED
        return WHOLE


def _end_of(child: int) -> int:
    _child, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def _wait_until_traced(child: int, strace: subprocess.Popen[bytes]) -> None:
    status = Path(f"/proc/{child}/status")
    while "TracerPid:\t0\n" in status.read_text():
        assert strace.poll() is None, "strace may not trace here"
        time.sleep(0.001)


def interruptions(
    writer: Writer,
    place: Path,
    call: str,
    fault: str,
    *,
    prepare: Callable[[Path], object] = Path.exists,
) -> Iterator[Path]:
    """Folders, each prepared and written to by a writer whose next call of a kind failed, the last by a whole one."""
    for nth in range(1, MOST + 1):
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
