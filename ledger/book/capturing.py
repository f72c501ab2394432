"""Captures: what holds set aside is posted and the rest of it freed, one hold or many at once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CTE, Column, MetaData, Select, Table, func, literal, or_, select, union_all
from sqlalchemy.engine import Connection

from ledger.book.balances import lock_in_order, lock_selected
from ledger.book.columns import Columns
from ledger.book.deciding import Posted
from ledger.book.errors import HoldEnded, HoldTooSmall
from ledger.book.holds import lines_of, states_of
from ledger.book.models import Balance, Hold, HoldEnd, HoldLine
from ledger.book.posting import CHUNK, post_many, post_planned
from ledger.book.rules import AccountId, Ending, Line, Posting, share_capture
from ledger.book.together import plan_together
from ledger.money import Amount
from ledger.staging import insert_staged, staged
from ledger.tables import WHOLE, Identity, Instant, table_of

_ASKED = Table(
    "captures",
    MetaData(),
    Column("item", WHOLE),
    Column("hold_id", Identity()),
    Column("transaction_id", Identity()),
    Column("credit_account", WHOLE),
    Column("amount", WHOLE),
)
"""What is asked for, in order; `item` is the place of a capture among them."""
FEWEST = 10
"""Of fewer the rules are quicker than the statement that does without them is made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """What is taken of a hold: `amount` (minor units), to the account `credit`; `posting` gives all but its lines."""

    hold_id: UUID
    amount: Amount
    credit: AccountId
    posting: Posting


def capture(connection: Connection, *, hold_id: UUID, amount: Amount, credit: AccountId, posting: Posting) -> Posted:
    """Post a part of a hold, or all of it, and free the rest.

    Lines are drawn in the hold's order. Raises HoldEnded (also where it has expired and no job has run), HoldTooSmall.
    """
    asked = Capture(hold_id=hold_id, amount=amount, credit=credit, posting=posting)
    (posted,) = capture_many(connection, [asked])
    return posted


def capture_many(connection: Connection, captures: Sequence[Capture]) -> list[Posted]:
    """As `capture`, all of these holds or none, by a few statements; the first that is refused is raised.

    Every account is locked, in ascending number, before any hold is looked at.
    """
    if not captures:
        return []
    with connection.begin_nested():
        return _capture_together(connection, captures) or _capture_by_rules(connection, captures)


def _capture_together(connection: Connection, captures: Sequence[Capture]) -> list[Posted] | None:
    """Capture whole holds by statements that find their lines; None, nothing written, where any is not so."""
    if not _are_plain(captures):
        return None
    columns = {
        "item": range(len(captures)),
        "hold_id": [one.hold_id for one in captures],
        "transaction_id": [one.posting.id for one in captures],
        "credit_account": [one.credit for one in captures],
        "amount": [one.amount for one in captures],
    }
    asked, at = select(staged(connection, _ASKED, columns)).cte("asked"), captures[0].posting.at
    lines = _lines(asked).cte("held")
    lock_selected(connection, Balance.account_id.in_(_accounts(asked)))
    ending = literal(Ending.CAPTURED.value).label("ending")
    ends = select(asked.c.hold_id, ending, literal(at, Instant()).label("at"), asked.c.transaction_id).subquery()
    plan = plan_together(lines, at, unfit=_unfit(asked, lines, at), ends=ends)
    return post_planned(connection, [one.posting for one in captures], plan)


def _are_plain(captures: Sequence[Capture]) -> bool:
    """Whether these may be captured together at all, before the database is asked; of a few it is not worth asking."""
    postings = [one.posting for one in captures]
    return FEWEST <= len(captures) <= CHUNK and all(
        one.at == postings[0].at and not one.floors and one.corrects is None and one.reverses is None
        for one in postings
    )


def _lines(asked: CTE) -> Select[Any]:
    """The lines that capture holds whole, each freeing what it takes."""
    drawn = (HoldLine.account_id.label("debit_account"), asked.c.credit_account)
    amounts = (HoldLine.amount, HoldLine.amount.label("freed"))
    columns = (asked.c.item, HoldLine.line, asked.c.transaction_id, *drawn, *amounts, asked.c.amount.label("asked"))
    return select(*columns).join(HoldLine, HoldLine.hold_id == asked.c.hold_id)


def _accounts(asked: CTE) -> Select[Any]:
    held = select(HoldLine.account_id).join(asked, asked.c.hold_id == HoldLine.hold_id)
    return select(union_all(held, select(asked.c.credit_account)).subquery())


def _unfit(asked: CTE, lines: CTE, at: datetime) -> Select[Any]:
    """Captures of what is not there, has ended or expired, of a part or too much, or that an account would pay itself.

    What is asked for comes with each line: a database that cannot tell how many these are would join them in pairs.
    """
    by_hold = asked.outerjoin(Hold, Hold.id == asked.c.hold_id).outerjoin(HoldEnd, HoldEnd.hold_id == asked.c.hold_id)
    gone = or_(Hold.id.is_(None), HoldEnd.hold_id.is_not(None), Hold.expires_at <= at)
    taken = func.sum(lines.c.amount).filter(lines.c.debit_account != lines.c.credit_account)
    uneven = select(lines.c.item).group_by(lines.c.item).having(taken.is_distinct_from(func.max(lines.c.asked)))
    return select(union_all(select(asked.c.item).select_from(by_hold).where(gone), uneven).subquery())


def _capture_by_rules(connection: Connection, captures: Sequence[Capture]) -> list[Posted]:
    """Capture holds one by one, by the rules."""
    lines = lines_of(connection, [one.hold_id for one in captures])
    lock_in_order(connection, {account for held in lines.values() for account, _amount in held})
    states = states_of(connection, [one.hold_id for one in captures])
    postings = [_captured(one, lines[one.hold_id], states[one.hold_id]) for one in captures]
    posted = post_many(connection, postings)
    ends: Columns = {
        "hold_id": [one.hold_id for one in captures],
        "ending": [Ending.CAPTURED] * len(captures),
        "at": [done.posted_at for done in posted],
        "transaction_id": [done.id for done in posted],
    }
    insert_staged(connection, table_of(HoldEnd), ends)
    return posted


def _captured(capture: Capture, lines: Sequence[tuple[AccountId, Amount]], state: Any) -> Posting:
    held = sum(amount for _account, amount in lines)
    if capture.amount > held:
        raise HoldTooSmall(held=held, needed=capture.amount)
    if state.ending is not None:
        raise HoldEnded(ending=state.ending)
    if state.expires_at is not None and capture.posting.at >= state.expires_at:
        raise HoldEnded(ending=Ending.EXPIRED)
    drawn = [
        Line(debit=account, credit=capture.credit, amount=taken)
        for account, taken in share_capture(lines, capture.amount)
    ]
    return replace(capture.posting, lines=drawn, allows_frozen=True, captured=dict(lines))
