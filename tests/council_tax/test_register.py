"""The register of files that left: it grows by a line a file, and refuses what it does not remember so (IN-05)."""

from pathlib import Path

import pytest

from ledger.council_tax.errors import SequencePublished
from ledger.council_tax.register import (
    Registered,
    arrivals,
    check_register,
    read_register,
    register,
    register_arrival,
)

FIRST = Registered(sequence=1, sha256="5d" * 32, file_name="CTX_E09000022_P_000001_20261122.csv")
SECOND = Registered(sequence=2, sha256="6e" * 32, file_name="CTX_E09000022_P_000002_20261123.csv")


def test_a_file_is_written_down_once(tmp_path: Path) -> None:
    path = tmp_path / "elsewhere" / "register"
    for one in (FIRST, FIRST, SECOND, FIRST):
        register(path, one)

    assert read_register(path) == [FIRST, SECOND]


def test_a_sequence_leaves_with_one_digest_alone(tmp_path: Path) -> None:
    register(tmp_path / "register", FIRST)

    with pytest.raises(SequencePublished):
        register(tmp_path / "register", Registered(sequence=1, sha256="00" * 32, file_name=FIRST.file_name))


def test_in_05_books_that_do_not_know_what_left_build_nothing(tmp_path: Path) -> None:
    path = tmp_path / "register"
    check_register(path, known=0)
    register(path, FIRST)
    register(path, SECOND)

    check_register(path, known=2)
    with pytest.raises(SequencePublished) as refused:
        check_register(path, known=1)
    assert (refused.value.sequence, refused.value.known) == (2, 1)


def test_a_file_built_in_place_of_one_that_was_sent_back_stands_after_it(tmp_path: Path) -> None:
    path, empty = tmp_path / "register", Registered(sequence=1, sha256="00" * 32, file_name=FIRST.file_name)
    register(path, FIRST)
    register(path, empty, replaces=FIRST.sha256)
    register(path, empty, replaces=FIRST.sha256)
    assert read_register(path) == [FIRST, empty]


def test_what_arrived_is_written_down_once_and_is_no_other_file(tmp_path: Path) -> None:
    path = tmp_path / "register"
    register(path, FIRST)
    for one in (FIRST, FIRST):
        register_arrival(path, one)
    register(path, SECOND)

    assert arrivals(path) == [FIRST]
    assert read_register(path) == [FIRST, SECOND]
