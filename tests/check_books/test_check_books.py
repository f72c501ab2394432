"""The checks find nothing in sound books, and each of its violations by id and by the row that breaks it."""

import re
from datetime import date

import pytest
from sqlalchemy import Engine, select

from ledger.book.models import Account
from ledger.check_books import CHECKS, check_books
from ledger.council_tax.batches import build_batch
from ledger.council_tax.models import CouncilTaxItem
from ledger.store import reading, unit_of_work
from tests.check_books import (
    book_violations,
    correction_violations,
    council_tax_violations,
    decision_violations,
    night_violations,
    town_violations,
)
from tests.check_books.books import Books, Violation
from tests.council_tax.town import MARCH, RULES, SCHEME, apply, at, link, linked_resident, resident_with

VIOLATIONS = (
    book_violations.VIOLATIONS
    + correction_violations.VIOLATIONS
    + council_tax_violations.VIOLATIONS
    + decision_violations.VIOLATIONS
    + night_violations.VIOLATIONS
    + town_violations.VIOLATIONS
)
EARLY, AFTER = at(2026, 11, 23, 12, 0), at(2026, 11, 24, 1, 30)


def sound_books(engine: Engine) -> Books:
    """A resident who earned 40.00, 10.00 of it in a batch, and another with 5.00 held."""
    resident = linked_resident(engine, 4000)
    batched = apply(engine, resident, 1000, EARLY)
    with unit_of_work(engine) as session:
        build_batch(session, business_date=date(2026, 11, 23), scheme=SCHEME, rules=RULES, occasion=AFTER)
    other = resident_with(engine, (MARCH, 3000))
    link(engine, other, "20004567")
    held = apply(engine, other, 500, AFTER)
    with reading(engine) as session:
        return Books(
            resident_id=resident,
            purse=session.execute(select(Account.id).where(Account.owner_id == resident)).scalar_one(),
            batched=batched.item_id,
            held=held.item_id,
            transaction_id=session.execute(
                select(CouncilTaxItem.transaction_id).where(CouncilTaxItem.id == batched.item_id)
            ).scalar_one(),
        )


def test_sound_books_have_no_finding(engine: Engine) -> None:
    sound_books(engine)

    with reading(engine) as session:
        assert check_books(session) == []


def test_empty_books_have_no_finding(engine: Engine) -> None:
    with reading(engine) as session:
        assert check_books(session) == []


@pytest.mark.slow
@pytest.mark.parametrize("violation", VIOLATIONS, ids=lambda violation: violation.__name__)
def test_a_violation_is_found_with_its_id_and_its_row(unguarded: Engine, violation: Violation) -> None:
    books = sound_books(unguarded)
    with unit_of_work(unguarded) as session:
        expected = violation(session, books)

    with reading(unguarded) as session:
        found = {(finding.id, finding.subject) for finding in check_books(session)}

    assert expected in found


def test_every_check_is_shown_to_fail() -> None:
    said = {re.match(r"I-\d\d", check.__doc__ or "").group() for check in CHECKS}  # type: ignore[union-attr]
    shown = {"I-01", "I-02", "I-03", "I-04", "I-05", "I-06", "I-07", "I-08", "I-09", "I-10", "I-13", "I-14"}
    shown |= {"I-15", "I-16"}

    others = {"I-11", "I-23", "I-24", "I-25", "I-26", "I-27", "I-31", "I-32", "I-33", "I-34"}

    assert said == shown | others | {"I-39", "I-40", "I-41", "I-42"}
