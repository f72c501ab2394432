"""What each month did to each cohort: closed months as they were kept, the others from the transfers."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session, aliased

from ledger.book.models import Account, Transaction, Transfer
from ledger.book.packs import has_pack
from ledger.book.periods import Closing, closings, last_of_month
from ledger.book.rules import Unit
from ledger.money import Amount
from ledger.wallets.cohorts import CohortMonth
from ledger.wallets.models import ClosedCohort
from ledger.wallets.queries import EXPIRED, PURSE

GIVES = ("allowance", "issuance", PURSE)
"""The kinds of account from which purses are filled; a gift's credits leave one purse and fill another."""


def cohort_months(session: Session, *, since: date, unit: Unit = Unit.CR) -> list[CohortMonth]:
    """What moved the purses of each last good day from `since` on, month by month; oldest first.

    Told by where it came from or went: an allowance or issuance gives, `expired` takes what ended, all else is
    redeemed, and taken off that where it came back. Only months that are open are summed from transfers.
    """
    kept = _kept(session)
    first_open = last_of_month(kept[-1].month) if kept else date.min
    found = _closed(session, kept, since, unit)
    found += moved_cohorts(session, after=first_open, since=since, unit=unit)
    return sorted(found, key=lambda one: (one.expires_on, one.month))


def moved_cohorts(
    session: Session, *, after: date, last: date = date.max, since: date = date.min, unit: Unit = Unit.CR
) -> list[CohortMonth]:
    """The same from the transfers alone, of what counts for a day later than `after`, up to the day `last`."""
    purse, other = aliased(Account), aliased(Account)
    rows: dict[tuple[date, date], dict[str, Amount]] = {}
    for into, mine, theirs in (
        (1, Transfer.credit_account, Transfer.debit_account),
        (-1, Transfer.debit_account, Transfer.credit_account),
    ):
        query = (
            select(purse.expires_on, Transaction.effective_on, other.kind, func.sum(Transfer.amount).label("amount"))
            .join(Transfer, mine == purse.id)
            .join(other, other.id == theirs)
            .join(Transaction, Transaction.id == Transfer.transaction_id)
            .where(purse.kind == PURSE, purse.unit == unit, purse.expires_on >= since)
            .where(Transaction.effective_on > after, Transaction.effective_on <= last)
            .group_by(purse.expires_on, Transaction.effective_on, other.kind)
        )
        for row in session.execute(query):
            sums = rows.setdefault((row.expires_on, row.effective_on.replace(day=1)), {})
            sums[row.kind] = sums.get(row.kind, 0) + into * int(row.amount)
    return [_cohort_month(key, sums) for key, sums in sorted(rows.items())]


def keep_cohorts(session: Session, *, closing_id: UUID, months: Sequence[CohortMonth], unit: Unit = Unit.CR) -> None:
    """Keep what a closed month did to each cohort, in the unit of work that keeps its pack."""
    rows = [
        {
            "closing_id": closing_id,
            "unit": unit,
            "expires_on": one.expires_on,
            "awarded": one.awarded,
            "redeemed": one.redeemed,
            "expired": one.expired,
        }
        for one in months
    ]
    if rows:
        session.connection().execute(insert(ClosedCohort), rows)


def _kept(session: Session) -> list[Closing]:
    """The closed months from the first on, oldest first, as far as each has its pack and so its cohorts."""
    found: list[Closing] = []
    connection = session.connection()
    for closing in reversed(closings(connection)):
        if not has_pack(connection, closing_id=closing.id):
            break
        found.append(closing)
    return found


def _closed(session: Session, kept: Sequence[Closing], since: date, unit: Unit) -> list[CohortMonth]:
    months = {closing.id: closing.month for closing in kept}
    query = select(ClosedCohort).where(
        ClosedCohort.closing_id.in_(list(months)), ClosedCohort.unit == unit, ClosedCohort.expires_on >= since
    )
    return [
        CohortMonth(
            expires_on=row.expires_on,
            month=months[row.closing_id],
            awarded=row.awarded,
            redeemed=row.redeemed,
            expired=row.expired,
        )
        for row in session.execute(query).scalars()
    ]


def _cohort_month(key: tuple[date, date], sums: dict[str, Amount]) -> CohortMonth:
    awarded = sum(sums.pop(kind, 0) for kind in GIVES)
    expired = -sums.pop(EXPIRED, 0)
    return CohortMonth(expires_on=key[0], month=key[1], awarded=awarded, redeemed=-sum(sums.values()), expired=expired)
