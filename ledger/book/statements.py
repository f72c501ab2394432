"""The statement of one account, page by page: each line with the balance after it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, exists, func, or_, select
from sqlalchemy.engine import Connection

from ledger.book.errors import UnknownAccount
from ledger.book.models import Account, Entry, Transaction, Transfer
from ledger.book.rollups import rollup_total, transfers_total
from ledger.book.rules import AccountId, Mode
from ledger.errors import NotFound
from ledger.money import Amount

PAGE_SIZE = 50
MOST_ON_A_PAGE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class PageLine:
    """One line of a statement, minor units. `position` is a strict account's version, a rollup account's `seq`."""

    position: int
    transaction_id: UUID
    kind: str
    posted_at: datetime
    effective_on: date
    narrative: str
    change: Amount
    balance: Amount


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementPage:
    """Lines, newest first, and the cursors of the pages beside it; None where there is nothing further, as yet."""

    lines: tuple[PageLine, ...]
    earlier: str | None
    later: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Start:
    """Where a page begins: beside a position, on its earlier or its later side."""

    position: int
    later: bool


def statement_page(
    connection: Connection, account_id: AccountId, *, cursor: str | None = None, size: int = PAGE_SIZE
) -> StatementPage:
    """A page of an account's statement: the newest one, or the one that a cursor of another page names.

    New entries of a strict account never move what was paged over: its versions have no gaps and no latecomers. Of a
    rollup account, a transfer whose unit of work was slower than its neighbours' may still come in among the last.
    Raises UnknownAccount; NotFound for a cursor that no page gave.
    """
    assert 1 <= size <= MOST_ON_A_PAGE, "a page has from 1 to 500 lines"
    start = _start(cursor)
    mode = connection.execute(select(Account.mode).where(Account.id == account_id)).scalar_one_or_none()
    if mode is None:
        raise UnknownAccount("no account has this number")
    if mode == Mode.STRICT:
        query, position, own = _strict(account_id, start, size), Entry.version, Entry.account_id == account_id
    else:
        own = or_(Transfer.debit_account == account_id, Transfer.credit_account == account_id)
        query, position = _rollup(account_id, start, size), Transfer.seq
    rows = connection.execute(query).mappings()
    lines = sorted((_line(row) for row in rows), key=lambda line: line.position, reverse=True)
    lowest, highest = _bounds(lines, start)
    sides = select(exists().where(own, position < lowest), exists().where(own, position > highest))
    has_earlier, has_later = connection.execute(sides).one()
    return StatementPage(
        lines=tuple(lines),
        earlier=f"e{lowest}" if has_earlier else None,
        later=f"l{highest}" if has_later else None,
    )


def _start(cursor: str | None) -> _Start | None:
    if cursor is None:
        return None
    found = re.fullmatch(r"([el])([0-9]{1,18})", cursor)
    if not found:
        raise NotFound("page")
    return _Start(position=int(found[2]), later=found[1] == "l")


def _line(row: Any) -> PageLine:
    return PageLine(**{**row, "change": int(row["change"]), "balance": int(row["balance"])})


def _bounds(lines: Sequence[PageLine], start: _Start | None) -> tuple[int, int]:
    """The lowest and highest position of a page; of an empty one, the two sides of where it would begin."""
    if lines:
        return lines[-1].position, lines[0].position
    if start is None:
        return 0, 0
    return (start.position + 1, start.position) if start.later else (start.position, start.position - 1)


def _from(query: Select[Any], position: Any, start: _Start | None, size: int) -> Select[Any]:
    """The `size` rows nearest to where the page begins."""
    if start is None:
        return query.order_by(position.desc()).limit(size)
    if start.later:
        return query.where(position > start.position).order_by(position).limit(size)
    return query.where(position < start.position).order_by(position.desc()).limit(size)


def _of_transaction() -> tuple[Any, ...]:
    return (Transaction.kind, Transaction.posted_at, Transaction.effective_on, Transaction.narrative)


def _strict(account_id: AccountId, start: _Start | None, size: int) -> Select[Any]:
    query = (
        select(Entry.version.label("position"), Entry.transaction_id, *_of_transaction(), Entry.change, Entry.balance)
        .join(Transaction, Transaction.id == Entry.transaction_id)
        .where(Entry.account_id == account_id)
    )
    return _from(query, Entry.version, start, size)


def _rollup(account_id: AccountId, start: _Start | None, size: int) -> Select[Any]:
    """Lines and balances by one statement, so of one snapshot: what there is now, less what came after each line."""
    into = _side(account_id, Transfer.credit_account, Transfer.amount, start, size)
    out_of = _side(account_id, Transfer.debit_account, -Transfer.amount, start, size)
    both = select(into).union_all(select(out_of)).subquery()
    page = _from(select(both), both.c.position, start, size).cte("page")
    last = select(func.max(page.c.position)).scalar_subquery()
    closing = (
        rollup_total(account_id)
        - transfers_total(Transfer.credit_account == account_id, Transfer.seq > last)
        + transfers_total(Transfer.debit_account == account_id, Transfer.seq > last)
    )
    up_to_here = func.sum(page.c.change).over(order_by=page.c.position.desc(), rows=(None, 0))
    return select(
        page.c.position,
        page.c.transaction_id,
        *_of_transaction(),
        page.c.change,
        (closing - up_to_here + page.c.change).label("balance"),
    ).join(Transaction, Transaction.id == page.c.transaction_id)


def _side(account_id: AccountId, side: Any, change: Any, start: _Start | None, size: int) -> Any:
    """The transfers of one side alone, that its index gives in order."""
    query = select(Transfer.seq.label("position"), Transfer.transaction_id, change.label("change"))
    return _from(query.where(side == account_id), Transfer.seq, start, size).subquery()
