"""What two officers put right between them, found by kind and balance: adjustments and reversals."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Engine, select

from ledger.book.models import Account, Balance, Transaction
from ledger.corrections.adjustments import approve_adjustment, ask_adjustment
from ledger.corrections.reversals import approve_reversal, ask_reversal
from ledger.people.proposals import proposal_called
from ledger.people.rules import Permission
from ledger.store import reading, unit_of_work
from tests import factories
from tests.corrections.town import WHY
from tests.factories import occasion_at


def account_of(engine: Engine, kind: str, balance: int) -> UUID:
    """The public id of the one account of a kind with this balance."""
    with reading(engine) as session:
        query = select(Account.public_id).join(Balance, Balance.account_id == Account.id)
        stands = Balance.credited - Balance.debited == balance
        return session.execute(query.where(Account.kind == kind, stands)).scalar_one()


def newest(engine: Engine, kind: str) -> UUID:
    """The newest transaction of a kind."""
    with reading(engine) as session:
        query = select(Transaction.id).where(Transaction.kind == kind).order_by(Transaction.posted_at.desc())
        return session.execute(query.limit(1)).scalar_one()


def adjust(engine: Engine, debit: UUID, credit: UUID, amount: int, at: datetime) -> UUID:
    """Two officers adjust; the transaction's id."""
    with unit_of_work(engine) as session:
        occasion = occasion_at(at)
        asked = {"debit": debit, "credit": credit, "amount": amount, "about": None, **WHY}
        maker = factories.officer(session, Permission.REVERSE, occasion=occasion)
        checker = factories.officer(session, Permission.APPROVE, occasion=occasion)
        reference = ask_adjustment(session, **asked, officer_id=maker, occasion=occasion)
        proposal_id = proposal_called(session, reference=reference).id
        return approve_adjustment(session, proposal_id=proposal_id, checker_id=checker, occasion=occasion)


def undo(engine: Engine, transaction_id: UUID, at: datetime) -> None:
    """Two officers reverse a transaction, whatever it is of."""
    none_alone = replace(factories.RULES, reversal_alone=0)
    with unit_of_work(engine) as session:
        occasion = occasion_at(at + timedelta(hours=3))
        maker = factories.officer(session, Permission.REVERSE, occasion=occasion)
        checker = factories.officer(session, Permission.APPROVE, occasion=occasion)
        asked = {"transaction_id": transaction_id, "officer_id": maker, "rules": none_alone, **WHY}
        reference = ask_reversal(session, **asked, occasion=occasion)
        proposal_id = proposal_called(session, reference=reference or "").id
        approve_reversal(session, proposal_id=proposal_id, checker_id=checker, rules=none_alone, occasion=occasion)
