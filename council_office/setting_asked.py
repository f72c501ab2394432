"""A proposed setting of the scheme as officers read it: what holds today, what is to hold, and what follows."""

from datetime import date

from council_office.asked import Asked, asked_by_and_when
from council_office.setting_effects import effects_of
from council_office.setting_words import shown
from ledger.people.proposals import ProposalView
from ledger.scheme.rules import setting_called
from shared_web.days import plain_day
from shared_web.db import Session
from shared_web.in_force import rules_today


def asked_of(session: Session, proposal: ProposalView) -> Asked:
    """A proposed setting in words."""
    content = proposal.content
    setting, starts_on = setting_called(content["name"]), date.fromisoformat(content["starts_on"])
    value = setting.value_of(content["value"])
    now, wanted = shown(setting, getattr(rules_today(), setting.name)), shown(setting, value)
    effects = effects_of(session, setting.name, value, starts_on)
    return Asked(
        kind="Setting",
        title=f"{setting.title}: {wanted}",
        approve="Approve this setting",
        why_two="A setting of the scheme takes two people.",
        rows=[
            {"key": "Setting", "value": setting.title},
            {"key": "Holds today", "value": now},
            {"key": "Is to hold", "value": wanted},
            {"key": "From", "value": plain_day(starts_on)},
            {"key": "Decision", "value": content["decision_reference"]},
            *({"key": "What follows", "value": sentence} for sentence in effects),
            {"key": "Asked by", "value": asked_by_and_when(proposal)},
        ],
    )
