"""Pure rules of the scheme's settings: what may be decided, and which value is in force on a day."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from ledger.errors import InvalidField, NotFound
from ledger.rule_settings import DECIDED_SETTINGS, RuleSetting
from ledger.settings import SchemeRules

SCHEME_SETTING = "scheme_setting"
"""The kind of proposal by which a setting changes."""
LONGEST_VALUE = 2000
LAST_DAY = date(2199, 12, 31)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What a setting says from the London day `starts_on` on, as the environment would say it, and by which decision.

    Of one setting they stand in the order in which they were set.
    """

    name: str
    value: str
    starts_on: date
    decision_reference: str


def setting_called(name: str) -> RuleSetting:
    """The setting that two people may change, by its name. Raises NotFound."""
    if name not in DECIDED_SETTINGS:
        raise NotFound("setting")
    return DECIDED_SETTINGS[name]


def in_force(decided: Iterable[Decided], *, day: date) -> dict[str, Decided]:
    """Of each setting what was decided and is in force on a day: the latest begun, of two of a day the one set later.

    A setting of another release than this is left out.
    """
    found: dict[str, Decided] = {}
    for one in decided:
        if one.name not in DECIDED_SETTINGS or one.starts_on > day:
            continue
        if one.name not in found or one.starts_on >= found[one.name].starts_on:
            found[one.name] = one
    return found


def rules_on(usual: SchemeRules, decided: Iterable[Decided], *, day: date) -> SchemeRules:
    """The rules in force on a day: what was decided, over the environment's."""
    changed = {one.name: DECIDED_SETTINGS[one.name].value_of(one.value) for one in in_force(decided, day=day).values()}
    return replace(usual, **changed)


def setting_content(*, name: str, value: str, starts_on: date, decision_reference: str, today: date) -> dict[str, Any]:
    """What two people agree on: a setting, its text as the environment would hold it, its first day, the decision.

    Raises NotFound (no setting that may be decided), InvalidField with a sentence for people.
    """
    setting = setting_called(name)
    return {
        "name": name,
        "value": setting.text_of(checked_value(setting, value)),
        "starts_on": checked_start(starts_on, today=today).isoformat(),
        "decision_reference": _checked_reference(decision_reference),
    }


def checked_value(setting: RuleSetting, text: str) -> Any:
    """The value of a text, by the environment's own reader. Raises InvalidField with what is wrong."""
    if len(text) > LONGEST_VALUE:
        raise InvalidField("value", f"must have at most {LONGEST_VALUE:,} characters.")
    if problem := setting.problem_with(text):
        raise InvalidField("value", problem)
    return setting.value_of(text)


def checked_start(starts_on: date, *, today: date) -> date:
    """The first day, if it is to come: what holds today holds to its end. Raises InvalidField."""
    if not today < starts_on <= LAST_DAY:
        raise InvalidField("starts_on", "must be a day to come")
    return starts_on


def _checked_reference(text: str) -> str:
    text = text.strip()
    if not 1 <= len(text) <= 100:
        raise InvalidField("decision_reference", "must have 1 to 100 characters")
    return text


def texts_of(rules: SchemeRules, settings: Iterable[RuleSetting]) -> Mapping[str, str]:
    """What rules say, by each setting's name in the environment, as the environment would hold it."""
    return {one.variable: one.text_of(getattr(rules, one.name)) for one in settings}
