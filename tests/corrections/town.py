"""Two officers, what one of them asks for, and what then stands on the books."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Engine

from ledger.book.queries import strict_balances
from ledger.book.rules import Unit
from ledger.check_books import check_books
from ledger.corrections.reversals import ask_reversal
from ledger.people.rules import Permission
from ledger.redemption.queries import takings_balance
from ledger.settings import SchemeRules
from ledger.store import reading, run
from ledger.wallets.queries import PURSE
from tests import factories
from tests.factories import NOON, RULES

WHY = {"reason": "Taken twice by mistake", "evidence": "case 2026-114"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Officers:
    """One who asks and one who decides."""

    maker: UUID
    checker: UUID


def officers(engine: Engine) -> Officers:
    """An officer who may reverse, and one who may approve."""
    return Officers(
        maker=run(engine, lambda session: factories.officer(session, Permission.REVERSE)),
        checker=run(engine, lambda session: factories.officer(session, Permission.APPROVE)),
    )


def ask(
    engine: Engine, transaction_id: UUID, officer_id: UUID, *, rules: SchemeRules = RULES, at: datetime = NOON
) -> str | None:
    """Ask to reverse a transaction."""
    return run(
        engine,
        lambda session: ask_reversal(
            session,
            transaction_id=transaction_id,
            **WHY,
            officer_id=officer_id,
            rules=rules,
            occasion=factories.occasion_at(at),
        ),
    )


def wallet(engine: Engine, resident_id: UUID) -> int:
    """What stands in a resident's purses, minor units."""
    with reading(engine) as session:
        rows = strict_balances(session.connection(), owner_id=resident_id, kind=PURSE, unit=Unit.CR, now=NOON)
    return sum(row.balance for row in rows)


def takings(engine: Engine, merchant_id: UUID) -> int:
    """What stands on a shop's takings, minor units."""
    with reading(engine) as session:
        return takings_balance(session, merchant_id=merchant_id)


def faults(engine: Engine) -> list[str]:
    """What the books' own checks find."""
    with reading(engine) as session:
        return [f"{one.id} {one.subject} {one.message}" for one in check_books(session)]
