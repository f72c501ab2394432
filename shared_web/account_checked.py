"""How a council-tax account's number stands with the council, in words that residents and officers both read."""

from ledger.council_tax.link_queries import LinkStatus, Standing
from shared_web.days import plain_day


def checked_words(status: LinkStatus) -> str:
    """E.g. "Matched by the council on 24 November 2026"; of what was not accepted, never why."""
    if status.since is None:
        return "Not checked yet"
    if status.standing == Standing.MATCHED:
        return f"Matched by the council on {plain_day(status.since)}"
    return f"Not accepted by the council on {plain_day(status.since)}"
