"""Draw an amount from an owner's purses by one statement, on PostgreSQL alone: the expressions such a statement is of.

The statement is a unit of work of its own, under READ COMMITTED. It locks the purses in ascending account number, plans
over what the locks returned, soonest to expire first, and writes all or nothing: where the plan fails there is nothing
to undo. A row that was waited for is read again as it stands, so the plan is of what the locks return and of no other
row; rows that came meanwhile are not seen, and the drawing is at worst refused (book.md, One statement for redemption).

A caller builds its statement once: `plan_drawing`, what it claims if the plan is good, `post_drawing` given that claim,
and whatever else must commit with it, such as `requests.keep_answer`. Its values come under the names that `given` has.
No other part of the statement may update a balance: of two updates of one row only one takes effect, silently.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Date,
    FromClause,
    Insert,
    and_,
    bindparam,
    cast,
    exists,
    func,
    insert,
    literal_column,
    select,
    true,
    update,
)
from sqlalchemy.orm import aliased
from sqlalchemy.types import UserDefinedType

from ledger.book.models import Account, Balance, Entry, Transaction, Transfer
from ledger.book.rules import Mode, Status, Unit
from ledger.clock import LONDON
from ledger.tables import WHOLE, Base


@dataclass(frozen=True, slots=True, kw_only=True)
class Purses:
    """Which of an owner's strict accounts are drawn on: those of one kind and unit."""

    kind: str
    unit: Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawingPlan:
    """`shares`: a row for each purse drawn on. `decided`: one row (posted_at, credit) if it may be, or none."""

    shares: CTE
    decided: CTE


class _AsGiven(UserDefinedType[Any]):
    """The type of a value that psycopg hands over as it is: no cast, which would only lengthen the statement."""

    cache_ok = True


def given(name: str) -> ColumnElement[Any]:
    """A value that comes when the statement is executed.

    Its name must be no column of a table that the statement updates: SQLAlchemy would set that column to the value.
    """
    return bindparam(name, type_=_AsGiven())


def always(value: str) -> ColumnElement[Any]:
    """A word of ours that is the same at each execution, and so a part of the statement's text."""
    assert re.fullmatch(r"[A-Za-z_/]*", value), "a word that needs no quoting"
    return literal_column(f"'{value}'")


def plan_drawing(*, owner: ColumnElement[Any], purses: Purses, credited: ColumnElement[bool]) -> DrawingPlan:
    """Lock the owner's purses that are good today and share the amount over them, for the account `credited` names.

    It may be where the shares come to the whole amount, each purse they touch is open, and the account is a rollup of
    the same unit. `posted_at` is the instant given, moved forward to the latest of the purses it draws on.
    """
    shares = _shares(_locked(owner, purses))
    suits = and_(credited, Account.unit == always(purses.unit), Account.mode == always(Mode.ROLLUP))
    recorded = func.greatest(given("at"), func.max(shares.c.posted_at), type_=Transaction.posted_at.type)
    decided = (
        select(recorded.label("posted_at"), Account.id.label("credit"))
        .select_from(shares.join(Account, suits))
        .group_by(Account.id)
        .having(func.sum(shares.c.taken) == given("amount"), func.bool_and(shares.c.status == always(Status.OPEN)))
        .cte("plan")
    )
    return DrawingPlan(shares=shares, decided=decided)


def _locked(owner: ColumnElement[Any], purses: Purses) -> CTE:
    """The purses with something to spend, locked; one that was spent while we waited is left out again."""
    balance, account = aliased(Balance, name="b"), aliased(Account, name="a")
    available = balance.credited - balance.debited - balance.held
    return (
        select(balance.account_id, account.expires_on, balance.posted_at, balance.status, available.label("available"))
        .join(account, account.id == balance.account_id)
        .where(
            account.owner_id == owner,
            account.kind == always(purses.kind),
            account.unit == always(purses.unit),
            account.expires_on >= given("today"),
            available > literal_column("0"),
        )
        .order_by(balance.account_id)
        .with_for_update(of=balance)
        .cte("locked")
    )


def _shares(locked: CTE) -> CTE:
    """How much of the amount each purse bears: what is left of it after the purses that end sooner."""
    purse = locked.alias("l")
    order = (purse.c.expires_on, purse.c.account_id)
    through_it = cast(func.sum(purse.c.available).over(order_by=order), WHOLE)
    ranked = select(
        purse.c.account_id,
        purse.c.posted_at,
        purse.c.status,
        purse.c.available,
        (given("amount") - through_it + purse.c.available).label("rest"),
        func.row_number().over(order_by=order).label("line"),
    ).subquery("r")
    taken = func.least(ranked.c.available, ranked.c.rest, type_=WHOLE).label("taken")
    return (
        select(ranked.c.account_id, ranked.c.posted_at, ranked.c.status, ranked.c.line, taken)
        .where(ranked.c.rest > literal_column("0"))
        .cte("shares")
    )


def post_drawing(plan: DrawingPlan, *, kind: str, claim: CTE) -> tuple[CTE, ...]:
    """Write the planned transaction, of this kind, where `claim` has a row; the first of these returns its `posted_at`.

    The rest hang on it. The rows are those of `posting.post`: transfers and entries in draw order, each balance once.
    """
    posted = _transaction(plan.decided, kind, claim)
    written = _balances(plan.shares, posted)
    moved = written.alias("w")
    return posted, written, _transfers(moved, plan.decided), _entries(moved)


def insert_from(model: type[Base], values: Mapping[Any, ColumnElement[Any]], source: FromClause) -> Insert:
    """An insert of these values, by column, for each row of the source."""
    return insert(model).from_select(list(values), select(*values.values()).select_from(source))


def _transaction(decided: CTE, kind: str, claim: CTE) -> CTE:
    values = {
        Transaction.id: given("transaction_id"),
        Transaction.kind: always(kind),
        Transaction.effective_on: cast(func.timezone(always(LONDON.key), decided.c.posted_at), Date),
        Transaction.posted_at: decided.c.posted_at,
        Transaction.actor: given("actor"),
        Transaction.narrative: always(""),
        Transaction.details: bindparam("details", type_=Transaction.details.type),
    }
    return insert_from(Transaction, values, decided.join(claim, true())).returning(Transaction.posted_at).cte("posted")


def _balances(shares: CTE, posted: CTE) -> CTE:
    return (
        update(Balance)
        .where(Balance.account_id == shares.c.account_id, exists().select_from(posted))
        .values(
            debited=Balance.debited + shares.c.taken,
            version=Balance.version + literal_column("1"),
            posted_at=select(posted.c.posted_at).scalar_subquery(),
        )
        .returning(
            Balance.account_id,
            Balance.version,
            Balance.held,
            shares.c.line,
            shares.c.taken,
            (Balance.credited - Balance.debited).label("balance"),
        )
        .cte("written")
    )


def _transfers(moved: CTE, decided: CTE) -> CTE:
    values = {
        Transfer.transaction_id: given("transaction_id"),
        Transfer.line: moved.c.line,
        Transfer.debit_account: moved.c.account_id,
        Transfer.credit_account: decided.c.credit,
        Transfer.amount: moved.c.taken,
    }
    in_order = select(*values.values()).select_from(moved.join(decided, true())).order_by(moved.c.line)
    return insert(Transfer).from_select(list(values), in_order).cte("moved")


def _entries(moved: CTE) -> CTE:
    values = {
        Entry.account_id: moved.c.account_id,
        Entry.version: moved.c.version,
        Entry.transaction_id: given("transaction_id"),
        Entry.line: moved.c.line,
        Entry.change: -moved.c.taken,
        Entry.balance: moved.c.balance,
        Entry.headroom: moved.c.balance - moved.c.held,
    }
    return insert_from(Entry, values, moved).cte("entered")
