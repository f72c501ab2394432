"""A small town for tests of council tax: residents with purses, links to accounts, the rules and the scheme."""

import random
from datetime import UTC, date, datetime
from uuid import UUID

from sqlalchemy import Engine, update

from ledger.book.models import Account, Balance
from ledger.council_tax.operations import Applied, apply_credits, link_account
from ledger.council_tax.references import check_character
from ledger.council_tax.rules import LinkRole
from ledger.money import Amount
from ledger.occasion import Occasion
from ledger.people.models import Resident
from ledger.settings import AccountFormat, Scheme, SchemeRules
from ledger.store import reading, unit_of_work
from ledger.wallets.operations import open_purse
from ledger.wallets.queries import wallet_of
from tests.book.town import new_id, open_rollup, pay
from tests.council_tax.decided import decide
from tests.days import noon

RULES = SchemeRules()
FORMAT = AccountFormat(regex="[0-9]{8}[0-9X]", check="mod11:8765432")
SCHEME = Scheme(
    name="Lambeth Credits",
    code="LCC",
    authority="E09000022",
    environment="P",
    phone="020 7946 0123",
    desk_hours="Monday to Friday, 9am to 5pm",
    colour="#4a1d4f",
    hover_colour="#331237",
)
JANUARY, MARCH = date(2027, 1, 31), date(2027, 3, 31)
_source = random.Random(1992)


def at(*moment: int) -> Occasion:
    """An occasion at this instant of UTC: year, month, day, hour, minute, second."""
    return Occasion(now=datetime(*moment, tzinfo=UTC), actor="test", token_bytes=_source.randbytes)


NOON = at(2026, 11, 22, 12, 0)


def account_number(base: str = "20001234") -> str:
    """An account reference of this base with the check digit it must have."""
    return base + check_character(base, FORMAT)


def resident_with(engine: Engine, *purses: tuple[date, Amount]) -> UUID:
    """A resident who has these amounts, by last good day."""
    resident_id = new_id()
    with unit_of_work(engine) as session:
        session.add(
            Resident(
                id=resident_id,
                name="Ama Mensah",
                email=f"{resident_id.hex}@example.org",
                postcode=None,
                joined_at=NOON.now,
                status="open",
            )
        )
        session.flush()
        for expires_on, amount in purses:
            purse = open_purse(session, resident_id=resident_id, expires_on=expires_on, occasion=NOON)
            pay(session.connection(), open_rollup(session.connection()), purse, amount, at=NOON.now)
    return resident_id


def link(
    engine: Engine,
    resident_id: UUID,
    base: str = "20001234",
    role: LinkRole = LinkRole.LIABLE,
    occasion: Occasion = NOON,
    uprn: str | None = None,
) -> UUID:
    """Link a resident to the account of this base, in a town whose council has decided."""
    with unit_of_work(engine) as session:
        decide(session, occasion=occasion)
        return link_account(
            session,
            resident_id=resident_id,
            reference_text=account_number(base),
            role=role,
            uprn=uprn,
            account_format=FORMAT,
            occasion=occasion,
        )


def apply(engine: Engine, resident_id: UUID, amount: Amount, occasion: Occasion = NOON) -> Applied:
    """Apply credits in a unit of work of its own."""
    with unit_of_work(engine) as session:
        return apply_credits(session, resident_id=resident_id, amount=amount, rules=RULES, occasion=occasion)


def linked_resident(engine: Engine, amount: Amount, base: str = "20001234") -> UUID:
    """A resident with one purse and a link, ready to apply."""
    resident_id = resident_with(engine, (MARCH, amount))
    link(engine, resident_id, base)
    return resident_id


def available(engine: Engine, resident_id: UUID, today: date = date(2026, 11, 22)) -> Amount:
    """What the resident may spend."""
    with reading(engine) as session:
        return wallet_of(session, resident_id=resident_id, now=noon(today)).available


def held(engine: Engine, resident_id: UUID, today: date = date(2026, 11, 22)) -> Amount:
    """What is set aside of the resident's purses."""
    with reading(engine) as session:
        return wallet_of(session, resident_id=resident_id, now=noon(today)).held


def freeze_purses(engine: Engine, resident_id: UUID) -> None:
    """Freeze every purse of a resident."""
    purses = Account.__table__.select().with_only_columns(Account.id).where(Account.owner_id == resident_id)
    with unit_of_work(engine) as session:
        session.execute(update(Balance).where(Balance.account_id.in_(purses)).values(status="frozen"))
