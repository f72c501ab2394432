"""Checks of closed months: nothing came into one since, and its pack is as it was kept."""

import hashlib
from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.book.packs import SUMS, sums_of
from ledger.book.period_models import PeriodClosing, PeriodPackFile
from ledger.book.periods import closings, last_of_month, period_lines
from ledger.book.queries import trial_balance
from ledger.check_books.findings import Finding, each, named


def closed_months_stay_as_frozen(session: Session) -> Iterator[Finding]:
    """I-39: what a closed month was frozen with is what its transfers, and those before it, come to."""
    connection = session.connection()
    for closing in reversed(closings(connection)):
        frozen = {
            (line.unit, line.kind): (line.debited, line.credited) for line in period_lines(connection, closing.id)
        }
        for line in trial_balance(connection, effective=last_of_month(closing.month)):
            if frozen.pop((line.unit, line.kind), (0, 0)) != (line.debited, line.credited):
                message = f"accounts of {line.kind} in {line.unit} no longer come to what was frozen"
                yield Finding(id="I-39", subject=f"month {closing.month:%Y-%m}", message=message)
                return
        if any(amounts != (0, 0) for amounts in frozen.values()):
            message = "was frozen with what no account came to"
            yield Finding(id="I-39", subject=f"month {closing.month:%Y-%m}", message=message)
            return


def packs_are_as_kept(session: Session) -> Iterator[Finding]:
    """I-40: every file of a month-end pack has the digest it was kept with, and its sums name each of the others."""
    closings_with_packs = select(PeriodClosing.id).where(PeriodClosing.id.in_(select(PeriodPackFile.closing_id)))
    for row in each(session, closings_with_packs.order_by(PeriodClosing.month, PeriodClosing.number)):
        query = select(PeriodPackFile.name, PeriodPackFile.content, PeriodPackFile.digest)
        kept = session.execute(query.where(PeriodPackFile.closing_id == row.id)).all()
        files = {one.name: bytes(one.content) for one in kept}
        sound = all(hashlib.sha256(files[one.name]).digest() == bytes(one.digest) for one in kept)
        if not sound or files.pop(SUMS, None) != sums_of(files):
            message = "a file of its pack is missing, or is not what its digest says"
            yield Finding(id="I-40", subject=named("closing", row.id), message=message)
            return
