"""Take back what a closed programme still has: its allowances to its budget, its budget to issuance.

These count for the day on which they are posted, on which the programme is closed: on its last day of claims, which a
night's business date is, it was not yet.
"""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, union_all
from sqlalchemy.orm import Session

from ledger.audit.operations import Subject, record_command
from ledger.book.accounts import open_account
from ledger.book.balances import lock_in_order
from ledger.book.models import Account, Balance
from ledger.book.posting import post_many
from ledger.book.rules import AccountId, Line, Mode, Posting, Unit
from ledger.earning.models import Allowance, Programme
from ledger.earning.rules import ALLOWANCE, BUDGET, ISSUANCE, ProgrammeState, state_on
from ledger.identifiers import SCHEME, to_text
from ledger.money import Amount
from ledger.occasion import Occasion

TAKE_BACK, WITHDRAW = "take_back", "withdraw"


def left_when_closed(session: Session, *, day: date) -> dict[UUID, Amount]:
    """What each programme that is closed on a London day still has on its budget and its allowances, minor units.

    By the programme's id; those that have nothing are left out.
    """
    left: dict[UUID, Amount] = {}
    for row in _standing(session, [one.id for one in _closed(session, day=day)]):
        left[row.programme_id] = left.get(row.programme_id, 0) + row.available
    return left


def withdraw_closed(session: Session, *, programme_ids: Collection[UUID], occasion: Occasion) -> Amount:
    """Take back the allowances of these programmes and withdraw their budgets, all or none; the minor units withdrawn.

    One transaction an allowance, one a budget, and a row of the audit for each programme. Of a programme that is not
    closed today, or that has nothing left, nothing is moved.
    """
    closed = {one.id: one for one in _closed(session, day=occasion.today) if one.id in programme_ids}
    connection = session.connection()
    lock_in_order(connection, [row.account_id for row in connection.execute(_accounts(list(closed)))])
    standing = _standing(session, list(closed))
    postings: list[Posting] = []
    for programme_id in sorted({row.programme_id for row in standing}):
        mine = [row for row in standing if row.programme_id == programme_id]
        postings += _postings(session, closed[programme_id], mine, occasion)
        _record(session, programme_id, mine, occasion)
    post_many(connection, postings)
    return sum(row.available for row in standing)


def _closed(session: Session, *, day: date) -> list[Programme]:
    """The programmes that are closed on a London day."""
    rows = session.execute(select(Programme).where(Programme.ends_on < day).order_by(Programme.id)).scalars()
    return [
        row
        for row in rows
        if state_on(ProgrammeState(row.state), ends_on=row.ends_on, today=day) == ProgrammeState.CLOSED
    ]


def _accounts(programme_ids: Collection[UUID]) -> Any:
    """The accounts of these programmes: budgets and allowances; found by their owners, who are few."""
    owners = union_all(
        select(Programme.id).where(Programme.id.in_(programme_ids)),
        select(Allowance.id).where(Allowance.programme_id.in_(programme_ids)),
    )
    return (
        select(
            Account.id.label("account_id"),
            func.coalesce(Allowance.programme_id, Account.owner_id).label("programme_id"),
            Allowance.organiser_id,
            (Balance.credited - Balance.debited - Balance.held).label("available"),
        )
        .join(Balance, Balance.account_id == Account.id)
        .join(Allowance, Allowance.id == Account.owner_id, isouter=True)
        .where(Account.owner_id.in_(owners), Account.kind.in_((BUDGET, ALLOWANCE)), Account.unit == Unit.CR)
        .order_by(Account.id)
    )


def _standing(session: Session, programme_ids: Collection[UUID]) -> list[Any]:
    """Those of these programmes' accounts on which something stands; `organiser_id` is None for a budget."""
    return [row for row in session.connection().execute(_accounts(programme_ids)) if row.available > 0]


def _postings(session: Session, programme: Programme, standing: Sequence[Any], occasion: Occasion) -> list[Posting]:
    """What empties a programme's accounts: each allowance into the budget, then the budget into issuance."""
    budget = _account(session, BUDGET, programme.id, Mode.STRICT, occasion)
    issuance = _account(session, ISSUANCE, SCHEME, Mode.ROLLUP, occasion)
    taken_back = [
        _posting(
            programme,
            kind=TAKE_BACK,
            line=Line(debit=row.account_id, credit=budget, amount=row.available),
            details={"organiser": to_text(row.organiser_id)},
            occasion=occasion,
        )
        for row in standing
        if row.organiser_id is not None
    ]
    everything = Line(debit=budget, credit=issuance, amount=sum(row.available for row in standing))
    return [*taken_back, _posting(programme, kind=WITHDRAW, line=everything, details={}, occasion=occasion)]


def _posting(programme: Programme, *, kind: str, line: Line, details: dict[str, Any], occasion: Occasion) -> Posting:
    return Posting(
        id=occasion.new_id(),
        kind=kind,
        lines=[line],
        at=occasion.now,
        actor=occasion.actor,
        narrative=f"Closed, decision {programme.decision_reference}",
        details={"programme": to_text(programme.id), **details},
        allows_frozen=True,
    )


def _record(session: Session, programme_id: UUID, standing: Sequence[Any], occasion: Occasion) -> None:
    taken_back = sum(row.available for row in standing if row.organiser_id is not None)
    withdrawn = sum(row.available for row in standing)
    record_command(
        session,
        "nightly",
        subject=Subject(kind="programme", id=to_text(programme_id)),
        details={"taken_back": taken_back, "withdrawn": withdrawn},
        occasion=occasion,
    )


def _account(session: Session, kind: str, owner_id: UUID, mode: Mode, occasion: Occasion) -> AccountId:
    return open_account(
        session.connection(), public_id=occasion.new_id(), kind=kind, unit=Unit.CR, owner_id=owner_id, mode=mode
    )
