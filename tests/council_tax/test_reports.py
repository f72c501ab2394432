"""Another system's report is the same exchange as CTR 1: every penny once, on either database, or nothing at all."""

from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import Engine

from ledger.council_tax.answers import TakenIn
from ledger.council_tax.layouts.answer_layouts import shipped_answers
from ledger.council_tax.layouts.answer_reader import as_answer
from ledger.council_tax.layouts.errors import NotOfTheLayout
from ledger.council_tax.queries import batch_file, items_of
from ledger.council_tax.reversing import ask_reversal
from ledger.council_tax.rules import BatchState, Reason
from ledger.store import reading, unit_of_work
from tests.council_tax.test_answers import sound
from tests.council_tax.test_damaged_answers import state_of
from tests.council_tax.town import RULES, account_number, apply, at, available
from tests.revenues.town import Exchange, exchange, household

SUNDAY, MONDAY, TUESDAY = date(2026, 11, 22), date(2026, 11, 23), date(2026, 11, 24)
FIRST, SECOND, THIRD = "20001234", "20004567", "20007890"


def report(sequence: int, total: str, *rows: str) -> bytes:
    """A posting report of these rows."""
    head, tail = f"POSTING REPORT,{sequence:06d},", f"TOTAL,{len(rows)},{total}"
    return "".join(f"{row}\r\n" for row in (head, *rows, tail)).encode()


def row(base: str, rest: str) -> str:
    """A row of the account of this base, posted on Monday where it was posted."""
    return f"{account_number(base)},{rest},"


def taken(made: Exchange, content: bytes, sequence: int, day: date) -> TakenIn:
    """What taking a report in as the answer to a batch did."""
    with reading(made.engine) as session:
        file = batch_file(session, sequence=sequence)
    answer = as_answer(shipped_answers("posting_report_csv"), content, file=file, at=made.at(day, 10).now)
    return made.take(answer, day)


def stands(made: Exchange, resident: UUID) -> tuple[str, int]:
    """How a resident's application stands, and what came back of it."""
    with reading(made.engine) as session:
        found = items_of(session, resident_id=resident)[0]
    return found.state, found.returned


def put_back(made: Exchange, reference: str, amount: int) -> None:
    """An officer asks for an application back."""
    with unit_of_work(made.engine) as session:
        ask_reversal(
            session,
            reference=reference,
            amount=amount,
            reason=Reason.ORGANISER_ERROR,
            why="The session was counted twice.",
            officer_id=made.first,
            rules=RULES,
            occasion=made.at(MONDAY, 12),
        )


def test_what_was_applied_rejected_deferred_and_put_back_is_accounted_for(engine: Engine) -> None:
    made = exchange(engine)
    first = household(made, FIRST)
    reference = apply(engine, first, 2500).reference
    sequence = made.night(SUNDAY)
    posted = report(sequence, "25.00", row(FIRST, "TALLY,25.00,25.00,POSTED,23/11/2026"))
    assert taken(made, posted, sequence, MONDAY).applied == 2500
    put_back(made, reference, 2500)
    second, third = household(made, SECOND), household(made, THIRD)
    for minute, resident in enumerate((second, third)):
        apply(engine, resident, 1250, at(2026, 11, 23, 12, minute))
    sequence = made.night(MONDAY)
    rows = (
        row(THIRD, "TALLY,12.50,,HELD,"),
        row(FIRST, "TALLYREV,-25.00,-25.00,POSTED,24/11/2026"),
        row(SECOND, "TALLY,12.50,,BILLING,"),
    )

    done = taken(made, report(sequence, "-25.00", *rows), sequence, TUESDAY)

    assert (done.lines, done.applied, done.returned, done.again) == (3, 0, 3750, False)
    assert made.view(sequence).state == BatchState.RECONCILED
    assert stands(made, first) == ("clawed_back", 2500)
    assert stands(made, second) == ("deferred", 0)
    assert stands(made, third) == ("refused", 1250)
    assert (available(engine, first), available(engine, second), available(engine, third)) == (4000, 2750, 4000)
    before = state_of(made)
    assert taken(made, report(sequence, "-25.00", *reversed(rows)), sequence, TUESDAY).again
    assert state_of(made) == before
    sound(engine)


@pytest.mark.parametrize(
    ("total", "rows"),
    [
        ("25.00", ("TALLY,25.00,25.00,POSTED,23/11/2026",) * 2),
        ("0.00", ()),
        ("25.01", ("TALLY,25.01,25.01,POSTED,23/11/2026",)),
        ("25.00", ("TALLY,25.00,25.00,LOADED,23/11/2026",)),
        ("5.00", ("TALLY,25.00,5.00,POSTED,23/11/2026",)),
        ("25.00", ("TALLY,25.00,25.00,CAPPED,23/11/2026",)),
        ("0.00", ("TALLYREV,-25.00,,HELD,",)),
        ("0.00", ("TALLY,25.00,,NOTHING TO REVERSE,",)),
        ("24.00", ("TALLY,25.00,25.00,POSTED,23/11/2026",)),
    ],
)
def test_a_report_that_is_not_wholly_right_changes_nothing(engine: Engine, total: str, rows: tuple[str, ...]) -> None:
    made = exchange(engine)
    resident = household(made)
    apply(engine, resident, 2500)
    sequence = made.night(SUNDAY)
    before = state_of(made)

    with pytest.raises(NotOfTheLayout):
        taken(made, report(sequence, total, *(row(FIRST, said) for said in rows)), sequence, MONDAY)

    assert state_of(made) == before
    assert stands(made, resident) == ("sent", 0)
    sound(engine)
