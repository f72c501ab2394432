"""Stop an operation at its k-th statement, commit or rollback: killed, or by an error raised there (L1)."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Engine, event
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

FIRED, NOT_FIRED = 7, 0
SECONDS = 60
POINTS = ("before_cursor_execute", "after_cursor_execute", "commit", "rollback")
FILE_POINTS = ("open", "os.mkdir", "os.remove", "os.rename")


class Mode(Enum):
    """How an operation is stopped."""

    KILLED = "killed"
    DATABASE_FAILS = "the database fails"
    PROCESS_FAILS = "the process fails"


@dataclass(slots=True, kw_only=True)
class Stop:
    """Counts the points an operation passes, and stops it at one of them, once."""

    mode: Mode
    at: int
    passed: int = 0

    def __call__(self, *_told: object) -> None:
        """Pass a point."""
        self.passed += 1
        if self.passed != self.at:
            return
        if self.mode is Mode.KILLED:
            os.kill(os.getpid(), signal.SIGKILL)
        if self.mode is Mode.PROCESS_FAILS:
            raise MemoryError("by the harness")
        raise OperationalError("by the harness", {}, _of_the_driver())

    @property
    def fired(self) -> bool:
        """Whether the operation came as far."""
        return self.passed >= self.at


def _of_the_driver() -> Exception:
    """What a driver says of a connection that is gone, or of a disk that fails: neither knows what came of the work."""
    return psycopg.OperationalError("server closed the connection unexpectedly")


@contextmanager
def stopping(engine: Engine, stop: Stop) -> Iterator[None]:
    """Let `stop` pass every statement and every commit of this engine, before and after, and every rollback."""

    def pass_it(*_told: Any, **_more: Any) -> None:
        stop()

    for point in POINTS:
        event.listen(engine, point, pass_it)
    event.listen(Session, "after_commit", pass_it)
    try:
        yield
    finally:
        event.remove(Session, "after_commit", pass_it)


def stop_at_files(stop: Stop, folder: Path) -> None:
    """Let `stop` pass what is opened, made, removed or renamed in a folder, before it is, until the process ends."""

    def pass_it(told: str, arguments: tuple[Any, ...]) -> None:
        if told in FILE_POINTS and str(arguments[0]).startswith(str(folder)):
            stop()

    sys.addaudithook(pass_it)


def run_in_child(work: Callable[[], Stop]) -> bool:
    """Whether the stop that `work` returns, or dies of, came to pass, in a process of its own that then ends."""
    child = os.fork()
    if child == 0:
        os._exit(_status_of(work))
    _child, status = os.waitpid(child, 0)
    killed = os.WIFSIGNALED(status)
    assert killed or os.WEXITSTATUS(status) in (FIRED, NOT_FIRED), "the child ended as it should"
    return killed or os.WEXITSTATUS(status) == FIRED


def _status_of(work: Callable[[], Stop]) -> int:
    signal.alarm(SECONDS)
    try:
        return FIRED if work().fired else NOT_FIRED
    except BaseException:
        return FIRED
