"""What leaves in a night's file: the items that are due, their holds captured, each on a line of its own."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, insert, or_, select, update
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
from ledger.staging import staged
from ledger.tables import table_of

CAPTURED = "council_tax"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where in the files: the batch that is being built."""

    batch_id: UUID
    sequence: int
    business_date: date


def due(session: Session, business_date: date, rules: SchemeRules) -> list[Any]:
    """What leaves by this business date, in the order of ids, locked until the unit of work ends.

    That is what is held, and what the revenues system deferred to this day or an earlier one; nothing on a day on which
    nothing leaves, and no reduction of a financial year for which no decision of the council is in force.
    """
    if rules.council_tax_paused or is_waiting_day(business_date, rules):
        return []
    item, link = CouncilTaxItem, CouncilTaxLink
    query = (
        select(
            *(item.id, item.code, item.amount, item.reason, item.state, item.hold_id, item.leaves_on),
            *(item.effective_from, item.effective_to, item.transaction_id, item.original_id),
            *(link.account_ref, link.check_character, link.uprn),
        )
        .join(link, link.id == item.link_id)
        .where(_is_due(business_date))
        .order_by(item.id)
        .with_for_update(of=item)
    )
    waiting = session.connection().execute(query).all()
    decided = decided_years(session, years={financial_year(first_day(item)) for item in waiting})
    return [item for item in waiting if item.code != ItemCode.REDUCTION or financial_year(first_day(item)) in decided]


def _is_due(business_date: date) -> ColumnElement[bool]:
    held = and_(CouncilTaxItem.state == ItemState.HELD, CouncilTaxItem.leaves_on <= business_date)
    retry_on = func.coalesce(CouncilTaxItem.retry_on, CouncilTaxItem.leaves_on)
    return or_(held, and_(CouncilTaxItem.state == ItemState.DEFERRED, retry_on <= business_date))


def take(session: Session, items: Sequence[Any], place: Place, occasion: Occasion) -> None:
    """Move items into the batch, each on the line of its place among them; what reductions hold is captured.

    Their days begin on the day they were to leave, so that a night run late keeps the year their caps counted in; one
    that left before keeps its days, and one that was deferred its capture.
    """
    if not items:
        return
    connection, table = session.connection(), table_of(CouncilTaxItem)
    captured = _capture(session, items, place, occasion)
    transactions = [captured.get(item.id, item.transaction_id) for item in items]
    taken = {
        "id": [item.id for item in items],
        "line": range(1, len(items) + 1),
        "transaction_id": transactions,
        "financial_year": [financial_year(first_day(item)) for item in items],
        "effective_from": [first_day(item) for item in items],
        "effective_to": [last_day(item) for item in items],
    }
    new = staged(connection, table, taken)
    leaves = table.c.state.in_([ItemState.HELD, ItemState.DEFERRED])
    fresh = {name: new.c[name] for name in taken if name != "id"}
    moved = update(table).where(table.c.id == new.c.id, leaves)
    changed = connection.execute(moved.values(state=ItemState.BATCHED.value, batch_id=place.batch_id, **fresh))
    assert changed.rowcount == len(items), "locked items stay as they were read"
    _write_lines(session, items, transactions, place)


def _write_lines(session: Session, items: Sequence[Any], transactions: Sequence[UUID | None], place: Place) -> None:
    """Keep what each line of the file is, whatever becomes of its item."""
    columns = {
        "item_id": [item.id for item in items],
        "batch_id": [place.batch_id] * len(items),
        "line": range(1, len(items) + 1),
        "transaction_id": transactions,
    }
    lines = staged(session.connection(), table_of(CouncilTaxLine), columns)
    session.connection().execute(insert(table_of(CouncilTaxLine)).from_select(list(columns), select(lines)))


def line_of(item: Any) -> Line:
    """An item as it stands in the file."""
    return Line(
        code=ItemCode(item.code),
        txn_id=to_text(item.id),
        orig_txn_id="" if item.original_id is None else to_text(item.original_id),
        account_ref=item.account_ref,
        check_character=item.check_character,
        uprn=item.uprn or "",
        effective_from=first_day(item),
        effective_to=last_day(item),
        amount=item.amount,
        reason=Reason(item.reason),
    )


def first_day(item: Any) -> date:
    """The first day of liability that an item reduces."""
    day: date = item.effective_from or item.leaves_on
    return day


def last_day(item: Any) -> date:
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
    years = {item.id: financial_year(first_day(item)) for item in items}
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
