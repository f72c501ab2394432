"""How amounts, days and times read on a page."""

from datetime import date, datetime

from flask import Flask

from ledger.clock import london_date
from ledger.money import Amount, format_amount, format_plain, format_pounds, format_signed
from shared_web import days
from shared_web.counted import people_words


def init_app(app: Flask) -> None:
    """Give every template these filters."""
    for filter_ in (
        credits,
        credits_words,
        plain,
        pounds,
        signed,
        day,
        day_and_month,
        weekday,
        clock,
        moment,
        session_time,
        people_words,
    ):
        app.jinja_env.filters[filter_.__name__] = filter_


def credits(amount: Amount) -> str:  # noqa: A001 (the filter's name in templates)
    """E.g. "1,234.50"."""
    return format_amount(amount)


def credits_words(amount: Amount) -> str:
    """E.g. "4.50 credits", as an amount stands in a sentence."""
    return f"{format_amount(amount)} credits"


def plain(amount: Amount) -> str:
    """E.g. "1234.50", as an amount stands in an address."""
    return format_plain(amount)


def pounds(amount: Amount) -> str:
    """E.g. "£4.50", for money that will move."""
    return format_pounds(amount)


def signed(amount: Amount) -> str:
    """E.g. "+5.00" or "−4.50"."""
    return format_signed(amount)


def _day_of(value: date | datetime) -> date:
    return london_date(value) if isinstance(value, datetime) else value


def day(value: date | datetime) -> str:
    """E.g. "30 November 2026"; of an instant, London's day."""
    return days.plain_day(_day_of(value))


def day_and_month(value: date | datetime) -> str:
    """E.g. "30 November", where the year is plain."""
    on = _day_of(value)
    return f"{on.day} {on:%B}"


def weekday(value: date | datetime) -> str:
    """E.g. "Monday"."""
    return f"{_day_of(value):%A}"


def clock(instant: datetime) -> str:
    """E.g. "13:04", as records tell London's time."""
    return days.clock(instant)


def moment(instant: datetime) -> str:
    """E.g. "30 November 2026, 13:04"."""
    return f"{day(instant)}, {clock(instant)}"


def session_time(starts_at: datetime, ends_at: datetime) -> str:
    """E.g. "2pm to 4pm" or "9:30am to 12pm"."""
    return days.hours(starts_at, ends_at)
