"""A financial year's reductions, month by month: what left, what came back, what the revenues system applied."""

from datetime import UTC, date, datetime

from sqlalchemy import Engine

from ledger.book.accounts import find_account, open_account
from ledger.book.posting import post
from ledger.book.rules import AccountId, Line, Mode, Posting, Unit
from ledger.council_tax.batches import build_batch
from ledger.council_tax.calendar import year_owner
from ledger.council_tax.queries import APPLIED, IN_TRANSIT, reduced_in_year
from ledger.council_tax.year import reduced_by_month
from ledger.store import reading, unit_of_work
from tests.book.town import new_id
from tests.council_tax.town import RULES, SCHEME, apply, at, linked_resident

NOVEMBER, DECEMBER = date(2026, 11, 1), date(2026, 12, 1)
EVENING, NEXT_MORNING = at(2026, 11, 23, 12, 0), at(2026, 11, 24, 1, 30)


def test_what_leaves_is_counted_in_the_month_of_its_night_and_what_is_answered_in_its_own(engine: Engine) -> None:
    resident = linked_resident(engine, 4000)
    apply(engine, resident, 2500, EVENING)
    with unit_of_work(engine) as session:
        build_batch(session, business_date=date(2026, 11, 23), scheme=SCHEME, rules=RULES, occasion=NEXT_MORNING)
    with unit_of_work(engine) as session:
        connection = session.connection()
        in_transit, applied = (account(connection, kind) for kind in (IN_TRANSIT, APPLIED))
        purse = purse_of(connection, resident)
        for debit, credit, amount in ((in_transit, applied, 2000), (in_transit, purse, 500), (applied, purse, 300)):
            move(connection, debit, credit, amount)
    with reading(engine) as session:
        november, december = reduced_by_month(session, day=NOVEMBER)
        total = reduced_in_year(session, day=NOVEMBER)
        until = reduced_by_month(session, day=NOVEMBER, last=date(2026, 11, 30))
    assert (november.month, november.sent, november.returned, november.applied) == (NOVEMBER, 2500, 0, 0)
    assert (december.month, december.sent, december.returned, december.applied) == (DECEMBER, 0, 800, 1700)
    assert november.net + december.net == total == 1700
    assert until == [november]


def test_another_financial_year_is_told_apart(engine: Engine) -> None:
    apply(engine, linked_resident(engine, 4000), 2500, EVENING)
    with unit_of_work(engine) as session:
        build_batch(session, business_date=date(2026, 11, 23), scheme=SCHEME, rules=RULES, occasion=NEXT_MORNING)
    with reading(engine) as session:
        assert reduced_by_month(session, day=date(2027, 4, 1)) == []


def account(connection, kind: str) -> AccountId:
    """The financial year's account of a kind."""
    return open_account(
        connection,
        public_id=new_id(),
        kind=kind,
        unit=Unit.CR,
        owner_id=year_owner(NOVEMBER),
        mode=Mode.ROLLUP,
    )


def purse_of(connection, resident) -> AccountId:
    """The one purse of a linked resident."""
    found = find_account(connection, kind="purse", unit=Unit.CR, owner_id=resident, expires_on=date(2027, 3, 31))
    assert found is not None
    return found


def move(connection, debit: AccountId, credit: AccountId, amount: int) -> None:
    """What an answer of December moves."""
    line = Line(debit=debit, credit=credit, amount=amount)
    when = datetime(2026, 12, 3, 9, 0, tzinfo=UTC)
    post(connection, Posting(id=new_id(), kind="answer", lines=[line], at=when, actor="test"))
