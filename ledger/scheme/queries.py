"""What the scheme's settings are: the rules of a day, and each setting with what was and what comes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from ledger.clock import london_date
from ledger.people.models import Officer, Proposal
from ledger.rule_settings import DECIDED_SETTINGS, RULE_SETTINGS, RuleSetting
from ledger.scheme.models import SchemeSetting
from ledger.scheme.rules import Decided, in_force, rules_on, setting_called
from ledger.settings import SchemeRules


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingChange:
    """One change of a setting: its value, its first day, its decision, who asked, who agreed and on which day."""

    value: Any
    starts_on: date
    decision_reference: str
    proposal_reference: str
    proposed_by: str
    approved_by: str
    set_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingSeen:
    """One setting: what holds today, since when and by which decision, what comes, and the environment's own value.

    `since` is None where the environment's value holds, as it does for what nobody may decide.
    """

    setting: RuleSetting
    value: Any
    since: date | None
    decision_reference: str
    coming: tuple[tuple[date, Any], ...]
    environment: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesToCome:
    """The rules from a London day to come on."""

    starts_on: date
    rules: SchemeRules


def rules_in_force(session: Session, *, usual: SchemeRules, day: date) -> SchemeRules:
    """The rules in force on a London day: what two people decided, over `usual`, the environment's."""
    return rules_on(usual, decided_settings(session), day=day)


def rules_to_come(session: Session, *, usual: SchemeRules, today: date) -> list[RulesToCome]:
    """The rules of each London day to come on which some of them begin, the next first."""
    decided = decided_settings(session)
    days = sorted({one.starts_on for one in decided if one.starts_on > today})
    return [RulesToCome(starts_on=day, rules=rules_on(usual, decided, day=day)) for day in days]


def decided_settings(session: Session) -> list[Decided]:
    """Everything that was decided, each setting's in the order in which it was set."""
    columns = (
        SchemeSetting.name,
        SchemeSetting.value,
        SchemeSetting.starts_on,
        SchemeSetting.decision_reference,
    )
    query = select(*columns).order_by(SchemeSetting.name, SchemeSetting.number)
    return [Decided(**row._mapping) for row in session.execute(query)]


def settings_seen(session: Session, *, usual: SchemeRules, today: date) -> list[SettingSeen]:
    """Every setting of the scheme, in the order in which people read them."""
    decided = decided_settings(session)
    return [_seen(setting, decided, usual, today) for setting in RULE_SETTINGS]


def setting_seen(session: Session, *, name: str, usual: SchemeRules, today: date) -> SettingSeen:
    """One setting that two officers may change. Raises NotFound."""
    return _seen(setting_called(name), decided_settings(session), usual, today)


def _seen(setting: RuleSetting, decided: Sequence[Decided], usual: SchemeRules, today: date) -> SettingSeen:
    own = [one for one in decided if one.name == setting.name and setting.decided]
    now = in_force(own, day=today).get(setting.name)
    days = sorted({one.starts_on for one in own if one.starts_on > today})
    environment = getattr(usual, setting.name)
    return SettingSeen(
        setting=setting,
        value=environment if now is None else setting.value_of(now.value),
        since=None if now is None else now.starts_on,
        decision_reference="" if now is None else now.decision_reference,
        coming=tuple((day, setting.value_of(in_force(own, day=day)[setting.name].value)) for day in days),
        environment=environment,
    )


def setting_changes(session: Session, *, name: str) -> list[SettingChange]:
    """Every change of a setting, the newest first."""
    setting = DECIDED_SETTINGS[name]
    maker, checker = aliased(Officer), aliased(Officer)
    query = (
        select(
            SchemeSetting.value,
            SchemeSetting.starts_on,
            SchemeSetting.decision_reference,
            Proposal.reference.label("proposal_reference"),
            maker.name.label("proposed_by"),
            checker.name.label("approved_by"),
            SchemeSetting.set_at,
        )
        .join(Proposal, Proposal.id == SchemeSetting.proposal_id)
        .join(maker, maker.id == Proposal.maker_id)
        .join(checker, checker.id == Proposal.checker_id)
        .where(SchemeSetting.name == name)
        .order_by(SchemeSetting.number.desc())
    )
    return [_change(setting, dict(row._mapping)) for row in session.execute(query)]


def _change(setting: RuleSetting, row: dict[str, Any]) -> SettingChange:
    value, set_on = setting.value_of(row.pop("value")), london_date(row.pop("set_at"))
    return SettingChange(**row, value=value, set_on=set_on)
