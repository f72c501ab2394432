"""Checks of closed months: nothing came into one since, and a correction of one names it."""

from collections.abc import Iterator

from sqlalchemy.orm import Session

from ledger.book.periods import closings, last_of_month, period_lines
from ledger.book.queries import trial_balance
from ledger.check_books.findings import Finding


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
