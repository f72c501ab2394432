"""The days of council tax: when an application leaves, and what days of liability it reduces."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from uuid import UUID

from ledger.clock import LONDON, financial_year, london_date
from ledger.identifiers import named_id

ONE_DAY = timedelta(days=1)

Span = tuple[date, date]
"""A first and a last London day."""


def leaves_on(at: datetime, *, cut: time, newest_built: date | None = None, waits: Sequence[Span] = ()) -> date:
    """The business date an application of this instant leaves on: today's in London before the cut, else tomorrow's.

    Where that night was built early, the night after the newest (council_tax_file.md, Never twice, rule 7); where it
    is one on which nothing leaves, the first after it on which something does.
    """
    day = london_date(at)
    if at.astimezone(LONDON).time() >= cut:
        day += ONE_DAY
    return departs_on(day, newest_built=newest_built, waits=waits)


def departs_on(day: date, *, newest_built: date | None, waits: Sequence[Span]) -> date:
    """The business date on which what was to leave on `day` will: no night that was built, none on which all waits."""
    if newest_built is not None:
        day = max(day, newest_built + ONE_DAY)
    while over := [last for first, last in waits if first <= day <= last]:
        day = max(over) + ONE_DAY
    return day


def waits_of(*, blackouts: Iterable[Span], last_postings: Iterable[date]) -> tuple[Span, ...]:
    """The days on which nothing leaves: blackouts, and the rest of a year after its last posting."""
    closed = ((last + ONE_DAY, year_ends_on(last)) for last in last_postings if last < year_ends_on(last))
    return (*blackouts, *closed)


def year_ends_on(day: date) -> date:
    """The 31 March that ends the financial year holding `day`."""
    return date(financial_year(day) + 1, 3, 31)


def year_owner(day: date) -> UUID:
    """Who owns the council-tax accounts of the financial year holding `day`: the year itself."""
    return owner_of_year(financial_year(day))


def owner_of_year(year: int) -> UUID:
    """Who owns the council-tax accounts of the financial year that starts in `year`."""
    return named_id("financial-year", str(year))


def last_ended(business_date: date, *, today: date) -> date:
    """The last London day that a night for `business_date` may treat as over: never today or later."""
    return min(business_date, today - ONE_DAY)


def effective_on(business_date: date, *, today: date) -> date:
    """The day a night's transactions count for: its business date, never later than today (I-23)."""
    return min(business_date, today)
