"""What officers see of a night: its largest lines, its new accounts, and what the books say of it."""

from datetime import date

from sqlalchemy import Engine

from ledger.council_tax.batch_lines import largest_lines, new_accounts
from ledger.council_tax.batches import build_batch
from ledger.council_tax.queries import batches, captured_total, reduced_in_year
from ledger.store import reading, unit_of_work
from tests.council_tax import town

SUNDAY, MONDAY, TUESDAY = date(2026, 11, 22), date(2026, 11, 23), date(2026, 11, 24)


def night(engine: Engine, business_date: date) -> None:
    """Build one night's batch at half past one on the next day."""
    occasion = town.at(2026, 11, business_date.day + 1, 1, 30)
    with unit_of_work(engine) as session:
        build_batch(session, business_date=business_date, scheme=town.SCHEME, rules=town.RULES, occasion=occasion)


def test_the_books_tell_what_one_night_brought_and_what_the_year(engine: Engine) -> None:
    town.apply(engine, town.linked_resident(engine, 3000, "20001234"), 2500)
    night(engine, SUNDAY)
    town.apply(engine, town.linked_resident(engine, 3000, "20001242"), 1000, town.at(2026, 11, 23, 12, 0))
    night(engine, MONDAY)
    with reading(engine) as session:
        assert [captured_total(session, sequence=number) for number in (1, 2)] == [2500, 1000]
        assert reduced_in_year(session, day=MONDAY) == 3500
        assert reduced_in_year(session, day=date(2027, 4, 1)) == 0


def test_the_largest_lines_come_first_and_an_account_is_new_once(engine: Engine) -> None:
    first = town.linked_resident(engine, 6000, "20001234")
    town.apply(engine, first, 500)
    night(engine, SUNDAY)
    second, third = town.linked_resident(engine, 6000, "20001242"), town.linked_resident(engine, 6000, "20001250")
    for resident, amount in ((second, 1000), (third, 3000)):
        town.apply(engine, resident, amount, town.at(2026, 11, 23, 12, 0))
    night(engine, MONDAY)
    with reading(engine) as session:
        assert [line.amount for line in largest_lines(session, sequence=2, most=10)] == [3000, 1000]
        assert [line.amount for line in largest_lines(session, sequence=2, most=1)] == [3000]
        assert [new_accounts(session, sequence=number) for number in (1, 2)] == [1, 2]


def test_nights_are_listed_newest_first_up_to_the_one_asked_for(engine: Engine) -> None:
    for business_date in (SUNDAY, MONDAY, TUESDAY):
        night(engine, business_date)
    with reading(engine) as session:
        assert [batch.sequence for batch in batches(session)] == [3, 2, 1]
        assert [batch.sequence for batch in batches(session, through=2, most=30)] == [2, 1]
        assert [batch.sequence for batch in batches(session, most=1)] == [3]
