"""A rule that the environment holds otherwise than before is audited, once, with what it was and what it is."""

from dataclasses import replace
from datetime import date, timedelta

from sqlalchemy import Engine, select

from ledger.audit.models import AuditRow
from ledger.scheme.environment import Moved, compare_environment
from ledger.settings import SchemeRules
from ledger.store import reading, unit_of_work
from tests.factories import NOON, occasion_at

USUAL = SchemeRules()
LOWER = replace(USUAL, redemption_limit=1500, council_tax_paused=True)
SUNDAY, MONDAY = date(2026, 11, 22), date(2026, 11, 23)
LOWERED = [
    Moved(variable="TALLYSTICK_REDEMPTION_LIMIT", was="20.00", now="15.00"),
    Moved(variable="TALLYSTICK_COUNCIL_TAX_PAUSED", was="no", now="yes"),
]


def compared(engine: Engine, rules: SchemeRules, day: date) -> list[Moved]:
    """What a night is told."""
    occasion = occasion_at(NOON + (day - SUNDAY))
    with unit_of_work(engine) as session:
        return compare_environment(session, rules=rules, business_date=day, occasion=occasion)


def audited(engine: Engine) -> list[list[Moved]]:
    """What each row of the audit says of the environment, the oldest first."""
    with reading(engine) as session:
        query = select(AuditRow.details).where(AuditRow.subject_kind == "environment").order_by(AuditRow.id)
        return [[Moved(**one) for one in row["moved"]] for row in session.execute(query).scalars()]


def test_the_first_night_writes_down_what_the_environment_says_and_a_like_one_nothing(engine: Engine) -> None:
    assert compared(engine, USUAL, SUNDAY) == []
    assert compared(engine, USUAL, MONDAY) == []
    assert audited(engine) == [[]]


def test_a_changed_value_is_audited_once_with_old_and_new(engine: Engine) -> None:
    compared(engine, USUAL, SUNDAY)
    assert compared(engine, LOWER, MONDAY) == LOWERED
    assert compared(engine, LOWER, MONDAY) == LOWERED, "a night that was killed after it tells the same again"
    assert compared(engine, LOWER, MONDAY + timedelta(days=1)) == []
    assert audited(engine) == [[], LOWERED]


def test_a_value_that_goes_back_is_a_change_too(engine: Engine) -> None:
    compared(engine, LOWER, SUNDAY)
    back = compared(engine, USUAL, MONDAY)
    assert back == [replace(one, was=one.now, now=one.was) for one in LOWERED]
