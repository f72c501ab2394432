"""The days of council tax: when an application leaves, and what days of liability it reduces."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import cache
from uuid import UUID

from ledger.clock import LONDON, financial_year, instants_of, london_date, working_days_after
from ledger.identifiers import named_id

ONE_DAY = timedelta(days=1)
ANSWERED_BY = time(8)

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


@cache
def year_ends_on(day: date) -> date:
    """The 31 March that ends the financial year holding `day`."""
    return date(financial_year(day) + 1, 3, 31)


def year_owner(day: date) -> UUID:
    """Who owns the council-tax accounts of the financial year holding `day`: the year itself."""
    return owner_of_year(financial_year(day))


def owner_of_year(year: int) -> UUID:
    """Who owns the council-tax accounts of the financial year that starts in `year`."""
    return named_id("financial-year", str(year))


class Lateness(StrEnum):
    """How an answer stands that has not come: a working day after it was expected it is late, after three overdue."""

    EXPECTED = "expected"
    LATE = "late"
    OVERDUE = "overdue"


def answer_expected(released_at: datetime) -> datetime:
    """When the answer to a file is expected: at 08:00 in London on the working day after its release.

    From council_tax_file.md, Never twice, rule 7.
    """
    return _morning_after(released_at, 1)


def lateness(released_at: datetime, *, now: datetime) -> Lateness:
    """How the answer to a file that was released then stands."""
    if now >= _morning_after(released_at, 4):
        return Lateness.OVERDUE
    return Lateness.LATE if now >= _morning_after(released_at, 2) else Lateness.EXPECTED


def _morning_after(at: datetime, working_days: int) -> datetime:
    return instants_of(working_days_after(london_date(at), working_days), ANSWERED_BY)[0]


def last_ended(business_date: date, *, today: date) -> date:
    """The last London day that a night for `business_date` may treat as over: never today or later."""
    return min(business_date, today - ONE_DAY)


def effective_on(business_date: date, *, today: date) -> date:
    """The day a night's transactions count for: its business date, never later than today (I-23)."""
    return min(business_date, today)
