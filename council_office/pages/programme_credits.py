"""Credits of a programme: bring them into being on its budget, and allot them to organisers."""

from flask import Blueprint, redirect, render_template
from flask.typing import ResponseReturnValue

from council_office.alone import alone_hint, left_today, limit_of
from council_office.programme_forms import AllotForm, FundForm, organiser_id
from ledger.earning.funding import ask_funding
from ledger.earning.programmes import ask_allotment
from ledger.earning.queries import programme
from ledger.earning.views import ProgrammeView
from ledger.identifiers import from_text, to_text
from ledger.people.queries import OrganisationView, organisations
from ledger.people.rules import OrganisationKind, Permission
from ledger.wallets.rules import Cap
from shared_web.acts import note
from shared_web.db import Session, occasion, reading
from shared_web.guards import needs, signed_in
from shared_web.idempotency import answered_once
from shared_web.in_force import rules_today

pages = Blueprint("programme_credits", __name__)


@pages.get("/programmes/<text>/fund")
@needs(Permission.AWARD)
def ask_fund(text: str) -> ResponseReturnValue:
    """How much, and by which decision."""
    with reading() as session:
        found = loaded(session, text)
        form = fund_form(session, found)
    return render_template("council_office/programme_fund.html", form=form, id=text, programme=found)


@pages.post("/programmes/<text>/fund")
@needs(Permission.AWARD)
@answered_once
def add_funds(session: Session, text: str) -> ResponseReturnValue:
    """Bring credits into being on the budget, or ask somebody else to decide."""
    found = loaded(session, text)
    form = fund_form(session, found)
    if not form.validate_on_submit():
        return render_template("council_office/programme_fund.html", form=form, id=text, programme=found), 422
    reference = ask_funding(
        session,
        programme_id=found.id,
        amount=form.amount.data,
        decision_reference=form.decision.data,
        officer_id=signed_in().person_id,
        rules=rules_today(),
        occasion=occasion(),
    )
    amount, decision = form.amount.data, form.decision.data
    note("programme", to_text(found.id), proposal=reference, amount=amount, decision=decision)
    return redirect(f"/office/approvals/{reference}" if reference else f"/office/programmes/{text}", 303)


@pages.get("/programmes/<text>/allot")
@needs(Permission.AWARD)
def ask_allot(text: str) -> ResponseReturnValue:
    """To whom, how much, what for."""
    with reading() as session:
        found = loaded(session, text)
        form, _ = allot_form(session, found)
    return render_template("council_office/programme_allot.html", form=form, id=text, programme=found)


@pages.post("/programmes/<text>/allot")
@needs(Permission.AWARD)
@answered_once
def allot(session: Session, text: str) -> ResponseReturnValue:
    """Allot at once, or ask somebody else to decide."""
    found = loaded(session, text)
    form, organisers = allot_form(session, found)
    if not form.validate_on_submit():
        return render_template("council_office/programme_allot.html", form=form, id=text, programme=found), 422
    to = organiser_id(form, organisers)
    reference = ask_allotment(
        session,
        programme_id=found.id,
        organiser_id=to,
        amount=form.amount.data,
        purpose=form.purpose.data,
        officer_id=signed_in().person_id,
        rules=rules_today(),
        occasion=occasion(),
    )
    note(
        "programme",
        to_text(found.id),
        reason=form.purpose.data,
        proposal=reference,
        amount=form.amount.data,
        organiser=to_text(to),
    )
    return redirect(f"/office/approvals/{reference}" if reference else f"/office/programmes/{text}", 303)


def loaded(session: Session, text: str) -> ProgrammeView:
    """The programme of an address."""
    return programme(session, programme_id=from_text(text), today=occasion().today)


def fund_form(session: Session, found: ProgrammeView) -> FundForm:
    """The form, which says how much whoever is signed in may still add alone."""
    cap = Cap.FUNDED_ALONE_A_DAY
    return FundForm(found=found, alone=alone_hint(left_today(session, cap), limit=limit_of(cap)))


def allot_form(session: Session, found: ProgrammeView) -> tuple[AllotForm, list[OrganisationView]]:
    """The form, and the organisers it offers."""
    organisers = organisations(session, kind=OrganisationKind.ORGANISER)
    cap = Cap.ALLOTTED_ALONE_A_DAY
    alone = alone_hint(left_today(session, cap), limit=limit_of(cap))
    form = AllotForm(organisers=organisers, left=found.left, alone=alone)
    return form, organisers
