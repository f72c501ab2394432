"""A file that is sent back is no longer whole on the disk, wherever the service stops, until the empty one is."""

import os
import signal
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy.event import listen
from sqlalchemy.orm import Session

from ledger.check_books import check_books
from ledger.council_tax.errors import CannotWithdraw
from ledger.council_tax.outgoing import write_batch
from ledger.council_tax.release import send_back_batch
from ledger.council_tax.rules import ItemState
from ledger.errors import InvalidField
from ledger.store import make_engine, reading, unit_of_work
from tests.council_tax.sunday import MONDAY, made, resident, state
from tests.council_tax.town import SCHEME
from tests.revenues.town import NOTHING_ARRIVED, Exchange

__all__ = ["made", "resident"]


def on_disk(folder: Path) -> tuple[bytes, str]:
    """What stands in a folder under the first file's name, and what its `.done` says: "" where there is none."""
    (path,) = folder.glob("*.csv")
    done = path.with_name(f"{path.name}.done")
    return path.read_bytes(), done.read_text() if done.exists() else ""


def written(made: Exchange, folder: Path) -> str:
    """Write the first file as a night does; the SHA-256 of what the books hold."""
    write_batch(made.engine, sequence=1, folder=folder, register_at=folder.parent / "register")
    return made.view(1).sha256


def test_a_file_that_was_sent_back_has_no_done_until_the_empty_one_is_written(
    made: Exchange, resident: UUID, tmp_path: Path
) -> None:
    folder = tmp_path / "files"
    first = written(made, folder)
    assert on_disk(folder)[1].startswith(first)

    made.send_back(1, MONDAY, folder=folder)

    assert on_disk(folder)[1] == ""
    assert written(made, folder) != first
    assert on_disk(folder) == (made.content(1), f"{made.view(1).sha256}  {made.view(1).file_name}\n")


def test_a_refusal_to_send_back_leaves_the_done_where_it_is(made: Exchange, resident: UUID, tmp_path: Path) -> None:
    folder = tmp_path / "files"
    before = written(made, folder)

    with pytest.raises(InvalidField):
        made.send_back(1, MONDAY, reason=" ", folder=folder)

    assert on_disk(folder)[1].startswith(before)


def test_a_done_that_cannot_be_taken_away_keeps_the_file_from_being_sent_back(
    made: Exchange, resident: UUID, tmp_path: Path
) -> None:
    (tmp_path / f"{made.view(1).file_name}.done").mkdir()

    with pytest.raises(CannotWithdraw):
        made.send_back(1, MONDAY, folder=tmp_path)

    assert made.view(1).lines == 1
    assert state(made, resident) == ItemState.BATCHED


def killed(work: Callable[[], object]) -> None:
    """Do this in a process of its own, which ends as a kill ends one: nothing is undone, closed or told."""
    child = os.fork()
    if child == 0:
        work()
        os._exit(1)
    assert os.waitpid(child, 0)[1] == signal.SIGKILL


@pytest.mark.parametrize("before", [True, False])
def test_a_kill_while_a_file_is_sent_back_leaves_no_done_of_a_file_that_was(
    made: Exchange, resident: UUID, tmp_path: Path, before: bool
) -> None:
    """Between the disk and the books the file is not sent back, and the next night says again that it is whole."""
    folder, url = tmp_path / "files", made.engine.url.render_as_string(hide_password=False)
    first = written(made, folder)
    made.engine.dispose()

    def send_back_and_die() -> None:
        mine = replace(made, engine=make_engine(url))
        if before:
            listen(Session, "before_commit", lambda _session: os.kill(os.getpid(), signal.SIGKILL))
        mine.send_back(1, MONDAY, folder=folder)
        os.kill(os.getpid(), signal.SIGKILL)

    killed(send_back_and_die)

    assert on_disk(folder)[1] == ""
    assert made.view(1).lines == (1 if before else 0)
    assert (written(made, folder) == first) == before
    assert on_disk(folder)[1].startswith(made.view(1).sha256)
    with reading(made.engine) as session:
        assert check_books(session) == []


def test_a_night_that_writes_while_a_file_is_sent_back_writes_the_empty_one(
    made: Exchange, resident: UUID, tmp_path: Path
) -> None:
    folder = tmp_path / "files"
    written(made, folder)
    night = threading.Thread(target=written, args=[made, folder])

    with unit_of_work(made.engine) as session:
        send_back_batch(
            session,
            sequence=1,
            officer_id=made.second,
            reason="Line 1 is far too large.",
            scheme=SCHEME,
            register=NOTHING_ARRIVED,
            folder=folder,
            occasion=made.at(MONDAY, 9),
        )
        night.start()
        night.join(timeout=0.5)
        assert night.is_alive()
        assert on_disk(folder)[1] == ""
    night.join()

    assert on_disk(folder)[0] == made.content(1)
    assert made.view(1).lines == 0
