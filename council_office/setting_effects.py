"""What a changed setting does to what is planned and what was done, in sentences for whoever decides."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from ledger.clock import london_date
from ledger.council_tax.item_queries import items_waiting
from ledger.earning.queries import sessions_between
from ledger.earning.views import SessionView
from ledger.money import Amount, format_amount
from shared_web.counted import counted
from shared_web.days import plain_day
from shared_web.db import Session
from shared_web.in_force import rules_today

A_YEAR = timedelta(days=365)

Effects = Callable[[Session, Any, date], Iterator[str]]
"""Yields the sentences of a setting, by its value and its first day."""


def effects_of(session: Session, name: str, value: Any, starts_on: date) -> list[str]:
    """What else is true once it holds; nothing for a setting that touches only what is yet to be done."""
    return list(_EFFECTS[name](session, value, starts_on)) if name in _EFFECTS else []


def _expiry(_session: Session, _value: int, starts_on: date) -> Iterator[str]:
    yield f"Credits that were awarded before {plain_day(starts_on)} keep their last good day."


def _earned(session: Session, value: Amount, starts_on: date) -> Iterator[str]:
    yield "Whoever has earned more by then keeps it, and earns no more in that time."
    worth_more = [one for one in _planned(session, starts_on) if one.credits > value]
    yield from _too_much(worth_more, f"count more than {format_amount(value)} CR")


def _minutes(session: Session, value: int, starts_on: date) -> Iterator[str]:
    longer = [one for one in _planned(session, starts_on) if one.minutes > value]
    yield from _too_much(longer, f"last longer than {counted(value, 'minute')}")


def _too_much(found: list[SessionView], what: str) -> Iterator[str]:
    if found:
        day = plain_day(london_date(found[0].starts_at))
        yield (
            f"Planned sessions that {what}: {len(found)}, the first on {day}. Nobody could be thanked for one."
            " Change it, or its tariff, or this first."
        )


def _planned(session: Session, starts_on: date) -> list[SessionView]:
    return sessions_between(session, first=starts_on, last=starts_on + A_YEAR)


def _used(_session: Session, value: Amount, _starts_on: date) -> Iterator[str]:
    yield "Whoever has applied more by then keeps it, and applies no more in that year."
    if value < rules_today().council_tax_minimum:
        yield "It is less than may be applied at once, so nobody could apply any more."


def _least(_session: Session, value: Amount, _starts_on: date) -> Iterator[str]:
    yield "What was applied before stays as it is."
    if value > rules_today().council_tax_a_year:
        yield "It is more than may be applied in a year, so nobody could apply any more."


def _waiting(session: Session, _value: Any, _starts_on: date) -> Iterator[str]:
    yield (
        f"Applications set aside now: {items_waiting(session)}. What would leave on a day on which nothing leaves waits"
        " for the next one, and its resident reads which."
    )


_EFFECTS: Mapping[str, Effects] = {
    "expiry_months": _expiry,
    "earned_a_week": _earned,
    "earned_a_year": _earned,
    "minutes_a_day": _minutes,
    "council_tax_a_year": _used,
    "council_tax_minimum": _least,
    "council_tax_blackouts": _waiting,
    "council_tax_last_postings": _waiting,
}
