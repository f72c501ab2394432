"""The folder of files full at every byte: a file is absent or complete, and the next run needs no hand (BT-08)."""

import errno
import json
import os
import resource
import signal
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from ledger.council_tax.files import write_file
from ledger.council_tax.views import BatchFile
from ledger.notices import backends
from ledger.notices.backends import Outgoing
from tests.harness.file_writers import NAME

CONTENT = b"".join(b"D,%06d,RED\r\n" % line for line in range(20))
FILE = BatchFile(name=NAME, content=CONTENT, sha256="5d" * 32)
NOTICE = Outgoing(
    id=UUID(int=5),
    topic="credits_end",
    at=datetime(2026, 11, 23, 1, 30, tzinfo=UTC),
    to="ama@example.org",
    subject="Some of your credits end on 31 March 2027",
    text="You have 12.50 credits that can be used until the end of 31 March 2027.",
)


def with_room_for(size: int, work: Callable[[], object]) -> int:
    """Do this in a process that may write no file longer than `size`; the number of the error, 0 where it was done."""
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
        try:
            work()
        except OSError as error:
            os._exit(error.errno or 255)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def final(folder: Path) -> dict[str, bytes]:
    """What stands under a final name."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix != ".part"}


@pytest.mark.slow
def test_bt_08_a_file_is_absent_or_complete_wherever_the_folder_is_full(tmp_path: Path) -> None:
    whole = {NAME: CONTENT, f"{NAME}.done": f"{FILE.sha256}  {NAME}\n".encode()}
    for size in range(len(CONTENT) + 1):
        folder = tmp_path / str(size)
        failed = with_room_for(size, lambda into=folder: write_file(FILE, into))  # type: ignore[misc]  # bound now
        assert failed == (errno.EFBIG if size < len(CONTENT) else 0)
        assert final(folder).items() <= whole.items()
        write_file(FILE, folder)
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == whole


@pytest.mark.slow
def test_bt_08_a_notice_is_written_whole_or_not_at_all_wherever_its_outbox_is_full(tmp_path: Path) -> None:
    path = tmp_path / "outbox.jsonl"
    write = backends.file(path)
    write(NOTICE)
    one = path.stat().st_size
    for size in range(one, 2 * one + 1):
        failed = with_room_for(size, lambda: write(NOTICE))
        assert failed == (errno.EFBIG if size < 2 * one else 0)
    lines = path.read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["to"] for line in lines] == [NOTICE.to] * 2
