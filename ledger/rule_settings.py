"""The rules of the scheme as settings: what each is called, how its text is read and written, what it says to people.

The environment and the council's office read them by this one table, so that both refuse alike.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum
from typing import Any

from environs import ValidationError

from ledger import setting_texts as texts
from ledger.money import Amount, format_plain


class Unit(StrEnum):
    """What the value of a setting counts, or what else it is."""

    CREDITS = "credits"
    POUNDS = "pounds"
    MONTHS = "months"
    MINUTES = "minutes"
    PEOPLE = "people"
    WORKING_DAYS = "working days"
    TIMES = "times"
    CLOCK = "time of day"
    DAYS = "days"
    SPANS = "first and last days"
    TRUTH = "yes or no"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSetting:
    """One rule: its name in SchemeRules and in the environment, what it says and in what unit, its reader and writer.

    `nothing` is what an empty text stands for, where it may be empty. `decided` says whether two officers may change
    it; `hint` is what they are told where they do.
    """

    name: str
    variable: str
    title: str
    unit: Unit
    read: Callable[[str], Any]
    hint: str
    nothing: Any = ...
    decided: bool = True

    @property
    def may_be_empty(self) -> bool:
        """Whether an empty text is a value of it."""
        return self.nothing is not ...

    def value_of(self, text: str) -> Any:
        """The value of a text, which may be empty where that says something. Raises ValidationError, in a sentence."""
        if self.may_be_empty and not text.strip():
            return self.nothing
        return self.read(text)

    def text_of(self, value: Any) -> str:
        """The text of a value, as the environment holds it."""
        return "" if value is None else _WRITERS[self.unit](value)

    def problem_with(self, text: str) -> str:
        """What is wrong with a text, "must be …"; "" where nothing is."""
        try:
            self.value_of(text)
        except ValidationError as error:
            return str(error)
        return ""


def _credits(
    name: str, variable: str, title: str, hint: str, *, read: Callable[[str], Amount] = texts.amount
) -> RuleSetting:
    return RuleSetting(name=name, variable=variable, title=title, hint=hint, unit=Unit.CREDITS, read=read)


def _number(name: str, variable: str, title: str, hint: str, *, unit: Unit, least: int = 0, most: int) -> RuleSetting:
    hint = f"{hint}, {least} to {most:,}"
    read = texts.whole_number(least, most)
    return RuleSetting(name=name, variable=variable, title=title, hint=hint, unit=unit, read=read)


def _write_days(days: tuple[date, ...]) -> str:
    return " ".join(day.isoformat() for day in days)


def _write_spans(spans: tuple[tuple[date, date], ...]) -> str:
    return " ".join(f"{first.isoformat()}..{last.isoformat()}" for first, last in spans)


def _write_clock(at: time) -> str:
    return f"{at:%H:%M}"


def _write_truth(truth: bool) -> str:
    return "yes" if truth else "no"


_WRITERS: dict[Unit, Callable[[Any], str]] = {
    **dict.fromkeys((Unit.CREDITS, Unit.POUNDS), format_plain),
    **dict.fromkeys((Unit.MONTHS, Unit.MINUTES, Unit.PEOPLE, Unit.WORKING_DAYS, Unit.TIMES), str),
    Unit.CLOCK: _write_clock,
    Unit.DAYS: _write_days,
    Unit.SPANS: _write_spans,
    Unit.TRUTH: _write_truth,
}

RULE_SETTINGS: tuple[RuleSetting, ...] = (
    _number(
        *("expiry_months", "TALLYSTICK_EXPIRY_MONTHS", "Credits end this long after they were earned"),
        "Whole months after the month of the award; credits that were awarded before keep their end",
        unit=Unit.MONTHS,
        least=1,
        most=120,
    ),
    _number(
        *("minutes_a_day", "TALLYSTICK_MINUTES_A_DAY", "Most a resident is thanked for in a day"),
        "Minutes",
        unit=Unit.MINUTES,
        least=1,
        most=1440,
    ),
    _credits(
        *("earned_a_week", "TALLYSTICK_EARNED_A_WEEK", "Most a resident earns in a week"),
        "Credits from Monday to Sunday, like 40.00",
    ),
    _credits(
        *("earned_a_year", "TALLYSTICK_EARNED_A_YEAR", "Most a resident earns in a financial year"),
        "Credits from 1 April to 31 March, like 200.00",
    ),
    _credits(
        *("allotment_alone", "TALLYSTICK_ALLOTMENT_ALONE", "Most an officer funds or allots alone in a day"),
        "Credits, like 500.00; past it a second officer decides",
    ),
    _number(
        *("file_people_alone", "TALLYSTICK_FILE_PEOPLE_ALONE", "Most people an organiser thanks by a list alone"),
        "People; past it an officer agrees",
        unit=Unit.PEOPLE,
        most=500,
    ),
    _credits(
        *("file_credits_alone", "TALLYSTICK_FILE_CREDITS_ALONE", "Most an organiser awards by a list alone"),
        "Credits, like 200.00; past it an officer agrees",
    ),
    _credits(
        *("redemption_limit", "TALLYSTICK_REDEMPTION_LIMIT", "Most a till takes at once"),
        "Credits, like 20.00",
        read=texts.amount_above_nothing,
    ),
    _credits(
        *("reversal_alone", "TALLYSTICK_REVERSAL_ALONE", "Most an officer reverses alone in a day"),
        "Credits, like 200.00; past it a second officer decides",
    ),
    _number(
        *("dispute_working_days", "TALLYSTICK_DISPUTE_WORKING_DAYS", "A dispute is answered within"),
        "Working days",
        unit=Unit.WORKING_DAYS,
        least=1,
        most=250,
    ),
    _number(
        *("fresh_minutes", "TALLYSTICK_FRESH_MINUTES", "Approving asks for no digits this long after a sign-in"),
        "Minutes",
        unit=Unit.MINUTES,
        most=480,
    ),
    _credits(
        *("council_tax_minimum", "TALLYSTICK_COUNCIL_TAX_MINIMUM", "Least applied to council tax at once"),
        "Credits, like 5.00",
        read=texts.amount_above_nothing,
    ),
    _credits(
        *("council_tax_a_year", "TALLYSTICK_COUNCIL_TAX_A_YEAR", "Most applied to council tax in a financial year"),
        "Credits, like 100.00, for a council tax account and for a resident; a decision of the council may say less",
    ),
    _number(
        *(
            "council_tax_items_a_month",
            "TALLYSTICK_COUNCIL_TAX_ITEMS_A_MONTH",
            "Most applications of an account in a month",
        ),
        "How many",
        unit=Unit.TIMES,
        least=1,
        most=31,
    ),
    RuleSetting(
        name="council_tax_cut",
        variable="TALLYSTICK_COUNCIL_TAX_CUT",
        title="What is applied before this leaves the same night",
        unit=Unit.CLOCK,
        read=texts.time_of_day,
        hint="A time of day, like 18:00",
    ),
    RuleSetting(
        name="council_tax_blackouts",
        variable="TALLYSTICK_COUNCIL_TAX_BLACKOUTS",
        title="Days on which nothing leaves for council tax",
        unit=Unit.SPANS,
        read=texts.spans,
        hint="First and last days like 2027-02-15..2027-03-15, with a space between two such; empty for none",
        nothing=(),
    ),
    RuleSetting(
        name="council_tax_last_postings",
        variable="TALLYSTICK_COUNCIL_TAX_LAST_POSTINGS",
        title="The last day on which a financial year takes council tax",
        unit=Unit.DAYS,
        read=texts.days,
        hint="Days like 2027-03-24, one for each year, with a space between two; empty for 31 March",
        nothing=(),
    ),
    RuleSetting(
        name="council_tax_ceiling",
        variable="TALLYSTICK_COUNCIL_TAX_CEILING",
        title="What a financial year’s reductions are meant to stay under",
        unit=Unit.POUNDS,
        read=texts.large_amount,
        hint="Pounds, like 25000.00, for the office to watch; empty for none",
        nothing=None,
    ),
    RuleSetting(
        name="council_tax_paused",
        variable="TALLYSTICK_COUNCIL_TAX_PAUSED",
        title="Nothing leaves for council tax until further notice",
        unit=Unit.TRUTH,
        read=texts.yes_or_no,
        hint="yes or no",
        decided=False,
    ),
)
"""Each rule once, in the order in which people read them. An emergency stop is for whoever is at the machine alone."""

DECIDED_SETTINGS: dict[str, RuleSetting] = {one.name: one for one in RULE_SETTINGS if one.decided}
"""Those that two officers may change, by name."""
