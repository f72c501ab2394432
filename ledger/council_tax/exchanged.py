"""Write down what was exchanged: answers as they came, what was said of each item, and where items stand by it."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, insert, or_, select, update
from sqlalchemy.orm import Session

from ledger.council_tax.exchange_models import CouncilTaxAnswer, CouncilTaxAnswerLine
from ledger.council_tax.models import CouncilTaxItem, CouncilTaxLink
from ledger.council_tax.rules import AnswerKind, ItemState, account_owner
from ledger.money import Amount
from ledger.occasion import Occasion
from ledger.staging import among, insert_staged, staged
from ledger.tables import table_of
from ledger.wallets.operations import give_back_caps
from ledger.wallets.rules import Cap, period_of

Caps = Counter[tuple[UUID, Cap, date]]
"""What is given back, by owner, cap and the first day of the period that counted it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Where an item stands after an answer: its state, what went back of it in all, and what was posted for it."""

    item_id: UUID
    state: ItemState
    returned: Amount
    transaction_id: UUID | None
    retry_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """An answer that was taken in."""

    digest: bytes
    content: bytes


def kept_answer(session: Session, *, kind: AnswerKind, sequence: int) -> Kept | None:
    """The answer of this kind and number that was taken in, or None."""
    same = (CouncilTaxAnswer.kind == kind, CouncilTaxAnswer.sequence == sequence)
    row = session.execute(select(CouncilTaxAnswer.digest, CouncilTaxAnswer.file_bytes).where(*same)).one_or_none()
    return None if row is None else Kept(digest=bytes(row.digest), content=bytes(row.file_bytes))


def keep_answer(
    session: Session,
    *,
    kind: AnswerKind,
    sequence: int,
    batch_id: UUID | None,
    code: str,
    content: bytes,
    occasion: Occasion,
) -> UUID:
    """Keep a file as it came; its id."""
    row = {
        "id": occasion.new_id(),
        "kind": kind.value,
        "sequence": sequence,
        "batch_id": batch_id,
        "code": code,
        "digest": hashlib.sha256(content).digest(),
        "file_bytes": content,
        "taken_at": occasion.now,
        "taken_by": occasion.actor,
    }
    session.connection().execute(insert(CouncilTaxAnswer), row)
    return UUID(str(row["id"]))


def keep_lines(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep what a file said of each item."""
    if not rows:
        return
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    insert_staged(session.connection(), table_of(CouncilTaxAnswerLine), columns)


def locked_items(session: Session, *, batch_id: UUID) -> dict[UUID, Any]:
    """The items of a batch, and those that its reversals are of, by id: locked in that order."""
    in_batch = CouncilTaxItem.batch_id == batch_id
    originals = select(CouncilTaxItem.original_id).where(in_batch, CouncilTaxItem.original_id.is_not(None))
    return _locked(session, or_(in_batch, CouncilTaxItem.id.in_(originals)))


def locked_items_named(session: Session, item_ids: Iterable[UUID]) -> dict[UUID, Any]:
    """Those of these items that there are, by id: locked in that order."""
    return _locked(session, among(CouncilTaxItem.id, list(item_ids)))


def _locked(session: Session, which: ColumnElement[bool]) -> dict[UUID, Any]:
    item = CouncilTaxItem
    query = (
        select(
            *(item.id, item.code, item.amount, item.returned, item.state, item.line, item.batch_id),
            *(item.transaction_id, item.resident_id, item.financial_year, item.leaves_on, item.original_id),
            CouncilTaxLink.account_ref,
        )
        .join(CouncilTaxLink, CouncilTaxLink.id == item.link_id)
        .where(which)
        .order_by(item.id)
        .with_for_update(of=item)
    )
    return {row.id: row for row in session.connection().execute(query)}


def move_items(session: Session, moves: Sequence[Move]) -> None:
    """Write where these items stand; they were read under their locks."""
    if not moves:
        return
    table = table_of(CouncilTaxItem)
    columns: dict[str, Sequence[Any]] = {
        "id": [move.item_id for move in moves],
        "state": [move.state.value for move in moves],
        "returned": [move.returned for move in moves],
        "transaction_id": [move.transaction_id for move in moves],
        "retry_on": [move.retry_on for move in moves],
    }
    new = staged(session.connection(), table, columns)
    fresh = {name: new.c[name] for name in columns if name != "id"}
    changed = session.connection().execute(update(table).where(table.c.id == new.c.id).values(**fresh))
    assert changed.rowcount == len(moves), "each item moves once"


def count_back(caps: Caps, item: Any, amount: Amount) -> None:
    """Add to `caps` what goes back of a reduction: pence, in the year that counted it."""
    cap = Cap.COUNCIL_TAX_A_YEAR
    for owner_id in (account_owner(item.account_ref), item.resident_id):
        caps[owner_id, cap, period_of(cap, item.leaves_on)] += amount


def count_item_back(caps: Caps, item: Any) -> None:
    """Add to `caps` the account's item of the month, for one of which nothing was used."""
    cap = Cap.COUNCIL_TAX_ITEMS_A_MONTH
    caps[account_owner(item.account_ref), cap, period_of(cap, item.leaves_on)] += 1


def give_back(session: Session, caps: Caps) -> None:
    """Give back what was counted, before any account is locked."""
    give_back_caps(session, caps)
