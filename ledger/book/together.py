"""Decide many postings by a few statements where all of them may be: versions and running balances by window functions.

What is plain is what nothing can refuse but an amount, a status or an account: postings of one instant that ask for no
floor, and what they take of holds is whole. Where any would be refused, nobody is told which here: they are decided one
by one, by the rules.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    CTE,
    Column,
    ColumnElement,
    FromClause,
    MetaData,
    Select,
    Subquery,
    Table,
    and_,
    cast,
    func,
    literal,
    literal_column,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.engine import Connection

from ledger.book.deciding import Posted
from ledger.book.errors import PostingMalformed
from ledger.book.models import Account, Balance
from ledger.book.rules import AccountId, Mode, Posting, Status, check_posting
from ledger.money import MOST_IN_ONE_TRANSFER, Amount
from ledger.staging import staged
from ledger.tables import WHOLE, Identity, Instant, table_of

_LINES = Table(
    "posting_lines",
    MetaData(),
    Column("item", WHOLE),
    Column("line", WHOLE),
    Column("transaction_id", Identity()),
    Column("debit_account", WHOLE),
    Column("credit_account", WHOLE),
    Column("amount", WHOLE),
    Column("freed", WHOLE),
)
"""The lines of many postings in order: `item` is the place of its posting, `freed` what was held of the line."""
_BALANCES = table_of(Balance)


def are_plain(postings: Sequence[Posting]) -> bool:
    """Whether these may be decided together at all, before the database is asked."""
    at = postings[0].at
    try:
        for posting in postings:
            check_posting(posting)
    except PostingMalformed:
        return False
    return all(one.at == at and not one.captured and not one.floors for one in postings)


def stage_lines(connection: Connection, postings: Sequence[Posting]) -> FromClause:
    """The lines of postings as something to select from, until others are staged."""
    lines = [
        (item, number, one.id, line) for item, one in enumerate(postings) for number, line in enumerate(one.lines, 1)
    ]
    columns: dict[str, Sequence[Any]] = {
        "item": [item for item, _number, _id, _line in lines],
        "line": [number for _item, number, _id, _line in lines],
        "transaction_id": [id_ for _item, _number, id_, _line in lines],
        "debit_account": [line.debit for *_, line in lines],
        "credit_account": [line.credit for *_, line in lines],
        "amount": [line.amount for *_, line in lines],
        "freed": [0] * len(lines),
    }
    return staged(connection, _LINES, columns)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What lines come to, over balances that are locked and do not have them yet.

    `good` has a row where none may be refused; then `outcomes` has one for each side on a strict account, in order, or
    one of nulls where there is none. `entries` are what each side leads to, `changes` what each balance row gets,
    `ends` the ends of the holds that the lines free.
    """

    lines: CTE
    good: CTE
    outcomes: Select[Any]
    entries: CTE
    changes: Subquery
    ends: FromClause | None


def plan_together(
    lines: FromClause, at: datetime, *, unfit: Select[Any] | None = None, ends: FromClause | None = None
) -> Plan:
    """The plan of lines, to be recorded at one instant; not good where there is any row of `unfit`."""
    named = select(lines).cte("lines")
    moves = _moves(named)
    against = [_odd(named), _refused(moves, at), *([] if unfit is None else [unfit])]
    good: Select[Any] = select(literal_column("1").label("good")).where(*(~rows.exists() for rows in against))
    gate = good.cte("good")
    columns = (moves.c.item, moves.c.account_id, moves.c.balance)
    outcomes = select(*columns).select_from(gate.outerjoin(moves, true()))
    return Plan(
        lines=named,
        good=gate,
        outcomes=outcomes.order_by(moves.c.item, moves.c.line, moves.c.side),
        entries=moves,
        changes=_changes(named, at),
        ends=ends,
    )


def read_outcomes(postings: Sequence[Posting], outcomes: Sequence[Any]) -> list[Posted] | None:
    """What `post` would return for each, of the rows of a plan's outcomes; None where there are none."""
    if not outcomes:
        return None
    balances: list[dict[AccountId, Amount]] = [{} for _posting in postings]
    for item, account_id, balance in outcomes:
        if item is not None:
            balances[item][account_id] = balance
    return [
        Posted(id=posting.id, posted_at=posting.at, balances=left)
        for posting, left in zip(postings, balances, strict=True)
    ]


def _changes(lines: FromClause, at: datetime) -> Subquery:
    """By account, what lines add to its balance row, and the `posted_at` it then has."""
    sides = _sides(lines)
    credited, debited = (
        cast(func.coalesce(func.sum(sides.c.amount).filter(sides.c.side == side), 0), WHOLE)
        for side in (_CREDIT, _DEBIT)
    )
    return (
        select(
            sides.c.account_id,
            credited.label("credited"),
            debited.label("debited"),
            cast(func.sum(sides.c.freed), WHOLE).label("freed"),
            func.count().label("version"),
            literal(at, Instant()).label("posted_at"),
        )
        .group_by(sides.c.account_id)
        .subquery("changes")
    )


_DEBIT, _CREDIT = literal_column("0", WHOLE), literal_column("1", WHOLE)
_NOTHING = literal_column("0", WHOLE)


def _sides(lines: FromClause) -> Subquery:
    """Both sides of each line, the account debited first, as `run_lines` takes them."""
    line = lines.c
    both = (
        (_DEBIT, line.debit_account, -line.amount, line.freed),
        (_CREDIT, line.credit_account, line.amount, _NOTHING),
    )
    kept = (line.item, line.line, line.transaction_id, line.amount)
    halves = [
        select(*kept, side.label("side"), account.label("account_id"), change.label("change"), freed.label("freed"))
        for side, account, change, freed in both
    ]
    return union_all(*halves).subquery("sides")


def _moves(lines: FromClause) -> CTE:
    """Each side on a strict account with the version, the balance and the headroom it leads to."""
    sides = _sides(lines)
    before = _BALANCES.c.credited - _BALANCES.c.debited
    window: dict[str, Any] = {
        "partition_by": sides.c.account_id,
        "order_by": (sides.c.item, sides.c.line, sides.c.side),
    }
    balance, freed = (
        start + cast(func.sum(moved).over(**window, rows=(None, 0)), WHOLE)
        for start, moved in ((before, sides.c.change), (-_BALANCES.c.held, sides.c.freed))
    )
    return (
        select(
            sides,
            (_BALANCES.c.version + func.row_number().over(**window)).label("version"),
            balance.label("balance"),
            (balance + freed).label("headroom"),
            _BALANCES.c.status,
            _BALANCES.c.posted_at,
        )
        .join(_BALANCES, _BALANCES.c.account_id == sides.c.account_id)
        .cte("moves")
    )


def _refused(moves: FromClause, at: datetime) -> Select[Any]:
    """The sides that the rules might refuse, or would record at a later instant."""
    may_not_be = or_(
        and_(moves.c.change < 0, moves.c.headroom < 0),
        moves.c.balance > MOST_IN_ONE_TRANSFER,
        and_(moves.c.status != Status.OPEN, moves.c.freed == 0),
        moves.c.status == Status.CLOSED,
        moves.c.posted_at > at,
    )
    return select(moves.c.item).where(may_not_be)


def _odd(lines: FromClause) -> Select[Any]:
    """The lines that name accounts of two units, one that is not there, or a strict one that has no balance row."""
    debited, credited = (table_of(Account).alias(name) for name in ("debited", "credited"))
    sides = (debited.c.id == lines.c.debit_account, credited.c.id == lines.c.credit_account)
    known = lines.outerjoin(debited, sides[0]).outerjoin(credited, sides[1])
    lacking = [_lacks_balance(account) for account in (debited, credited)]
    odd = or_(debited.c.id.is_(None), credited.c.id.is_(None), debited.c.unit != credited.c.unit, *lacking)
    return select(lines.c.item).select_from(known).where(odd)


def _lacks_balance(account: FromClause) -> ColumnElement[bool]:
    has = select(_BALANCES.c.account_id).where(_BALANCES.c.account_id == account.c.id).exists()
    return and_(account.c.mode == Mode.STRICT, ~has)
