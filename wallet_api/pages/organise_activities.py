"""What an organiser offers, and a new date of it."""

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from ledger.earning.activities import add_session
from ledger.earning.activity_queries import activities_of
from ledger.earning.errors import ProgrammeNotOpen, SessionExists
from ledger.earning.rules import TariffPer
from ledger.earning.views import ActivityView
from ledger.errors import InvalidField
from ledger.identifiers import from_text, to_text
from ledger.money import format_amount
from shared_web.db import occasion, reading, unit_of_work
from shared_web.guards import signed_in
from shared_web.refused_fields import told_at
from wallet_api.organise_forms import SessionForm

pages = Blueprint("organise_activities", __name__)

PER = {TariffPer.HOUR: "an hour", TariffPer.SESSION: "a session", TariffPer.ACTION: "each time"}
CLOSED = "The programme that pays for this activity does not run on that day"
TOO_MUCH = "This session would be worth less than 0.01 or more than 10,000.00 credits. Choose another end"


@pages.get("/activities")
def index() -> str:
    """Every activity of this organiser."""
    found = own_activities()
    return render_template("wallet_api/organise_activities.html", items=[item(one) for one in found])


@pages.get("/sessions/new")
def ask() -> str:
    """When, and for how many."""
    form = SessionForm(activities=own_activities(), today=occasion().today, chosen=request.args.get("activity"))
    return render_template("wallet_api/organise_session.html", form=form)


@pages.post("/sessions/new")
def add() -> ResponseReturnValue:
    """Add a session to one of this organiser's activities."""
    form = SessionForm(activities=own_activities(), today=occasion().today)
    if form.validate_on_submit():
        with (
            told_at(form.day, ProgrammeNotOpen, words=CLOSED),
            told_at(form.starts, SessionExists),
            told_at(form.ends, InvalidField, words=TOO_MUCH),
            unit_of_work() as session,
        ):
            added = add_session(
                session,
                activity_id=from_text(form.activity.data),
                starts_at=form.starts_at,
                ends_at=form.ends_at,
                places=int(form.places.data),
                occasion=occasion(),
            )
            return redirect(f"/organise/sessions/{to_text(added)}/roster", 303)
    return render_template("wallet_api/organise_session.html", form=form), 422


def own_activities() -> list[ActivityView]:
    """The activities of whoever is signed in: what the form offers, and all it takes."""
    with reading() as session:
        return activities_of(session, organiser_id=signed_in().organisation_id, today=occasion().today)


def item(one: ActivityView) -> dict[str, object]:
    """An activity as the list shows it."""
    return {
        "text": one.title,
        "href": f"/organise/sessions/new?activity={to_text(one.id)}",
        "detail": one.place if not one.postcode or one.postcode in one.place else f"{one.place}, {one.postcode}",
        "earns": f"{format_amount(one.tariff)} credits {PER[one.tariff_per]}",
    }
