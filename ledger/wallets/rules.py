"""Pure rules of a wallet: which purse expires when, which is drawn first, where a return goes, what caps apply."""

from calendar import monthrange
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from ledger.book.rules import AccountId
from ledger.clock import financial_year
from ledger.money import Amount

RETURN_GRACE = timedelta(days=60)
DAYS_BEFORE_THE_END = (60, 30, 7)
"""When a resident is told that credits end, the first time first."""


class Cap(StrEnum):
    """What is counted for each owner and period: minutes, minor units, or items.

    The owner of what is done alone is an officer, or of lists of who came an operator: each in their own day.
    """

    MINUTES_A_DAY = "minutes_a_day"
    EARNED_A_WEEK = "earned_a_week"
    EARNED_A_YEAR = "earned_a_year"
    COUNCIL_TAX_A_YEAR = "council_tax_a_year"
    COUNCIL_TAX_ITEMS_A_MONTH = "council_tax_items_a_month"
    ALLOTTED_ALONE_A_DAY = "allotted_alone_a_day"
    FUNDED_ALONE_A_DAY = "funded_alone_a_day"
    REVERSED_ALONE_A_DAY = "reversed_alone_a_day"
    LISTED_PEOPLE_ALONE_A_DAY = "listed_people_alone_a_day"
    LISTED_CREDITS_ALONE_A_DAY = "listed_credits_alone_a_day"


@dataclass(frozen=True, slots=True, kw_only=True)
class Purse:
    """Credits of one expiry month: good through `expires_on` in London. Minor units."""

    id: AccountId
    expires_on: date
    balance: Amount
    held: Amount

    @property
    def available(self) -> Amount:
        """Balance less held."""
        return self.balance - self.held


@dataclass(frozen=True, slots=True, kw_only=True)
class Wallet:
    """A resident's purses that are good on a day, soonest to expire first. Minor units."""

    purses: tuple[Purse, ...]

    @property
    def available(self) -> Amount:
        """What may be spent now."""
        return sum(purse.available for purse in self.purses)

    @property
    def held(self) -> Amount:
        """What is set aside."""
        return sum(purse.held for purse in self.purses)


def last_day_of_month(day: date, *, months_later: int = 0) -> date:
    """The last day of the month that lies so many months after the one holding `day`."""
    years, month = divmod(day.month - 1 + months_later, 12)
    return date(day.year + years, month + 1, monthrange(day.year + years, month + 1)[1])


def purse_month(awarded_on: date, *, expiry_months: int) -> date:
    """The last good day of credits awarded on a day: the end of the 18th month after it, by default."""
    return last_day_of_month(awarded_on, months_later=expiry_months)


def days_told(expires_on: date, *, morning: date) -> int | None:
    """Which of the tellings is due on a morning for credits of this last good day; None where it is too early or late.

    That is the last one that has come, so that who was not told in time is told once, not three times.
    """
    left = (expires_on - morning).days
    return min((days for days in DAYS_BEFORE_THE_END if days >= left), default=None) if left >= 0 else None


def return_month(expires_on: date, *, today: date) -> date:
    """Where returned credits go: their own month or, if that is past, the month that holds the 60th day from today."""
    return expires_on if expires_on >= today else last_day_of_month(today + RETURN_GRACE)


def draw(purses: Iterable[Purse], amount: Amount) -> Iterator[tuple[Purse, Amount]]:
    """Share `amount` over `purses`, soonest to expire first."""
    for purse in sorted(purses, key=lambda purse: (purse.expires_on, purse.id)):
        if not amount:
            return
        taken = min(purse.available, amount)
        if taken:
            yield purse, taken
        amount -= taken
    assert not amount, "drew more than the purses hold"


def returned_parts(drawn: Sequence[Amount], *, returned: Amount, amount: Amount) -> list[tuple[int, Amount]]:
    """Share a return of `amount` over what was drawn, the last first, `returned` of it having gone back before.

    Each part with the place of what it was drawn from; places that get nothing are left out.
    """
    parts: list[tuple[int, Amount]] = []
    for place in reversed(range(len(drawn))):
        gone = min(drawn[place], returned)
        returned -= gone
        part = min(drawn[place] - gone, amount)
        if part:
            parts.append((place, part))
        amount -= part
    assert not amount, "gave back more than was drawn"
    return parts


def period_of(cap: Cap, day: date) -> date:
    """The first day of the period that counts `day`: itself, its Monday, its month's first, or 1 April."""
    match cap:
        case Cap.MINUTES_A_DAY | Cap.ALLOTTED_ALONE_A_DAY | Cap.FUNDED_ALONE_A_DAY | Cap.REVERSED_ALONE_A_DAY:
            return day
        case Cap.LISTED_PEOPLE_ALONE_A_DAY | Cap.LISTED_CREDITS_ALONE_A_DAY:
            return day
        case Cap.EARNED_A_WEEK:
            return day - timedelta(days=day.weekday())
        case Cap.COUNCIL_TAX_ITEMS_A_MONTH:
            return day.replace(day=1)
        case Cap.EARNED_A_YEAR | Cap.COUNCIL_TAX_A_YEAR:
            return date(financial_year(day), 4, 1)
