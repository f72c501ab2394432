"""The checks find nothing in sound books, and each of its violations by id and by the row that breaks it."""

import re

from sqlalchemy import Engine

from ledger.check_books import CHECKS, check_books
from ledger.store import reading
from tests.check_books.sound import sound_books


def test_sound_books_have_no_finding(engine: Engine) -> None:
    sound_books(engine)

    with reading(engine) as session:
        assert check_books(session) == []


def test_empty_books_have_no_finding(engine: Engine) -> None:
    with reading(engine) as session:
        assert check_books(session) == []


def test_every_check_is_shown_to_fail() -> None:
    said = {re.match(r"I-\d\d", check.__doc__ or "").group() for check in CHECKS}  # type: ignore[union-attr]
    shown = {"I-01", "I-02", "I-03", "I-04", "I-05", "I-06", "I-07", "I-08", "I-09", "I-10", "I-13", "I-14"}
    shown |= {"I-15", "I-16"}

    others = {"I-11", "I-23", "I-24", "I-25", "I-26", "I-27", "I-31", "I-32", "I-33", "I-34"}

    assert said == shown | others | {"I-39", "I-40", "I-41", "I-42"}
