"""What leaves in a night's file: the items that are due, their holds captured, each on a line of its own."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.orm import Session

from ledger.book import holds
from ledger.book.rules import Posting
from ledger.clock import financial_year
from ledger.council_tax.calendar import effective_on, year_ends_on
from ledger.council_tax.ctx_file import Line
from ledger.council_tax.decision_queries import decided_years
from ledger.council_tax.departures import is_waiting_day
from ledger.council_tax.models import CouncilTaxItem, CouncilTaxLine, CouncilTaxLink
from ledger.council_tax.queries import IN_TRANSIT
from ledger.council_tax.rules import ItemCode, ItemState, Reason
from ledger.council_tax.year_accounts import year_accounts
from ledger.identifiers import to_text
from ledger.occasion import Occasion
from ledger.settings import SchemeRules
from ledger.staging import among, insert_staged, staged
from ledger.tables import table_of

CAPTURED = "council_tax"
CHUNK = 1_000
"""How many items are taken at once: what a night needs of memory is theirs, however many there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where in the files: the batch that is being built."""

    batch_id: UUID
    sequence: int
    business_date: date


def leave(session: Session, place: Place, rules: SchemeRules, occasion: Occasion) -> Iterator[Line]:
    """Take what is due into the batch, `CHUNK` items at a time, and tell each as the line of the file that it is.

    That is what is held, and what the revenues system deferred to this day or an earlier one; nothing on a day on which
    nothing leaves, and no reduction of a financial year for which no decision of the council is in force. Items go in
    the order of ids, locked until the unit of work ends, as is what their holds are on.
    """
    if rules.council_tax_paused or is_waiting_day(place.business_date, rules):
        return
    waiting, before = _waiting(session, place.business_date), 0
    for first in range(0, len(waiting), CHUNK):
        items = _decided(session, _items(session, waiting[first : first + CHUNK]))
        _take(session, items, place, before=before, occasion=occasion)
        before += len(items)
        yield from map(_line_of, items)


def _waiting(session: Session, business_date: date) -> list[UUID]:
    """What waits for this night or an earlier one, by id, locked."""
    query = select(CouncilTaxItem.id).where(_is_due(business_date)).order_by(CouncilTaxItem.id)
    found = session.connection().execute(query.with_for_update()).scalars().all()
    held = select(CouncilTaxItem.hold_id).where(_is_due(business_date), CouncilTaxItem.state == ItemState.HELD)
    holds.lock_held(session.connection(), held)
    return list(found)


def _items(session: Session, ids: Sequence[UUID]) -> Sequence[Any]:
    """These items, in the order of ids; `first_day` is the first day of liability that one reduces."""
    item, link = CouncilTaxItem, CouncilTaxLink
    query = (
        select(
            *(item.id, item.code, item.amount, item.reason, item.state, item.hold_id, item.leaves_on),
            func.coalesce(item.effective_from, item.leaves_on).label("first_day"),
            *(item.effective_to, item.transaction_id, item.original_id),
            *(link.account_ref, link.check_character, link.uprn),
        )
        .join(link, link.id == item.link_id)
        .where(among(item.id, ids))
        .order_by(item.id)
    )
    return session.connection().execute(query).all()


def _decided(session: Session, items: Sequence[Any]) -> list[Any]:
    """Those whose bill may be reduced by a decision in force, and all that put something back."""
    decided = decided_years(session, years={financial_year(item.first_day) for item in items})
    return [item for item in items if item.code != ItemCode.REDUCTION or financial_year(item.first_day) in decided]


def _is_due(business_date: date) -> ColumnElement[bool]:
    held = and_(CouncilTaxItem.state == ItemState.HELD, CouncilTaxItem.leaves_on <= business_date)
    retry_on = func.coalesce(CouncilTaxItem.retry_on, CouncilTaxItem.leaves_on)
    return or_(held, and_(CouncilTaxItem.state == ItemState.DEFERRED, retry_on <= business_date))


def _take(session: Session, items: Sequence[Any], place: Place, *, before: int, occasion: Occasion) -> None:
    """Move items into the batch, on the lines after so many; what reductions hold is captured.

    Their days begin on the day they were to leave, so that a night run late keeps the year their caps counted in; one
    that left before keeps its days, and one that was deferred its capture.
    """
    if not items:
        return
    connection, table = session.connection(), table_of(CouncilTaxItem)
    captured = _capture(session, items, place, occasion)
    transactions = [captured.get(item.id, item.transaction_id) for item in items]
    lines = range(before + 1, before + len(items) + 1)
    taken = {
        "id": [item.id for item in items],
        "line": lines,
        "transaction_id": transactions,
        "financial_year": [financial_year(item.first_day) for item in items],
        "effective_from": [item.first_day for item in items],
        "effective_to": [_last_day(item) for item in items],
    }
    new = staged(connection, table, taken)
    leaves = table.c.state.in_([ItemState.HELD, ItemState.DEFERRED])
    fresh = {name: new.c[name] for name in taken if name != "id"}
    moved = update(table).where(table.c.id == new.c.id, leaves)
    changed = connection.execute(moved.values(state=ItemState.BATCHED.value, batch_id=place.batch_id, **fresh))
    assert changed.rowcount == len(items), "locked items stay as they were read"
    _write_lines(session, items, lines, transactions, place)


def _write_lines(
    session: Session, items: Sequence[Any], lines: range, transactions: Sequence[UUID | None], place: Place
) -> None:
    """Keep what each line of the file is, whatever becomes of its item."""
    columns = {
        "item_id": [item.id for item in items],
        "batch_id": [place.batch_id] * len(items),
        "line": lines,
        "transaction_id": transactions,
    }
    insert_staged(session.connection(), table_of(CouncilTaxLine), columns)


def _line_of(item: Any) -> Line:
    """An item as it stands in the file."""
    return Line(
        code=ItemCode(item.code),
        txn_id=to_text(item.id),
        orig_txn_id="" if item.original_id is None else to_text(item.original_id),
        account_ref=item.account_ref,
        check_character=item.check_character,
        uprn=item.uprn or "",
        effective_from=item.first_day,
        effective_to=_last_day(item),
        amount=item.amount,
        reason=Reason(item.reason),
    )


def _last_day(item: Any) -> date:
    """The last day of liability that an item reduces."""
    day: date = item.effective_to or year_ends_on(item.leaves_on)
    return day


def _capture(session: Session, items: Sequence[Any], place: Place, occasion: Occasion) -> dict[UUID, UUID]:
    """The transaction that took what each reduction held, by item."""
    reduces = [item for item in items if item.code == ItemCode.REDUCTION and item.state == ItemState.HELD]
    if not reduces:
        return {}
    captures = list(_captures(session, reduces, place, occasion))
    posted = holds.capture_many(session.connection(), captures)
    return {item.id: done.id for item, done in zip(reduces, posted, strict=True)}


def _captures(session: Session, items: Sequence[Any], place: Place, occasion: Occasion) -> Iterator[holds.Capture]:
    """What is captured of each item's hold: all of it, to what is in transit in the item's financial year."""
    years = {item.id: financial_year(item.first_day) for item in items}
    in_transit = year_accounts(session, years.values(), kind=IN_TRANSIT, occasion=occasion)
    counts_on = effective_on(place.business_date, today=occasion.today)
    for item in items:
        posting = Posting(
            id=occasion.new_id(),
            kind=CAPTURED,
            lines=(),
            at=occasion.now,
            actor=occasion.actor,
            effective_on=counts_on,
            details={"item": to_text(item.id), "batch": place.sequence},
        )
        credit = in_transit[years[item.id]]
        yield holds.Capture(hold_id=item.hold_id, amount=item.amount, credit=credit, posting=posting)
