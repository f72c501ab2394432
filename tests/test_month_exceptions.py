"""What a finance officer calls an exception: each kind in the month in which it was, how many, what they come to."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from ledger.corrections.disputes import dispute_as_resident, refuse
from ledger.money import Amount
from ledger.month_exceptions import exceptions_of
from ledger.nightly import BUILDING, STEPS
from ledger.settings import SchemeRules
from ledger.store import reading, unit_of_work
from tests import factories
from tests.corrections.by_two import account_of, adjust, newest, undo
from tests.council_tax.town import MARCH, apply, at, linked_resident, resident_with
from tests.nightly.town import Town
from tests.revenues.town import Exchange, exchange, household

pytestmark = pytest.mark.slow

OCTOBER, NOVEMBER, DECEMBER = date(2026, 10, 1), date(2026, 11, 1), date(2026, 12, 1)
SUNDAY, MONDAY, WEDNESDAY = date(2026, 11, 22), date(2026, 11, 23), date(2026, 11, 25)


def exceptions(engine: Engine, month: date = NOVEMBER) -> Mapping[object, tuple[object, object]]:
    """How many of each kind and what they come to, by name."""
    with reading(engine) as session:
        rows = exceptions_of(session, month=month).rows
    return {name: (number, amount) for name, _words, number, amount in rows}


@pytest.fixture
def made(engine: Engine) -> Exchange:
    """A council whose revenues system has posted nothing yet."""
    return exchange(engine)


def released(made: Exchange, amount: Amount) -> int:
    """The number of a file with one line, released on the Monday: its answer is expected on Tuesday morning."""
    apply(made.engine, household(made), amount)
    return made.night(SUNDAY)


def test_a_month_in_which_all_went_well_has_none(made: Exchange) -> None:
    sequence = released(made, 2_500)
    made.take(made.deliver(sequence), MONDAY)
    assert exceptions(made.engine) == {}


def test_an_answer_is_late_then_overdue_and_of_each_month_in_which_it_was(made: Exchange) -> None:
    released(made, 2_500)
    apply(made.engine, household(made, "20001235"), 600, at(2026, 11, 25, 12, 0))
    second = made.night(WEDNESDAY)
    assert exceptions(made.engine) == {"Answers overdue": (1, 2_500), "Answers late": (1, 600)}
    made.take(made.deliver(1), date(2026, 12, 3))
    made.take(made.deliver(second), date(2026, 12, 3))
    assert exceptions(made.engine) == {"Answers overdue": (1, 2_500), "Answers late": (1, 600)}
    assert exceptions(made.engine, DECEMBER) == {"Answers overdue": (2, 3_100)}
    assert exceptions(made.engine, date(2027, 1, 1)) == {}
    assert exceptions(made.engine, OCTOBER) == {}


def test_files_that_were_refused_whole_or_sent_back(made: Exchange) -> None:
    sequence = released(made, 2_500)
    made.revenues.faults.closed_periods = {str(SUNDAY)}
    made.take(made.deliver(sequence), MONDAY)
    built = made.build(WEDNESDAY)
    made.send_back(built.sequence, date(2026, 11, 26))
    found = exceptions(made.engine)
    assert found["Files refused whole"] == (1, 2_500)
    assert found["Files sent back"] == (1, built.reductions)
    assert built.reductions == 2_500


def test_items_by_what_was_answered_to_them(made: Exchange) -> None:
    well, held, little = "20001234", "20001235", "20001236"
    apply(made.engine, household(made, well), 500)
    apply(made.engine, household(made, held), 600)
    apply(made.engine, household(made, little, liability={2026: 300}), 1_000)
    apply(made.engine, linked_resident(made.engine, 4_000, "20001237"), 1_600)
    made.revenues.accounts[held].suppressed_until = date(2026, 12, 1)
    sequence = made.night(SUNDAY)
    made.take(made.deliver(sequence), MONDAY)
    assert exceptions(made.engine) == {
        "Items refused": (1, 1_600),
        "Items applied in part": (1, 700),
        "Items deferred": (1, 600),
    }


def test_disputes_that_stood_past_their_day(made: Exchange) -> None:
    engine = made.engine
    resident = resident_with(engine, (MARCH, 700))
    rules = replace(SchemeRules(), dispute_working_days=5)
    with unit_of_work(engine) as session:
        reference = dispute_as_resident(
            session,
            transaction_id=newest(engine, "move"),
            resident_id=resident,
            reason="Never mine",
            rules=rules,
            occasion=at(2026, 11, 20, 9, 0),
        )
    assert exceptions(engine) == {"Disputes overdue": (1, 700)}, "it was due on 27 November"
    with unit_of_work(engine) as session:
        refuse(
            session,
            reference=reference,
            answer="It was.",
            officer_id=made.second,
            field_keys=factories.FIELD_KEYS,
            occasion=at(2026, 12, 2, 9, 0),
        )
    assert exceptions(engine) == exceptions(engine, DECEMBER) == {"Disputes overdue": (1, 700)}
    assert exceptions(engine, OCTOBER) == exceptions(engine, date(2027, 1, 1)) == {}


def test_nights_that_failed_and_nights_that_told_somebody_to_look(engine: Engine, tmp_path: Path) -> None:
    town = Town(engine, tmp_path)
    answers = town.settings.data / "council-tax" / "answers"
    answers.mkdir(parents=True)
    (answers / "CTR_E09000022_P_000001_20261123.csv").write_bytes(b"H,CTR\r\n")
    town.run()

    def fail(_tonight: object) -> dict[str, object]:
        raise OSError("by the test")

    town.now += timedelta(days=1)
    with pytest.raises(OSError, match="by the test"):
        town.run(steps=tuple(replace(one, work=fail) if one.name == BUILDING else one for one in STEPS))
    unanswered = {"Answers overdue": (1, 0)}
    assert exceptions(engine) == unanswered | {"Nights with a LOOK": (1, None), "Nights not done": (1, None)}
    town.run()
    unanswered = {"Answers overdue": (2, 0)}
    assert exceptions(engine) == unanswered | {"Nights with a LOOK": (1, None), "Nights run again": (1, None)}


def test_corrections_that_took_two_officers(engine: Engine) -> None:
    noon = factories.NOON
    with unit_of_work(engine) as session:
        organiser = factories.organiser(session).id
        programme = factories.programme(session, budget=1_000)
        factories.allowance(session, programme_id=programme, organiser_id=organiser, amount=900)
        factories.purse(session, resident_id=factories.resident(session), amount=250, at=noon)
    purse, allowance = account_of(engine, "purse", 250), account_of(engine, "allowance", 900)
    back = adjust(engine, purse, allowance, 200, noon)
    undo(engine, back, noon)
    month = noon.date().replace(day=1)
    assert exceptions(engine, month) == {"Reversals by two": (1, 200), "Adjustments by hand": (1, 200)}
