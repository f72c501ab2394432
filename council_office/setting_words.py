"""A setting's value as officers read it, its name in an address, and what is wrong with what they typed."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from ledger.money import format_amount, format_pounds
from ledger.rule_settings import RuleSetting, Unit
from shared_web.counted import counted
from shared_web.days import hour_of, plain_day


def shown(setting: RuleSetting, value: Any) -> str:
    """E.g. "40.00 CR", "18 months", "6pm", "15 February 2027 to 15 March 2027", "None"."""
    return "None" if value is None or value == () else _SHOWN[setting.unit](value)


def slug_of(name: str) -> str:
    """A setting's name as addresses have it: "redemption-limit"."""
    return name.replace("_", "-")


def name_of(slug: str) -> str:
    """The name that an address says."""
    return slug.replace("-", "_")


def problem_words(problem: str) -> str:
    """What a reader said of a text, as what to do: "must be a time of day like 18:00." is "Enter a time of day …"."""
    return re.sub(r"^must (be|hold|have) ", "Enter ", problem).removesuffix(".")


def _spans(spans: tuple[tuple[date, date], ...]) -> str:
    return "; ".join(f"{plain_day(first)} to {plain_day(last)}" for first, last in spans)


def _counting(word: str) -> Callable[[int], str]:
    return lambda number: counted(number, word)


def _people(number: int) -> str:
    return "1 person" if number == 1 else f"{number:,} people"


_SHOWN: Mapping[Unit, Callable[[Any], str]] = {
    Unit.CREDITS: lambda amount: f"{format_amount(amount)} CR",
    Unit.POUNDS: format_pounds,
    Unit.MONTHS: _counting("month"),
    Unit.MINUTES: _counting("minute"),
    Unit.PEOPLE: _people,
    Unit.WORKING_DAYS: _counting("working day"),
    Unit.TIMES: str,
    Unit.CLOCK: hour_of,
    Unit.DAYS: lambda days: "; ".join(map(plain_day, days)),
    Unit.SPANS: _spans,
    Unit.TRUTH: lambda truth: "Yes" if truth else "No",
}
