"""What a programme may ever be funded to: set when it opens, changed by two people, never under what it has."""

from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session, aliased

from ledger.book.balances import lock_in_order
from ledger.book.models import Account, Transfer
from ledger.book.rules import AccountId
from ledger.earning.errors import CeilingPassed
from ledger.earning.models import Programme, ProgrammeCeiling
from ledger.earning.rules import BUDGET, ISSUANCE, PROGRAMME_CEILING, check_text
from ledger.errors import InvalidField, NotFound
from ledger.identifiers import from_text, to_text
from ledger.money import MOST_OF_A_PROGRAMME, Amount
from ledger.occasion import Occasion
from ledger.people import proposals


def ceiling_of(session: Session, *, programme_id: UUID) -> Amount | None:
    """What a programme may be funded to, minor units; None without a ceiling."""
    query = (
        select(ProgrammeCeiling.amount)
        .where(ProgrammeCeiling.programme_id == programme_id)
        .order_by(ProgrammeCeiling.number.desc())
        .limit(1)
    )
    return session.execute(query).scalar_one_or_none()


def funded(session: Session, *, programme_id: UUID) -> Amount:
    """What came into being on a programme's budget, less what was withdrawn, minor units."""
    budget, other = aliased(Account), aliased(Account)
    total = 0
    for sign, mine, theirs in (
        (1, Transfer.credit_account, Transfer.debit_account),
        (-1, Transfer.debit_account, Transfer.credit_account),
    ):
        query = (
            select(func.coalesce(func.sum(Transfer.amount), 0))
            .join(budget, budget.id == mine)
            .join(other, other.id == theirs)
            .where(budget.owner_id == programme_id, budget.kind == BUDGET, other.kind == ISSUANCE)
        )
        total += sign * int(session.execute(query).scalar_one())
    return total


def check_ceiling(session: Session, *, programme_id: UUID, budget: AccountId, amount: Amount) -> None:
    """Refuse to fund a programme past its ceiling; its budget stays locked. Raises CeilingPassed.

    The lock is a statement before the one that sums, so that what is being funded just now is waited for.
    """
    lock_in_order(session.connection(), [budget])
    ceiling = ceiling_of(session, programme_id=programme_id)
    after = funded(session, programme_id=programme_id) + amount
    if ceiling is not None and after > ceiling:
        raise CeilingPassed(ceiling=ceiling, funded=after)


def set_ceiling(
    session: Session, *, programme_id: UUID, amount: Amount, decision_reference: str, occasion: Occasion
) -> None:
    """Set what a programme may be funded to, minor units; the caller has seen to it that two people agreed.

    Raises InvalidField, CeilingPassed where it was funded with more.
    """
    _check_amount(amount)
    query = select(Account.id).where(Account.owner_id == programme_id, Account.kind == BUDGET)
    lock_in_order(session.connection(), list(session.execute(query).scalars()))
    has = funded(session, programme_id=programme_id)
    if has > amount:
        raise CeilingPassed(ceiling=amount, funded=has)
    number = select(func.count()).where(ProgrammeCeiling.programme_id == programme_id)
    row = {
        "programme_id": programme_id,
        "number": session.execute(number).scalar_one() + 1,
        "amount": amount,
        "decision_reference": check_text("decision_reference", decision_reference, most=100),
        "set_at": occasion.now,
        "set_by": occasion.actor,
    }
    session.connection().execute(insert(ProgrammeCeiling), row)


def ask_ceiling(
    session: Session,
    *,
    programme_id: UUID,
    amount: Amount,
    decision_reference: str,
    officer_id: UUID,
    occasion: Occasion,
) -> str:
    """Propose another ceiling of a programme, minor units; the reference of the proposal.

    Raises InvalidField, NotFound, CeilingPassed.
    """
    _check_amount(amount)
    if session.get(Programme, programme_id) is None:
        raise NotFound("programme")
    has = funded(session, programme_id=programme_id)
    if has > amount:
        raise CeilingPassed(ceiling=amount, funded=has)
    content: dict[str, Any] = {
        "programme_id": to_text(programme_id),
        "amount": amount,
        "decision_reference": check_text("decision_reference", decision_reference, most=100),
    }
    proposed = proposals.propose(
        session, kind=PROGRAMME_CEILING, content=content, maker_id=officer_id, occasion=occasion
    )
    return proposed.reference


def approve_ceiling(session: Session, *, proposal_id: UUID, checker_id: UUID, occasion: Occasion) -> None:
    """Approve a proposed ceiling and set it, both or neither.

    Raises NotFound for a proposal of another kind, CeilingPassed, and what `proposals.approve` raises.
    """
    proposed = proposals.proposal_of(session, proposal_id=proposal_id, kind=PROGRAMME_CEILING, called="ceiling")
    proposals.approve(session, proposal_id=proposal_id, checker_id=checker_id, occasion=occasion)
    content = dict(proposed.content)
    proposals.use_proposal(session, proposal_id=proposal_id, kind=PROGRAMME_CEILING, content=content, occasion=occasion)
    programme_id = from_text(content["programme_id"])
    session.execute(select(Programme.id).where(Programme.id == programme_id).with_for_update())
    set_ceiling(
        session,
        programme_id=programme_id,
        amount=content["amount"],
        decision_reference=content["decision_reference"],
        occasion=occasion,
    )


def _check_amount(amount: Amount) -> None:
    if type(amount) is not int or not 1 <= amount <= MOST_OF_A_PROGRAMME:
        raise InvalidField("amount", "must be from 0.01 to 10,000,000.00")
