"""A session's roster: who came, add somebody, check, thank them, and what became of it."""

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from ledger.clock import london_date
from ledger.earning.awards import award_session
from ledger.earning.errors import UnknownResident
from ledger.earning.rosters import add_to_roster
from ledger.identifiers import from_text, to_text
from shared_web.days import hours
from shared_web.db import Session, occasion, reading, unit_of_work
from shared_web.guards import signed_in
from shared_web.idempotency import answered_once
from shared_web.in_force import rules_today
from shared_web.refused_fields import told_at
from wallet_api.organise_forms import AddForm, RosterForm, ThankForm
from wallet_api.refused_thanks import address_of, refused_rows
from wallet_api.roster_seen import Roster, roster_seen
from wallet_api.wording import heading_of

pages = Blueprint("organise_roster", __name__, url_prefix="/sessions/<text>")

UNKNOWN = "We know nobody with that e-mail address. Ask them to join first"


@pages.get("/roster")
def show(text: str) -> str:
    """The roster, with a box for each who was not thanked yet."""
    with reading() as session:
        seen = loaded(session, text)
    return drawn("organise_roster", text, seen, form=RosterForm(rows=seen.rows))


@pages.post("/roster")
def check(text: str) -> ResponseReturnValue:
    """Ask once more: how many people, how much each, and what is left for it."""
    with reading() as session:
        seen = loaded(session, text)
    form = RosterForm(rows=seen.rows)
    if not form.validate_on_submit():
        return drawn("organise_roster", text, seen, form=form), 422
    came = [row for row in seen.rows if to_text(row.resident_id) in form.came.data]
    needed = seen.view.credits * len(came)
    return drawn(
        "organise_check",
        text,
        seen,
        form=ThankForm(formdata=None),
        came=[(to_text(row.resident_id), row.name) for row in came],
        needed=needed,
        too_much=needed > seen.left,
        enough_for=seen.left // seen.view.credits,
    )


@pages.post("/award")
@answered_once
def thank(session: Session, text: str) -> ResponseReturnValue:
    """Award the session's credits to those who came; each is decided alone."""
    form, known = ThankForm(), signed_in()
    if not form.validate_on_submit():
        return redirect(f"/organise/sessions/{text}/roster", 303)
    outcomes = award_session(
        session,
        session_id=from_text(text),
        organiser_id=known.organisation_id,
        operator_id=known.operator_id,
        residents=[from_text(resident) for resident in form.came.data],
        rules=rules_today(),
        occasion=occasion(),
    )
    return redirect(address_of(text, outcomes), 303)


@pages.get("/awarded")
def awarded(text: str) -> str:
    """Who was thanked, and who was not and why."""
    with reading() as session:
        seen = loaded(session, text)
    thanked = [row for row in seen.rows if row.award is not None]
    refused = refused_rows(request.args.getlist("refused"), seen.rows, rules_today())
    return drawn("organise_awarded", text, seen, thanked=thanked, refused=refused)


@pages.get("/add")
def ask_add(text: str) -> str:
    """Who else came."""
    with reading() as session:
        seen = loaded(session, text)
    return drawn("organise_add", text, seen, form=AddForm())


@pages.post("/add")
def add(text: str) -> ResponseReturnValue:
    """Enter somebody who came without a place."""
    form, known = AddForm(), signed_in()
    with reading() as session:
        seen = loaded(session, text)
    if form.validate_on_submit():
        with told_at(form.email, UnknownResident, words=UNKNOWN), unit_of_work() as session:
            add_to_roster(
                session,
                session_id=seen.view.id,
                organiser_id=known.organisation_id,
                email=form.email.data,
                occasion=occasion(),
            )
            return redirect(f"/organise/sessions/{text}/roster", 303)
    return drawn("organise_add", text, seen, form=form), 422


def loaded(session: Session, text: str) -> Roster:
    """The roster of an address, this organiser's only."""
    return roster_seen(
        session, session_id=from_text(text), organiser_id=signed_in().organisation_id, now=occasion().now
    )


def drawn(template: str, text: str, seen: Roster, **facts: object) -> str:
    """One of the roster's pages."""
    today = occasion().today
    when = (
        f"{heading_of(london_date(seen.view.starts_at), today=today)}, {hours(seen.view.starts_at, seen.view.ends_at)}"
    )
    return render_template(f"wallet_api/{template}.html", id=text, seen=seen, view=seen.view, when=when, **facts)
