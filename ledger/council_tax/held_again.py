"""Put the items of a file that is refused back to `held`: captures reversed, and held anew on the same purses."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ledger.book import holds
from ledger.book.holds import NewHold
from ledger.book.models import Transfer
from ledger.book.posting import post_many
from ledger.book.rules import Line, Posting
from ledger.council_tax.models import CouncilTaxItem, CouncilTaxLink
from ledger.council_tax.operations import HOLD_REASON, cancel_item
from ledger.council_tax.rules import ItemCode, ItemState
from ledger.identifiers import to_text
from ledger.occasion import Occasion
from ledger.staging import among, staged
from ledger.tables import table_of

UNDONE = "council_tax_undone"


def hold_again(session: Session, *, batch_id: UUID, now: ItemState, occasion: Occasion) -> int:
    """Take every item of a batch, all of them in the state `now`, back to `held`; how many they are.

    What was captured goes back to the purses it came from, past their last day or frozen as they may be, and is held
    there in the same unit of work: nobody can spend it, and no night expires it, between the two.
    """
    items = _items(session, batch_id, now)
    reductions = [item for item in items if item.code == ItemCode.REDUCTION]
    captures = _captures(session, [item.transaction_id for item in reductions])
    post_many(session.connection(), [_mirror(item, captures[item.transaction_id], occasion) for item in reductions])
    new_holds = {item.id: _hold(captures[item.transaction_id], occasion) for item in reductions}
    if new_holds:
        holds.place_many(session.connection(), list(new_holds.values()))
    _move(session, items, {item_id: hold.id for item_id, hold in new_holds.items()})
    _cancel_of_ended_links(session, [item.id for item in reductions], occasion)
    return len(items)


def _cancel_of_ended_links(session: Session, item_ids: Sequence[UUID], occasion: Occasion) -> None:
    """Who has ended their link since sees their items cancelled, as they would have been had they still been held."""
    ended = (
        select(CouncilTaxItem.reference, CouncilTaxItem.resident_id)
        .join(CouncilTaxLink, CouncilTaxLink.id == CouncilTaxItem.link_id)
        .where(among(CouncilTaxItem.id, item_ids), CouncilTaxLink.ended_at.is_not(None))
        .order_by(CouncilTaxItem.id)
    )
    for row in session.connection().execute(ended).all():
        cancel_item(session, reference=row.reference, resident_id=row.resident_id, occasion=occasion)


def _items(session: Session, batch_id: UUID, now: ItemState) -> Sequence[Any]:
    columns = (CouncilTaxItem.id, CouncilTaxItem.code, CouncilTaxItem.transaction_id)
    query = select(*columns).where(CouncilTaxItem.batch_id == batch_id, CouncilTaxItem.state == now)
    return session.connection().execute(query.order_by(CouncilTaxItem.id).with_for_update()).all()


def _captures(session: Session, transaction_ids: Sequence[UUID]) -> dict[UUID, list[Any]]:
    """The transfers of each capture, in the order they were drawn."""
    captures: dict[UUID, list[Any]] = {transaction_id: [] for transaction_id in transaction_ids}
    query = select(Transfer.transaction_id, Transfer.debit_account, Transfer.credit_account, Transfer.amount)
    drawn = query.where(among(Transfer.transaction_id, transaction_ids))
    for row in session.connection().execute(drawn.order_by(Transfer.transaction_id, Transfer.line)):
        captures[row.transaction_id].append(row)
    return captures


def _mirror(item: Any, drawn: Sequence[Any], occasion: Occasion) -> Posting:
    return Posting(
        id=occasion.new_id(),
        kind=UNDONE,
        lines=[Line(debit=row.credit_account, credit=row.debit_account, amount=row.amount) for row in reversed(drawn)],
        at=occasion.now,
        actor=occasion.actor,
        details={"item": to_text(item.id)},
        reverses=item.transaction_id,
        allows_frozen=True,
    )


def _hold(drawn: Sequence[Any], occasion: Occasion) -> NewHold:
    lines = [(row.debit_account, row.amount) for row in drawn]
    return NewHold(id=occasion.new_id(), reason=HOLD_REASON, lines=lines, at=occasion.now, allows_frozen=True)


def _move(session: Session, items: Sequence[Any], new_holds: dict[UUID, UUID]) -> None:
    """Leave the items as if no file had taken them yet; they keep the days that they reduce."""
    if not items:
        return
    table = table_of(CouncilTaxItem)
    columns = {"id": [item.id for item in items], "hold_id": [new_holds.get(item.id) for item in items]}
    fresh = staged(session.connection(), table, columns)
    back = {"state": ItemState.HELD.value, "batch_id": None, "line": None, "transaction_id": None, "retry_on": None}
    moved = update(table).where(table.c.id == fresh.c.id).values(**back, hold_id=fresh.c.hold_id)
    session.connection().execute(moved)
