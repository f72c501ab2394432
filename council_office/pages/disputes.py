"""What residents and shops say is wrong: each with the day by which an answer is due, and the answer."""

from datetime import date

from flask import Blueprint, redirect, render_template
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from council_office.account_named import kind_named
from council_office.correction_forms import AnswerForm
from council_office.pages.corrections import rows as correction_rows
from ledger.corrections.disputes import answered_disputes, dispute, open_disputes, refuse, uphold
from ledger.corrections.queries import corrections_of
from ledger.corrections.rules import DisputeState
from ledger.corrections.views import DisputeView
from ledger.identifiers import to_text
from ledger.money import format_amount
from ledger.people.rules import Permission
from shared_web.acts import note
from shared_web.core import settings
from shared_web.days import day_and_clock, plain_day
from shared_web.db import Session, occasion, reading
from shared_web.guards import needs, signed_in
from shared_web.idempotency import answered_once

pages = Blueprint("disputes", __name__)

LATEST = 30
TAGS = {
    DisputeState.OPEN: ("Open", "hazel"),
    DisputeState.UPHELD: ("Upheld", "leaf"),
    DisputeState.NOT_UPHELD: ("Not upheld", "grey"),
}
OVERDUE = ("Overdue", "brick")
LINK = Markup('<a href="/office/disputes/{}">{}</a>')
ANSWERS = {DisputeState.UPHELD: uphold, DisputeState.NOT_UPHELD: refuse}


@pages.get("/disputes")
@needs(Permission.REVERSE)
def index() -> str:
    """What waits, the soonest due first, and what was answered lately."""
    today = occasion().today
    with reading() as session:
        waiting, answered = open_disputes(session), answered_disputes(session, most=LATEST)
    return render_template(
        "council_office/disputes.html",
        waiting=[row(one, today=today) for one in waiting],
        answered=[row(one, today=today) for one in answered],
    )


@pages.get("/disputes/<reference>")
@needs(Permission.REVERSE)
def show(reference: str) -> str:
    """One dispute: what is said, what put it right, the answer or the form that gives it."""
    with reading() as session:
        return drawn(session, dispute(session, reference=reference), AnswerForm())


@pages.post("/disputes/<reference>")
@needs(Permission.REVERSE)
@answered_once
def answer(session: Session, reference: str) -> ResponseReturnValue:
    """Answer it, once."""
    form, found = AnswerForm(), dispute(session, reference=reference)
    if not form.validate_on_submit():
        return drawn(session, found, form), 422
    ANSWERS[DisputeState(form.outcome.data)](
        session,
        reference=found.reference,
        answer=form.answer.data,
        officer_id=signed_in().person_id,
        field_keys=settings().field_keys,
        occasion=occasion(),
    )
    note("dispute", found.reference, reason=form.answer.data, outcome=form.outcome.data)
    return redirect(f"/office/disputes/{found.reference}", 303)


def drawn(session: Session, found: DisputeView, form: AnswerForm) -> str:
    """The page of a dispute."""
    name, kind = tag_of(found, today=occasion().today)
    return render_template(
        "council_office/dispute.html",
        found=found,
        transaction=to_text(found.about),
        by=said_by(found),
        what=f"{kind_named(found.kind)} of {format_amount(found.amount)} CR",
        made=day_and_clock(found.made_at),
        due=plain_day(found.due_on),
        answered=day_and_clock(found.answered_at) if found.answered_at else "",
        corrected_by=to_text(found.corrected_by) if found.corrected_by else "",
        corrections=correction_rows(corrections_of(session, about=found.about)),
        state=name,
        state_kind=kind,
        form=form,
    )


def row(found: DisputeView, *, today: date) -> dict[str, str]:
    """A dispute in the list."""
    name, kind = tag_of(found, today=today)
    return {
        "link": LINK.format(found.reference, found.reference),
        "by": said_by(found),
        "what": kind_named(found.kind),
        "amount": format_amount(found.amount),
        "made": day_and_clock(found.made_at),
        "due": plain_day(found.due_on),
        "state": name,
        "kind": kind,
    }


def tag_of(found: DisputeView, *, today: date) -> tuple[str, str]:
    """Where it stands; an open one past its day is overdue."""
    return OVERDUE if found.state == DisputeState.OPEN and found.due_on < today else TAGS[found.state]


def said_by(found: DisputeView) -> str:
    """Who disputes: a shop by its name, a resident by none."""
    return found.shop or "A resident"
