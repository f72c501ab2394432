"""What leaves in a night's file: the items that are due, their holds captured, each on a line of its own."""

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, insert, or_, select, update
from sqlalchemy.orm import Session

from ledger.book import holds
from ledger.book.capturing import Capture, capture_many
from ledger.book.rules import Posting
from ledger.clock import financial_year
from ledger.collecting import collecting_later
from ledger.council_tax.calendar import effective_on, year_ends_on
from ledger.council_tax.ctx_file import Line
from ledger.council_tax.decision_queries import decided_years
from ledger.council_tax.departures import is_waiting_day
from ledger.council_tax.models import CouncilTaxItem, CouncilTaxLine, CouncilTaxLink
from ledger.council_tax.over_caps import over_caps
from ledger.council_tax.queries import IN_TRANSIT
from ledger.council_tax.rules import ItemCode, ItemState, Reason
from ledger.council_tax.year_accounts import year_accounts
from ledger.identifiers import to_text
from ledger.money import Amount
from ledger.occasion import Occasion
from ledger.settings import SchemeRules
from ledger.staging import among, staged
from ledger.tables import table_of

CAPTURED = "council_tax"
CHUNK = 3_000
"""How many items are taken at once: what a night needs of memory is theirs, however many there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where in the files: the batch that is being built."""

    batch_id: UUID
    sequence: int
    business_date: date


@dataclass(frozen=True, slots=True)
class _Leaving:
    """An item that is due, the line that it is in the file, and the financial year of which a bill is reduced."""

    item: Any
    line: Line
    year: int

    @property
    def is_held(self) -> bool:
        """Whether credits wait for it in a hold."""
        return self.line.code == ItemCode.REDUCTION and self.item.state == ItemState.HELD


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What is due, looked up and not taken: lines, and pence of reductions and of what takes them back."""

    lines: int = 0
    reductions: Amount = 0
    reversals: Amount = 0


def what_is_due(session: Session, *, business_date: date, after: date, rules: SchemeRules) -> Due:
    """What `leave` would take on a night that it would not have taken by the end of the day `after`."""
    if rules.council_tax_paused or is_waiting_day(business_date, rules):
        return Due()
    item, first_day = CouncilTaxItem, func.coalesce(CouncilTaxItem.effective_from, CouncilTaxItem.leaves_on)
    query = (
        select(
            item.code, first_day.label("first_day"), func.count().label("lines"), func.sum(item.amount).label("pence")
        )
        .where(_is_due(business_date), ~_is_due(after))
        .group_by(item.code, first_day)
    )
    found = session.execute(query).all()
    decided = decided_years(session, years={financial_year(one.first_day) for one in found})
    reducing = [one for one in found if one.code == ItemCode.REDUCTION and financial_year(one.first_day) in decided]
    back = [one for one in found if one.code != ItemCode.REDUCTION]
    stay = _staying(session, business_date, after)
    return Due(
        lines=sum(one.lines for one in reducing + back) - len(stay),
        reductions=sum(int(one.pence) for one in reducing) - sum(stay),
        reversals=sum(int(one.pence) for one in back),
    )


def _staying(session: Session, business_date: date, after: date) -> list[Amount]:
    """The pence of each item that is due after `after` and stays held, since a cap in force leaves it no room."""
    over = over_caps(session, through=business_date)
    later = [item_id for item_id, leaves_on in over.items() if leaves_on > after]
    query = select(CouncilTaxItem.amount).where(among(CouncilTaxItem.id, later))
    return list(session.execute(query).scalars()) if later else []


def leave(session: Session, place: Place, rules: SchemeRules, occasion: Occasion) -> Iterator[Line]:
    """Take what is due into the batch, `CHUNK` items at a time, and tell each as the line of the file that it is.

    That is what is held, and what the revenues system deferred to this day or an earlier one; nothing on a day on which
    nothing leaves, and no reduction of a financial year for which no decision of the council is in force, nor one that
    is held and would pass a cap in force. Items go in the order of ids, locked until the unit of work ends, as is what
    their holds are on.
    """
    if rules.council_tax_paused or is_waiting_day(place.business_date, rules):
        return
    waiting, before = _waiting(session, place.business_date), 0
    for first in range(0, len(waiting), CHUNK):
        before += yield from _leave_together(
            session, waiting[first : first + CHUNK], place, before=before, occasion=occasion
        )


def _leave_together(
    session: Session, ids: Sequence[UUID], place: Place, *, before: int, occasion: Occasion
) -> Generator[Line, None, int]:
    """Take these items into the batch, on the lines after so many; how many those were that may go."""
    with collecting_later():
        due = _decided(session, [_leaving(item) for item in _items(session, ids)])
        _take(session, due, place, before=before, occasion=occasion)
        yield from (one.line for one in due)
        return len(due)


def _waiting(session: Session, business_date: date) -> list[UUID]:
    """What waits for this night or an earlier one and fits the caps in force, by id; all that waits is locked."""
    query = select(CouncilTaxItem.id).where(_is_due(business_date)).order_by(CouncilTaxItem.id)
    with collecting_later():
        found = list(session.connection().execute(query.with_for_update()).scalars())
    held = select(CouncilTaxItem.hold_id).where(_is_due(business_date), CouncilTaxItem.state == ItemState.HELD)
    holds.lock_held(session.connection(), held)
    over = over_caps(session, through=business_date)
    return [item_id for item_id in found if item_id not in over] if over else found


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


def _leaving(item: Any) -> _Leaving:
    """An item as it stands in the file."""
    line = Line(
        code=ItemCode(item.code),
        txn_id=to_text(item.id),
        orig_txn_id="" if item.original_id is None else to_text(item.original_id),
        account_ref=item.account_ref,
        check_character=item.check_character,
        uprn=item.uprn or "",
        effective_from=item.first_day,
        effective_to=item.effective_to or year_ends_on(item.leaves_on),
        amount=item.amount,
        reason=Reason(item.reason),
    )
    return _Leaving(item, line, financial_year(item.first_day))


def _decided(session: Session, due: Sequence[_Leaving]) -> list[_Leaving]:
    """Those whose bill may be reduced by a decision in force, and all that put something back."""
    decided = decided_years(session, years={one.year for one in due})
    return [one for one in due if one.line.code != ItemCode.REDUCTION or one.year in decided]


def _is_due(business_date: date) -> ColumnElement[bool]:
    held = and_(CouncilTaxItem.state == ItemState.HELD, CouncilTaxItem.leaves_on <= business_date)
    retry_on = func.coalesce(CouncilTaxItem.retry_on, CouncilTaxItem.leaves_on)
    return or_(held, and_(CouncilTaxItem.state == ItemState.DEFERRED, retry_on <= business_date))


def _take(session: Session, due: Sequence[_Leaving], place: Place, *, before: int, occasion: Occasion) -> None:
    """Move items into the batch, on the lines after so many; what reductions hold is captured.

    Their days begin on the day they were to leave, so that a night run late keeps the year their caps counted in; one
    that left before keeps its days, and one that was deferred its capture.
    """
    if not due:
        return
    connection, table = session.connection(), table_of(CouncilTaxItem)
    taken = {
        "id": [one.item.id for one in due],
        "line": range(before + 1, before + len(due) + 1),
        "transaction_id": _captured(session, due, place, occasion),
        "financial_year": [one.year for one in due],
        "effective_from": [one.line.effective_from for one in due],
        "effective_to": [one.line.effective_to for one in due],
    }
    new = staged(connection, table, taken)
    leaves = table.c.state.in_([ItemState.HELD, ItemState.DEFERRED])
    fresh = {name: new.c[name] for name in taken if name != "id"}
    moved = update(table).where(table.c.id == new.c.id, leaves)
    changed = connection.execute(moved.values(state=ItemState.BATCHED.value, batch_id=place.batch_id, **fresh))
    assert changed.rowcount == len(due), "locked items stay as they were read"
    _write_lines(session, place, after=before)


def _write_lines(session: Session, place: Place, *, after: int) -> None:
    """Keep what each new line of the file is, whatever becomes of its item."""
    item, columns = CouncilTaxItem, ("batch_id", "line", "item_id", "transaction_id")
    placed = select(item.batch_id, item.line, item.id, item.transaction_id)
    placed = placed.where(item.batch_id == place.batch_id, item.line > after)
    session.connection().execute(insert(table_of(CouncilTaxLine)).from_select(columns, placed))


def _captured(session: Session, due: Sequence[_Leaving], place: Place, occasion: Occasion) -> list[UUID | None]:
    """The transaction of each item: the one that now took what a reduction held, or the one that it had."""
    held = [one for one in due if one.is_held]
    posted = iter(capture_many(session.connection(), list(_captures(session, held, place, occasion))))
    return [next(posted).id if one.is_held else one.item.transaction_id for one in due]


def _captures(session: Session, held: Sequence[_Leaving], place: Place, occasion: Occasion) -> Iterator[Capture]:
    """What is captured of each item's hold: all of it, to what is in transit in the item's financial year."""
    in_transit = year_accounts(session, {one.year for one in held}, kind=IN_TRANSIT, occasion=occasion)
    counts_on = effective_on(place.business_date, today=occasion.today)
    for one in held:
        posting = Posting(
            id=occasion.new_id(),
            kind=CAPTURED,
            lines=(),
            at=occasion.now,
            actor=occasion.actor,
            effective_on=counts_on,
            details={"item": one.line.txn_id, "batch": place.sequence},
        )
        yield Capture(hold_id=one.item.hold_id, amount=one.line.amount, credit=in_transit[one.year], posting=posting)
