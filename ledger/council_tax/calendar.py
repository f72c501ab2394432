"""The days of council tax: when an application leaves, and what days of liability it reduces."""

from datetime import date, datetime, time, timedelta
from uuid import UUID

from ledger.clock import LONDON, financial_year, london_date
from ledger.identifiers import named_id

ONE_DAY = timedelta(days=1)


def leaves_on(at: datetime, *, cut: time, newest_built: date | None = None) -> date:
    """The business date an application of this instant leaves on: today's in London before the cut, else tomorrow's.

    Where that night was built early, the night after the newest (council_tax_file.md, Never twice, rule 7).
    """
    day = london_date(at)
    if at.astimezone(LONDON).time() >= cut:
        day += ONE_DAY
    return day if newest_built is None else max(day, newest_built + ONE_DAY)


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
