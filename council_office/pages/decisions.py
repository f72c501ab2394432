"""The council's decisions on council tax: what is in force, how much of a ceiling is used, and what two people ask."""

from flask import Blueprint, redirect, render_template
from flask.typing import ResponseReturnValue

from council_office.decision_asked import decision_rows
from council_office.decision_forms import ClosingForm, DecisionForm, EndingForm
from council_office.wording import financial_years
from ledger.clock import financial_year
from ledger.council_tax.decision_queries import closing_of_year, decision, decision_of_year, decisions
from ledger.council_tax.decision_rules import ClosingView, SchemeView
from ledger.council_tax.decisions import propose_closing, propose_decision, propose_ending
from ledger.council_tax.queries import reduced_in_year
from ledger.identifiers import from_text, to_text
from ledger.money import Amount, format_pounds
from ledger.people.proposals import ProposalView
from ledger.people.rules import Permission
from shared_web.acts import note
from shared_web.days import plain_day
from shared_web.db import Session, occasion, reading
from shared_web.guards import needs, signed_in
from shared_web.idempotency import answered_once
from shared_web.in_force import rules_today

pages = Blueprint("decisions", __name__)


@pages.get("/council-tax/decisions")
def index() -> str:
    """Every decision, the newest first, and what this year's ceiling stands at."""
    today = occasion().today
    with reading() as session:
        found = decisions(session)
        now = decision_of_year(session, year=financial_year(today))
        closing = closing_of_year(session, year=financial_year(today))
        reduced = reduced_in_year(session, day=today)
    return render_template(
        "council_office/decisions.html",
        lines=[(to_text(one.id), one, years_of(one), state_of(one, now)) for one in found],
        tiles=tiles(now, reduced),
        closing=closing_words(closing),
        year=financial_years(financial_year(today), financial_year(today)),
        in_force=now is not None,
        may_ask=Permission.ADMINISTER in signed_in().permissions,
    )


@pages.get("/council-tax/decisions/new")
@needs(Permission.ADMINISTER)
def ask_new() -> ResponseReturnValue:
    """The form of a decision."""
    return render_template("council_office/decision_new.html", form=DecisionForm(today=occasion().today))


@pages.post("/council-tax/decisions/new")
@needs(Permission.ADMINISTER)
@answered_once
def propose_new(session: Session) -> ResponseReturnValue:
    """Ask somebody else to approve it."""
    form = DecisionForm(today=occasion().today)
    if not form.validate_on_submit():
        return render_template("council_office/decision_new.html", form=form), 422
    return to_approval(
        propose_decision(session, decision=form.decision(), officer_id=signed_in().person_id, occasion=occasion())
    )


@pages.get("/council-tax/decisions/close")
@needs(Permission.ADMINISTER)
def ask_close() -> ResponseReturnValue:
    """The form that closes applications for everybody."""
    return render_template("council_office/decision_close.html", form=ClosingForm(today=occasion().today))


@pages.post("/council-tax/decisions/close")
@needs(Permission.ADMINISTER)
@answered_once
def propose_close(session: Session) -> ResponseReturnValue:
    """Ask somebody else to approve it; it is published when they do."""
    form = ClosingForm(today=occasion().today)
    if not form.validate_on_submit():
        return render_template("council_office/decision_close.html", form=form), 422
    return to_approval(
        propose_closing(
            session,
            closes_on=form.closes_on.data,
            reason=form.reason.data,
            officer_id=signed_in().person_id,
            occasion=occasion(),
        ),
        reason=form.reason.data,
    )


@pages.get("/council-tax/decisions/<text>/end")
@needs(Permission.ADMINISTER)
def ask_end(text: str) -> ResponseReturnValue:
    """The form that ends a decision."""
    with reading() as session:
        return end_page(decision(session, scheme_id=from_text(text)), EndingForm())


@pages.post("/council-tax/decisions/<text>/end")
@needs(Permission.ADMINISTER)
@answered_once
def propose_end(session: Session, text: str) -> ResponseReturnValue:
    """Ask somebody else to approve it."""
    form, found = EndingForm(), decision(session, scheme_id=from_text(text))
    if not form.validate_on_submit():
        return end_page(found, form), 422
    return to_approval(
        propose_ending(
            session,
            scheme_id=found.id,
            reason=form.reason.data,
            officer_id=signed_in().person_id,
            occasion=occasion(),
        ),
        reason=form.reason.data,
    )


def to_approval(proposal: ProposalView, *, reason: str | None = None) -> ResponseReturnValue:
    """On to the page where somebody else decides; why it was asked for is kept."""
    note("proposal", proposal.reference, reason=reason)
    return redirect(f"/office/approvals/{proposal.reference}", 303)


def end_page(found: SchemeView, form: EndingForm) -> str:
    """What would end, and why."""
    return render_template(
        "council_office/decision_end.html",
        form=form,
        id=to_text(found.id),
        reference=found.decision.decision_reference,
        rows=decision_rows(found.decision),
    )


def years_of(found: SchemeView) -> str:
    """The financial years of a decision."""
    return financial_years(found.decision.first_year, found.decision.last_year)


def state_of(found: SchemeView, now: SchemeView | None) -> tuple[str, str]:
    """What a decision is today: its tag and the tag's kind."""
    if found.ended_at is not None:
        return "Ended", "grey"
    return ("In force", "leaf") if now is not None and found.id == now.id else ("Recorded", "hazel")


def tiles(now: SchemeView | None, reduced: Amount) -> list[dict[str, str]]:
    """How far bills of this year were reduced, beside the ceiling."""
    ceiling = rules_today().council_tax_ceiling
    left = "No ceiling is set" if ceiling is None else f"{format_pounds(ceiling - reduced)} below the ceiling"
    return [
        {"name": "Reduced this year", "number": format_pounds(reduced), "detail": "Answered or on the way"},
        {"name": "Ceiling", "number": "None" if ceiling is None else format_pounds(ceiling), "detail": left},
        {
            "name": "In force",
            "number": now.decision.decision_reference if now else "None",
            "detail": f"Up to {format_pounds(now.decision.account_cap)} an account" if now else "Nothing is sent",
        },
    ]


def closing_words(closing: ClosingView | None) -> str:
    """What is published about this year."""
    if closing is None:
        return ""
    return f"Published: nobody applies from {plain_day(closing.closes_on)}. {closing.reason}"
