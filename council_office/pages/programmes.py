"""Programmes: what each may give, what it allotted to whom, and what of that residents were awarded."""

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from flask import Blueprint, redirect, render_template
from flask.typing import ResponseReturnValue

from council_office.lasting import lasting
from council_office.programme_forms import ProgrammeForm, tariff_words
from ledger.earning.activity_queries import programme_activities
from ledger.earning.asks import asks_waiting
from ledger.earning.errors import DecisionUsed
from ledger.earning.pace import allotted_lately, awarded_lately
from ledger.earning.programmes import open_programme
from ledger.earning.queries import programme, programme_allowances, programmes
from ledger.earning.rules import ProgrammeState, Tariff
from ledger.earning.tariffs import tariff_versions
from ledger.earning.views import ActivityView, AllowanceView, ProgrammeView
from ledger.identifiers import from_text, to_text
from ledger.money import Amount, format_amount
from ledger.people.rules import Permission
from shared_web.acts import note
from shared_web.days import plain_day
from shared_web.db import occasion, reading, unit_of_work
from shared_web.guards import needs, signed_in
from shared_web.refused_fields import told_at

pages = Blueprint("programmes", __name__)

TAGS = {
    ProgrammeState.DRAFT: ("Draft", "grey"),
    ProgrammeState.OPEN: ("Open", "leaf"),
    ProgrammeState.CLOSING: ("Closing", "hazel"),
    ProgrammeState.CLOSED: ("Closed", "grey"),
}
Paces = Mapping[tuple[UUID, UUID], Amount]

MAY_MOVE = (ProgrammeState.OPEN, ProgrammeState.CLOSING)
"""While a programme may be funded, and may allot."""


@pages.get("/programmes")
def index() -> str:
    """Every programme, the latest to end first."""
    today = occasion().today
    with reading() as session:
        found = programmes(session, today=today)
        allotted = allotted_lately(session, today=today)
        asks = len(asks_waiting(session))
    lines = [
        (
            to_text(one.id),
            one,
            dates_of(one),
            *TAGS[one.state],
            lasting(one.left, used=allotted.get(one.id, 0), ends_on=one.ends_on, today=today),
        )
        for one in found
    ]
    return render_template(
        "council_office/programmes.html",
        lines=lines,
        asks=asks,
        may_open=Permission.AWARD in signed_in().permissions,
    )


@pages.get("/programmes/new")
@needs(Permission.AWARD)
def ask() -> ResponseReturnValue:
    """The form of a new programme."""
    return render_template("council_office/programme_new.html", form=ProgrammeForm())


@pages.post("/programmes/new")
@needs(Permission.AWARD)
def add() -> ResponseReturnValue:
    """Open a programme; it has no budget yet."""
    form = ProgrammeForm()
    if form.validate_on_submit():
        with told_at(form.decision, DecisionUsed), unit_of_work() as session:
            programme_id = open_programme(
                session,
                name=form.name.data,
                decision_reference=form.decision.data,
                starts_on=form.starts_on.data,
                ends_on=form.ends_on.data,
                ceiling=form.ceiling.data,
                occasion=occasion(),
            )
            text = to_text(programme_id)
            note("programme", text, decision=form.decision.data, ceiling=form.ceiling.data)
            return redirect(f"/office/programmes/{text}", 303)
    return render_template("council_office/programme_new.html", form=form), 422


@pages.get("/programmes/<text>")
def show(text: str) -> str:
    """One programme: its figures, and its organisers."""
    programme_id, today = from_text(text), occasion().today
    with reading() as session:
        found = programme(session, programme_id=programme_id, today=today)
        allowances = programme_allowances(session, programme_id=programme_id)
        awarded = awarded_lately(session, today=today)
        allotted = allotted_lately(session, today=today).get(programme_id, 0)
        offered = programme_activities(session, programme_id=programme_id, today=today)
        coming = tariff_versions(session, activity_ids=[one.id for one in offered])
    name, kind = TAGS[found.state]
    return render_template(
        "council_office/programme.html",
        id=to_text(programme_id),
        programme=found,
        dates=dates_of(found),
        state=name,
        state_kind=kind,
        tiles=tiles(found, budget_lasts=lasting(found.left, used=allotted, ends_on=found.ends_on, today=today)),
        rows=[allowance_row(one, awarded, found, today=today) for one in allowances],
        activities=[activity_line(one, coming.get(one.id, []), today=today) for one in offered],
        may_move=found.state in MAY_MOVE and Permission.AWARD in signed_in().permissions,
    )


def dates_of(found: ProgrammeView) -> str:
    """E.g. "1 April 2026 to 31 March 2027"."""
    return f"{plain_day(found.starts_on)} to {plain_day(found.ends_on)}"


def tiles(found: ProgrammeView, *, budget_lasts: str) -> list[dict[str, str]]:
    """Where the programme's credits are."""
    ceiling = "No ceiling" if found.ceiling is None else f"Of a ceiling of {format_amount(found.ceiling)}"
    figures = [
        ("Budget", found.budget, ceiling),
        ("Allotted", found.allotted, "To organisers"),
        ("Awarded", found.awarded, "To residents, of what was allotted"),
        ("Left to allot", found.left, f"Lasts: {budget_lasts}"),
    ]
    return [
        {"name": name, "number": format_amount(amount), "word": "CR", "detail": detail}
        for name, amount, detail in figures
    ]


def allowance_row(one: AllowanceView, awarded: Paces, found: ProgrammeView, *, today: date) -> list[str]:
    """An organiser and its allowance, and how long it lasts."""
    used = awarded.get((one.programme_id, one.organiser_id), 0)
    amounts = (format_amount(amount) for amount in (one.allotted, one.awarded, one.left))
    return [one.organiser_name, *amounts, lasting(one.left, used=used, ends_on=found.ends_on, today=today)]


def activity_line(one: ActivityView, versions: Sequence[Tariff], *, today: date) -> dict[str, str]:
    """An activity, what it counts today, and what it will count."""
    to_come = [version for version in versions if version.starts_on > today]
    words = [f"{tariff_words(version.amount, version.per)} from {plain_day(version.starts_on)}" for version in to_come]
    return {
        "id": to_text(one.id),
        "title": one.title,
        "tariff": tariff_words(one.tariff, one.tariff_per),
        "coming": ", then ".join(words),
    }
