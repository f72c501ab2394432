"""Residents are told that credits end: 60, 30 and 7 days before, each time once."""

import json
from datetime import date, timedelta

import pytest
from sqlalchemy import Engine, select, update

from ledger.field_keys import open_sealed
from ledger.notices.models import Notice
from ledger.people.models import Resident
from ledger.store import reading, run
from ledger.wallets.ending import endings_due, tell_ending
from ledger.wallets.rules import days_told
from tests.council_tax.town import MARCH, apply, at, link, resident_with
from tests.service import KEYS

FIELD_KEYS = (KEYS["TALLYSTICK_FIELD_KEYS"],)
MORNING = at(2027, 1, 30, 1, 30)


def tell_all(engine: Engine, morning: date) -> list[dict[str, str]]:
    """Tell whoever is due on a morning; what they are told."""
    with reading(engine) as session:
        due = endings_due(session, morning=morning)
    for ending in due:
        run(
            engine,
            lambda session, one=ending: tell_ending(session, ending=one, field_keys=FIELD_KEYS, occasion=MORNING),
        )  # type: ignore[misc]  # bound now
    with reading(engine) as session:
        sealed = session.execute(select(Notice.payload).order_by(Notice.id)).scalars().all()
    return [json.loads(open_sealed(payload or b"", FIELD_KEYS)) for payload in sealed]


@pytest.mark.parametrize(
    ("before", "told"), [(61, None), (60, 60), (31, 60), (30, 30), (8, 30), (7, 7), (0, 7), (-1, None)]
)
def test_the_last_telling_that_has_come_is_the_one_that_is_due(before: int, told: int | None) -> None:
    assert days_told(MARCH, morning=MARCH - timedelta(days=before)) == told


def test_a_resident_is_told_what_ends_and_when(engine: Engine) -> None:
    resident = resident_with(engine, (MARCH, 1250), (date(2027, 4, 30), 400))

    (notice,) = tell_all(engine, MARCH - timedelta(days=60))

    assert notice["to"] == f"{resident.hex}@example.org"
    assert notice["subject"] == "Some of your credits end on 31 March 2027"
    assert "You have 12.50 credits that can be used until the end of 31 March 2027." in notice["text"]


def test_each_telling_is_done_once_however_often_it_is_asked_for(engine: Engine) -> None:
    resident_with(engine, (MARCH, 1250))

    for day in range(90, -3, -1):
        tell_all(engine, MARCH - timedelta(days=day))
        tell_all(engine, MARCH - timedelta(days=day))

    assert len(tell_all(engine, MARCH)) == 3


def test_who_was_not_told_in_time_is_told_once(engine: Engine) -> None:
    resident_with(engine, (MARCH, 1250))

    assert len(tell_all(engine, MARCH - timedelta(days=20))) == 1
    assert len(tell_all(engine, MARCH - timedelta(days=19))) == 1


def test_who_was_told_by_another_just_now_is_not_told_again(engine: Engine) -> None:
    resident_with(engine, (MARCH, 1250))
    with reading(engine) as session:
        (ending,) = endings_due(session, morning=MARCH)

    told = [
        run(engine, lambda session: tell_ending(session, ending=ending, field_keys=FIELD_KEYS, occasion=MORNING))
        for _try in range(2)
    ]

    assert told == [True, False]


def test_what_is_set_aside_does_not_end_and_nobody_is_told(engine: Engine) -> None:
    resident = resident_with(engine, (MARCH, 1000))
    link(engine, resident)
    apply(engine, resident, 1000)

    assert tell_all(engine, MARCH) == []


def test_who_left_is_told_nothing(engine: Engine) -> None:
    resident = resident_with(engine, (MARCH, 1000))
    run(
        engine, lambda session: session.execute(update(Resident).where(Resident.id == resident).values(status="closed"))
    )

    assert tell_all(engine, MARCH) == []
