"""Commands that write files, beside books that are `books.db` of the folder, each to be run in a process of its own."""

import os
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

from commands import main
from commands.environment import honest_status
from tests.harness.books_writers import BOOKS
from tests.service import environment

Write = Callable[[Path], None]


def command(*arguments: str) -> Write:
    """Call `tallystick` with these arguments, in which `{}` is the folder; what it said is kept beside the folder."""

    def write(folder: Path) -> None:
        os.environ.update(environment(database_url=f"sqlite:///{folder / BOOKS}", data=folder))
        with _kept_beside(folder):
            main([one.replace("{}", str(folder)) for one in arguments], standalone_mode=False)

    return write


def as_a_command(work: Callable[[Path], object]) -> Write:
    """The same of what a command does, ended as every command is."""

    def write(folder: Path) -> None:
        with _kept_beside(folder), honest_status():
            work(folder)

    return write


def said(folder: Path) -> str:
    """What the last such writer said of why it failed, without the log's lines; nothing where it did not."""
    lines = _beside(folder).read_text(encoding="utf-8").splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith('{"'))


@contextmanager
def _kept_beside(folder: Path) -> Iterator[None]:
    with _beside(folder).open("w", encoding="utf-8") as kept, redirect_stderr(kept), redirect_stdout(StringIO()):
        try:
            yield
        except SystemExit as ended:
            kept.write(f"status {ended.code}\n")
            raise
        except Exception:
            traceback.print_exc(file=kept)
            raise


def _beside(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.said")
