"""What two people change of a programme: its ceiling, and what an activity counts from a day on."""

from flask import Blueprint, redirect, render_template
from flask.typing import ResponseReturnValue

from council_office.programme_forms import CeilingForm, TariffForm
from ledger.earning.activity_queries import activity_called
from ledger.earning.ceilings import ask_ceiling
from ledger.earning.queries import programme
from ledger.earning.rules import TariffPer
from ledger.earning.tariffs import ask_tariff
from ledger.earning.views import ActivityView, ProgrammeView
from ledger.identifiers import from_text, to_text
from ledger.people.rules import Permission
from shared_web.acts import note
from shared_web.db import Session, occasion, reading
from shared_web.guards import needs, signed_in
from shared_web.idempotency import answered_once

pages = Blueprint("programme_changes", __name__)


@pages.get("/programmes/<text>/ceiling")
@needs(Permission.AWARD)
def ask_for_ceiling(text: str) -> ResponseReturnValue:
    """How much, and by which decision."""
    with reading() as session:
        found = loaded(session, text)
    return drawn_ceiling(CeilingForm(found=found), found)


@pages.post("/programmes/<text>/ceiling")
@needs(Permission.AWARD)
@answered_once
def propose_ceiling(session: Session, text: str) -> ResponseReturnValue:
    """Ask somebody else to agree to another ceiling."""
    found = loaded(session, text)
    form = CeilingForm(found=found)
    if not form.validate_on_submit():
        return drawn_ceiling(form, found), 422
    reference = ask_ceiling(
        session,
        programme_id=found.id,
        amount=form.amount.data,
        decision_reference=form.decision.data,
        officer_id=signed_in().person_id,
        occasion=occasion(),
    )
    amount, decision = form.amount.data, form.decision.data
    note("programme", to_text(found.id), proposal=reference, amount=amount, decision=decision)
    return redirect(f"/office/approvals/{reference}", 303)


@pages.get("/activities/<text>/tariff")
@needs(Permission.AWARD)
def ask_for_tariff(text: str) -> ResponseReturnValue:
    """How much, for what, from when."""
    with reading() as session:
        now = offered(session, text)
    return drawn_tariff(TariffForm(today=occasion().today, now=now), now)


@pages.post("/activities/<text>/tariff")
@needs(Permission.AWARD)
@answered_once
def propose_tariff(session: Session, text: str) -> ResponseReturnValue:
    """Ask somebody else to agree to another tariff."""
    now = offered(session, text)
    form = TariffForm(today=occasion().today, now=now)
    if not form.validate_on_submit():
        return drawn_tariff(form, now), 422
    reference = ask_tariff(
        session,
        activity_id=now.id,
        tariff=form.amount.data,
        per=TariffPer(form.per.data),
        starts_on=form.starts_on.data,
        decision_reference=form.decision.data,
        officer_id=signed_in().person_id,
        occasion=occasion(),
    )
    note(
        "activity",
        to_text(now.id),
        proposal=reference,
        amount=form.amount.data,
        per=form.per.data,
        starts_on=form.starts_on.data.isoformat(),
        decision=form.decision.data,
    )
    return redirect(f"/office/approvals/{reference}", 303)


def loaded(session: Session, text: str) -> ProgrammeView:
    """The programme of an address."""
    return programme(session, programme_id=from_text(text), today=occasion().today)


def offered(session: Session, text: str) -> ActivityView:
    """The activity of an address, with its tariff of today."""
    return activity_called(session, activity_id=from_text(text), today=occasion().today)


def drawn_ceiling(form: CeilingForm, found: ProgrammeView) -> str:
    """The page that asks for a ceiling."""
    return render_template("council_office/programme_ceiling.html", form=form, id=to_text(found.id), programme=found)


def drawn_tariff(form: TariffForm, now: ActivityView) -> str:
    """The page that asks for a tariff."""
    return render_template(
        "council_office/activity_tariff.html",
        form=form,
        id=to_text(now.id),
        activity=now,
        programme=to_text(now.programme_id),
    )
