"""Sound books, with something of everything in them."""

from datetime import date

from sqlalchemy import Engine, select

from ledger.book.models import Account
from ledger.council_tax.batches import build_batch
from ledger.council_tax.models import CouncilTaxItem
from ledger.store import reading, unit_of_work
from tests.check_books.books import Books
from tests.council_tax.town import MARCH, RULES, SCHEME, apply, at, link, linked_resident, resident_with

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
