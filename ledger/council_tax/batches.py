"""Build a night's batch: one unit of work takes what is held, captures it and stores the file's bytes, once a date."""

import hashlib
from collections.abc import Iterable
from datetime import date

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from ledger import __version__
from ledger.council_tax.calendar import ONE_DAY
from ledger.council_tax.ctx_file import Header, Line, file_name, render
from ledger.council_tax.departures import newest_business_date
from ledger.council_tax.errors import BusinessDateInFuture, BusinessDateTooEarly
from ledger.council_tax.leaving import Place, leave
from ledger.council_tax.models import CouncilTaxBatch
from ledger.council_tax.queries import batch, batch_id_of, batch_on
from ledger.council_tax.released import release_empty
from ledger.council_tax.rules import BatchState
from ledger.council_tax.views import BatchView
from ledger.occasion import Occasion
from ledger.outages import Busy
from ledger.settings import Scheme, SchemeRules
from ledger.store import insert_once

PRODUCER = f"TALLYSTICK/{__version__}"


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

    Empty on a day on which nothing leaves, and without reductions of a financial year with no decision in force.
    Items move to `batched` and the holds of reductions are captured into `council_tax_in_transit` of their financial
    year, in the caller's one unit of work. A file with nothing is released by itself, if the earlier ones are.
    Raises BusinessDateInFuture, BusinessDateTooEarly, Busy.
    """
    check_business_date(session, business_date=business_date, today=occasion.today)
    place = _open(session, business_date=business_date, scheme=scheme, occasion=occasion)
    if place is not None:
        lines = leave(session, place, rules, occasion)
        _store(session, place=place, lines=lines, scheme=scheme, occasion=occasion)
        release_empty(session, occasion=occasion)
    built = batch_on(session, business_date=business_date)
    assert built is not None, "a business date that is open is built in the same unit of work"
    return built


def _open(session: Session, *, business_date: date, scheme: Scheme, occasion: Occasion) -> Place | None:
    """The next place in the sequence, or None where this business date has its batch.

    The row's unique keys are the lock: a second builder waits here for the first, and then finds its batch. Where the
    first was building another night, the second is told to try again.
    """
    newest = session.execute(select(func.max(CouncilTaxBatch.sequence))).scalar_one()
    place = Place(batch_id=occasion.new_id(), sequence=(newest or 0) + 1, business_date=business_date)
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


def rebuild_empty(session: Session, *, sequence: int, scheme: Scheme, occasion: Occasion) -> None:
    """Store a file without lines under the number and business date of one that was sent back."""
    found = batch(session, sequence=sequence)
    place = Place(batch_id=batch_id_of(session, sequence), sequence=sequence, business_date=found.business_date)
    _store(session, place=place, lines=[], scheme=scheme, occasion=occasion)


def _store(session: Session, *, place: Place, lines: Iterable[Line], scheme: Scheme, occasion: Occasion) -> None:
    header = Header(
        authority=scheme.authority,
        environment=scheme.environment,
        sequence=place.sequence,
        created=occasion.now,
        business_date=place.business_date,
        scheme=scheme.code,
        producer=PRODUCER,
    )
    content, totals = render(header, lines)
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
