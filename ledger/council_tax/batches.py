"""Build a night's batch: one unit of work takes what is held, captures it and stores the file's bytes, once a date."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from ledger import __version__
from ledger.book import holds
from ledger.book.accounts import open_account
from ledger.book.rules import AccountId, Mode, Posting, Unit
from ledger.clock import financial_year
from ledger.council_tax.calendar import ONE_DAY, effective_on, year_ends_on, year_owner
from ledger.council_tax.ctx_file import Header, Line, file_name, render, totals_of
from ledger.council_tax.decision_queries import decided_years
from ledger.council_tax.departures import is_waiting_day, newest_business_date
from ledger.council_tax.errors import BusinessDateInFuture, BusinessDateTooEarly
from ledger.council_tax.models import CouncilTaxBatch, CouncilTaxItem, CouncilTaxLink
from ledger.council_tax.queries import IN_TRANSIT, batch_on
from ledger.council_tax.rules import BatchState, ItemCode, ItemState, Reason
from ledger.council_tax.views import BatchView
from ledger.identifiers import to_text
from ledger.occasion import Occasion
from ledger.outages import Busy
from ledger.settings import Scheme, SchemeRules
from ledger.staging import staged
from ledger.store import insert_once
from ledger.tables import table_of

PRODUCER = f"TALLYSTICK/{__version__}"
TRANSACTION_KIND = "council_tax"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where in the files: the batch that is being built."""

    batch_id: UUID
    sequence: int
    business_date: date


def check_business_date(session: Session, *, business_date: date, today: date) -> None:
    """Refuse a night that may not be run. One that is built may be asked for again, whenever it was.

    Raises BusinessDateInFuture past tomorrow, BusinessDateTooEarly where a later night was built before it.
    """
    if business_date > today + ONE_DAY:
        raise BusinessDateInFuture(latest=today + ONE_DAY)
    newest = newest_business_date(session)
    if newest is not None and business_date < newest and batch_on(session, business_date=business_date) is None:
        raise BusinessDateTooEarly(newest=newest)


def build_batch(
    session: Session, *, business_date: date, scheme: Scheme, rules: SchemeRules, occasion: Occasion
) -> BatchView:
    """The batch of a business date, built now unless it was: items that leave by then, captured, in a stored file.

    Empty on a day on which nothing leaves, and without an item of a financial year for which no decision is in force.

    Items move `held → batched` and their holds are captured into `council_tax_in_transit` of their financial year, in
    the caller's one unit of work; also when there is nothing. Raises BusinessDateInFuture, BusinessDateTooEarly, Busy.
    """
    check_business_date(session, business_date=business_date, today=occasion.today)
    place = _open(session, business_date=business_date, scheme=scheme, occasion=occasion)
    if place is not None:
        items = _due(session, business_date, rules)
        _take(session, items, place, occasion)
        _store(session, place=place, lines=[_line(item) for item in items], scheme=scheme, occasion=occasion)
    built = batch_on(session, business_date=business_date)
    assert built is not None, "a business date that is open is built in the same unit of work"
    return built


def _open(session: Session, *, business_date: date, scheme: Scheme, occasion: Occasion) -> _Place | None:
    """The next place in the sequence, or None where this business date has its batch.

    The row's unique keys are the lock: a second builder waits here for the first, and then finds its batch. Where the
    first was building another night, the second is told to try again.
    """
    newest = session.execute(select(func.max(CouncilTaxBatch.sequence))).scalar_one()
    place = _Place(batch_id=occasion.new_id(), sequence=(newest or 0) + 1, business_date=business_date)
    row = {
        "id": place.batch_id,
        "sequence": place.sequence,
        "business_date": business_date,
        "state": BatchState.OPEN.value,
        "built_at": occasion.now,
        "file_name": file_name(
            authority=scheme.authority,
            environment=scheme.environment,
            sequence=place.sequence,
            business_date=business_date,
        ),
        "lines": 0,
        "reductions": 0,
        "reversals": 0,
        "hash_total": "",
    }
    same_date = CouncilTaxBatch.business_date == business_date
    taken = or_(same_date, CouncilTaxBatch.sequence == place.sequence)
    if insert_once(session.connection(), CouncilTaxBatch, row, taken=taken):
        return place
    if batch_on(session, business_date=business_date) is None:
        raise Busy
    return None


def _due(session: Session, business_date: date, rules: SchemeRules) -> list[Any]:
    """What is still held and leaves by this business date, in the order of ids, locked until the unit of work ends."""
    if rules.council_tax_paused or is_waiting_day(business_date, rules):
        return []
    query = (
        select(
            CouncilTaxItem.id,
            CouncilTaxItem.amount,
            CouncilTaxItem.reason,
            CouncilTaxItem.hold_id,
            CouncilTaxItem.leaves_on,
            CouncilTaxLink.account_ref,
            CouncilTaxLink.check_character,
            CouncilTaxLink.uprn,
        )
        .join(CouncilTaxLink, CouncilTaxLink.id == CouncilTaxItem.link_id)
        .where(CouncilTaxItem.state == ItemState.HELD, CouncilTaxItem.leaves_on <= business_date)
        .order_by(CouncilTaxItem.id)
        .with_for_update(of=CouncilTaxItem)
    )
    due = list(session.connection().execute(query))
    decided = decided_years(session, years={financial_year(item.leaves_on) for item in due})
    return [item for item in due if financial_year(item.leaves_on) in decided]


def _take(session: Session, items: Sequence[Any], place: _Place, occasion: Occasion) -> None:
    """Move items into the batch, their holds captured, each on the line of its place among them.

    Their days begin on the day they were to leave, so that a night run late keeps the year their caps counted in.
    """
    if not items:
        return
    connection, table = session.connection(), table_of(CouncilTaxItem)
    captured = holds.capture_many(connection, _captures(session, items, place, occasion))
    taken = {
        "id": [item.id for item in items],
        "line": range(1, len(items) + 1),
        "transaction_id": [posted.id for posted in captured],
        "financial_year": [financial_year(item.leaves_on) for item in items],
        "effective_from": [item.leaves_on for item in items],
        "effective_to": [year_ends_on(item.leaves_on) for item in items],
    }
    new = staged(connection, table, taken)
    moved = update(table).where(table.c.id == new.c.id, table.c.state == ItemState.HELD)
    fresh = {name: new.c[name] for name in taken if name != "id"}
    changed = connection.execute(moved.values(state=ItemState.BATCHED.value, batch_id=place.batch_id, **fresh))
    assert changed.rowcount == len(items), "locked items stay as they were read"


def _line(item: Any) -> Line:
    """An item as it stands in the file."""
    return Line(
        code=ItemCode.REDUCTION,
        txn_id=to_text(item.id),
        account_ref=item.account_ref,
        check_character=item.check_character,
        uprn=item.uprn or "",
        effective_from=item.leaves_on,
        effective_to=year_ends_on(item.leaves_on),
        amount=item.amount,
        reason=Reason(item.reason),
    )


def _captures(session: Session, items: Sequence[Any], place: _Place, occasion: Occasion) -> list[holds.Capture]:
    """What is captured of each item's hold: all of it, to what is in transit in the item's financial year."""
    owners = dict.fromkeys(year_owner(day) for day in sorted({item.leaves_on for item in items}))
    in_transit = {owner: _in_transit(session, owner, occasion) for owner in owners}
    counts_on = effective_on(place.business_date, today=occasion.today)
    return [
        holds.Capture(
            hold_id=item.hold_id,
            amount=item.amount,
            credit=in_transit[year_owner(item.leaves_on)],
            posting=Posting(
                id=occasion.new_id(),
                kind=TRANSACTION_KIND,
                lines=(),
                at=occasion.now,
                actor=occasion.actor,
                effective_on=counts_on,
                details={"item": to_text(item.id), "batch": place.sequence},
            ),
        )
        for item in items
    ]


def _in_transit(session: Session, owner_id: UUID, occasion: Occasion) -> AccountId:
    return open_account(
        session.connection(),
        public_id=occasion.new_id(),
        kind=IN_TRANSIT,
        unit=Unit.CR,
        owner_id=owner_id,
        mode=Mode.ROLLUP,
    )


def _store(session: Session, *, place: _Place, lines: list[Line], scheme: Scheme, occasion: Occasion) -> None:
    header = Header(
        authority=scheme.authority,
        environment=scheme.environment,
        sequence=place.sequence,
        created=occasion.now,
        business_date=place.business_date,
        scheme=scheme.code,
        producer=PRODUCER,
    )
    content, totals = render(header, lines), totals_of(lines)
    built = {
        "state": BatchState.BUILT,
        "file_bytes": content,
        "digest": hashlib.sha256(content).digest(),
        "lines": totals.lines,
        "reductions": totals.reductions,
        "reversals": totals.reversals,
        "hash_total": totals.hash_total,
    }
    session.connection().execute(update(CouncilTaxBatch).where(CouncilTaxBatch.id == place.batch_id).values(**built))
