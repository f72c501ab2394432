"""What a financial year's council-tax reductions come to, month by month: for the General Fund and Collection Fund."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, aliased

from ledger.book.models import Account, Transaction, Transfer
from ledger.book.rules import Unit
from ledger.council_tax.calendar import year_owner
from ledger.council_tax.queries import APPLIED, IN_TRANSIT
from ledger.money import Amount


@dataclass(frozen=True, slots=True, kw_only=True)
class ReducedMonth:
    """What one month (its first day) did for a financial year, pence.

    `sent` left purses in nightly files, `returned` came back to them, `applied` is what the revenues system took, less
    what it gave back: what the General Fund owes the Collection Fund (the Collection Fund (Council Tax Reductions)
    (England) Directions 2013).
    """

    month: date
    sent: Amount
    returned: Amount
    applied: Amount

    @property
    def net(self) -> Amount:
        """Sent less returned."""
        return self.sent - self.returned


def reduced_by_month(session: Session, *, day: date, last: date = date.max) -> list[ReducedMonth]:
    """The months that moved reductions of the financial year holding `day`, up to the day `last`, oldest first."""
    source, target = aliased(Account), aliased(Account)
    year = (IN_TRANSIT, APPLIED)
    into, out_of = (
        (account.owner_id == year_owner(day)) & account.kind.in_(year) & (account.unit == Unit.CR)
        for account in (target, source)
    )
    query = (
        select(
            Transaction.effective_on,
            source.kind.label("source"),
            target.kind.label("target"),
            func.sum(Transfer.amount).label("amount"),
        )
        .join(Transfer, Transfer.transaction_id == Transaction.id)
        .join(source, source.id == Transfer.debit_account)
        .join(target, target.id == Transfer.credit_account)
        .where(or_(into, out_of), Transaction.effective_on <= last)
        .group_by(Transaction.effective_on, source.kind, target.kind)
    )
    months: dict[date, list[tuple[str, str, Amount]]] = {}
    for row in session.execute(query):
        moved = (row.source, row.target, int(row.amount))
        months.setdefault(row.effective_on.replace(day=1), []).append(moved)
    return [_month(month, moved) for month, moved in sorted(months.items())]


def _month(month: date, moved: list[tuple[str, str, Amount]]) -> ReducedMonth:
    year = (IN_TRANSIT, APPLIED)
    return ReducedMonth(
        month=month,
        sent=sum(amount for source, target, amount in moved if source not in year and target in year),
        returned=sum(amount for source, target, amount in moved if source in year and target not in year),
        applied=sum(amount * ((target == APPLIED) - (source == APPLIED)) for source, target, amount in moved),
    )
