"""Files of the ledger's own: each is absent or complete, and a line is there whole or not at all."""

import json
import resource
from pathlib import Path

import pytest

from ledger.lasting import append_lasting, write_lasting

LINE = json.dumps({"text": "x" * 900}).encode() + b"\n"


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
