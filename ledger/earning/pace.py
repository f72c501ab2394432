"""When a budget or an allowance runs out, at the pace of the last four weeks."""

from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from ledger.book.models import Account, Transaction, Transfer
from ledger.clock import LONDON
from ledger.earning.models import Activity, ActivitySession, Award
from ledger.earning.rules import ALLOWANCE, BUDGET
from ledger.money import Amount

PACE = timedelta(days=28)
"""The days that ended before today by which a pace is taken."""
FAR = timedelta(days=36_525)


def runs_out_on(left: Amount, *, used: Amount, today: date) -> date | None:
    """The last day on which `left` still lasts, where `used` (both minor units) went in the last 28 days.

    None where nothing was used, since then there is no pace; no later than a hundred years from today.
    """
    if used <= 0:
        return None
    return today + timedelta(days=min(max(left, 0) * PACE.days // used, FAR.days))


def awarded_lately(session: Session, *, today: date) -> dict[tuple[UUID, UUID], Amount]:
    """What was awarded in the 28 days before today, less what was taken back: by programme and organiser."""
    query = (
        select(Activity.programme_id, Award.organiser_id, func.sum(Award.amount - Award.returned).label("amount"))
        .join(ActivitySession, ActivitySession.id == Award.session_id)
        .join(Activity, Activity.id == ActivitySession.activity_id)
        .where(Award.at >= _midnight(today - PACE), Award.at < _midnight(today))
        .group_by(Activity.programme_id, Award.organiser_id)
    )
    return {(row.programme_id, row.organiser_id): int(row.amount) for row in session.execute(query)}


def allotted_lately(session: Session, *, today: date) -> dict[UUID, Amount]:
    """What was allotted in the 28 days before today, less what was taken back: by programme."""
    budget, other = aliased(Account), aliased(Account)
    found: dict[UUID, Amount] = {}
    for sign, mine, theirs in (
        (1, Transfer.debit_account, Transfer.credit_account),
        (-1, Transfer.credit_account, Transfer.debit_account),
    ):
        query = (
            select(budget.owner_id, func.sum(Transfer.amount).label("amount"))
            .join(Transfer, mine == budget.id)
            .join(other, other.id == theirs)
            .join(Transaction, Transaction.id == Transfer.transaction_id)
            .where(budget.kind == BUDGET, other.kind == ALLOWANCE)
            .where(Transaction.effective_on >= today - PACE, Transaction.effective_on < today)
            .group_by(budget.owner_id)
        )
        for row in session.execute(query):
            found[row.owner_id] = found.get(row.owner_id, 0) + sign * int(row.amount)
    return found


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=LONDON)
