"""The scheme's settings: what each says today, since when and by which decision, what comes, and asking for another."""

from collections.abc import Iterator
from datetime import date

from flask import Blueprint, redirect, render_template
from flask.typing import ResponseReturnValue

from council_office.setting_forms import SettingForm
from council_office.setting_words import name_of, shown, slug_of
from ledger.people.proposals import own_proposals_waiting, proposals_waiting
from ledger.people.rules import Permission
from ledger.rule_settings import RuleSetting
from ledger.scheme.operations import ask_setting
from ledger.scheme.queries import SettingChange, SettingSeen, setting_changes, setting_seen, settings_seen
from ledger.scheme.rules import SCHEME_SETTING
from shared_web.acts import note
from shared_web.core import settings
from shared_web.days import plain_day
from shared_web.db import Session, occasion, reading
from shared_web.guards import needs, signed_in
from shared_web.idempotency import answered_once

pages = Blueprint("settings", __name__)


@pages.get("/settings")
def index() -> str:
    """Every setting: what it says today and what comes."""
    with reading() as session:
        found = settings_seen(session, usual=settings().rules, today=occasion().today)
    return render_template("council_office/settings.html", lines=[line(seen) for seen in found])


@pages.get("/settings/<text>")
def show(text: str) -> str:
    """One setting with everything that was decided of it."""
    with reading() as session:
        seen = loaded(session, text)
        return drawn(session, seen, form_of(seen))


@pages.post("/settings/<text>")
@needs(Permission.ADMINISTER)
@answered_once
def propose(session: Session, text: str) -> ResponseReturnValue:
    """Ask somebody else to agree to another value."""
    seen = loaded(session, text)
    form = form_of(seen)
    if not form.validate_on_submit():
        return drawn(session, seen, form), 422
    value, starts_on, decision = form.value.data, form.starts_on.data, form.decision.data
    reference = ask_setting(
        session,
        name=seen.setting.name,
        value=value,
        starts_on=starts_on,
        decision_reference=decision,
        officer_id=signed_in().person_id,
        occasion=occasion(),
    )
    note("setting", text, proposal=reference, value=value, starts_on=starts_on.isoformat(), decision=decision)
    return redirect(f"/office/approvals/{reference}", 303)


def loaded(session: Session, text: str) -> SettingSeen:
    """The setting of an address."""
    return setting_seen(session, name=name_of(text), usual=settings().rules, today=occasion().today)


def form_of(seen: SettingSeen) -> SettingForm:
    """The form, with what holds today to begin with."""
    return SettingForm(setting=seen.setting, value=seen.value, today=occasion().today)


def drawn(session: Session, seen: SettingSeen, form: SettingForm) -> str:
    """The page of one setting; who may ask for another value sees the form."""
    setting = seen.setting
    changes = setting_changes(session, name=setting.name)
    return render_template(
        "council_office/setting.html",
        setting=setting,
        slug=slug_of(setting.name),
        width="30" if setting.may_be_empty else "10",
        form=form,
        rows=rows_of(seen),
        waiting=list(waiting_of(session, setting)),
        changes=[change_cells(setting, change) for change in changes],
        may_ask=Permission.ADMINISTER in signed_in().permissions,
    )


def line(seen: SettingSeen) -> dict[str, str]:
    """A setting as the list shows it; what nobody decides here has no page."""
    setting = seen.setting
    return {
        "title": setting.title,
        "href": f"/office/settings/{slug_of(setting.name)}" if setting.decided else "",
        "value": shown(setting, seen.value),
        "since": "" if setting.decided and seen.since is None else since_words(seen),
        "coming": "; ".join(coming_words(seen)),
    }


def since_words(seen: SettingSeen) -> str:
    """Since when it says so, and by which decision."""
    if seen.since is None:
        return "Set at the machine"
    return f"{plain_day(seen.since)}, {seen.decision_reference}"


def coming_words(seen: SettingSeen) -> Iterator[str]:
    """E.g. "15.00 CR from 1 December 2026"."""
    for day, value in seen.coming:
        yield f"{shown(seen.setting, value)} from {plain_day(day)}"


def rows_of(seen: SettingSeen) -> list[dict[str, str]]:
    """What it says today, and what comes."""
    rows = [{"key": "Today", "value": shown(seen.setting, seen.value)}, {"key": "Since", "value": since_words(seen)}]
    rows += [{"key": "To come", "value": words} for words in coming_words(seen)]
    if seen.since is not None and seen.environment != seen.value:
        rows.append(
            {"key": "Set at the machine", "value": f"{shown(seen.setting, seen.environment)}, which counts no more"}
        )
    return rows


def waiting_of(session: Session, setting: RuleSetting) -> Iterator[dict[str, str]]:
    """What was asked for of this setting and nobody has decided."""
    person_id = signed_in().person_id
    others = proposals_waiting(session, for_officer=person_id)
    for one in (*others, *own_proposals_waiting(session, officer_id=person_id)):
        if one.kind == SCHEME_SETTING and one.content["name"] == setting.name:
            day = plain_day(date.fromisoformat(one.content["starts_on"]))
            wanted = f"{shown(setting, setting.value_of(one.content['value']))} from {day}"
            yield {"text": wanted, "href": f"/office/approvals/{one.reference}", "detail": f"Asked by {one.maker_name}"}


def change_cells(setting: RuleSetting, change: SettingChange) -> list[str]:
    """A change as a row of the table."""
    return [
        plain_day(change.starts_on),
        shown(setting, change.value),
        change.decision_reference,
        change.proposed_by,
        change.approved_by,
        plain_day(change.set_on),
    ]
