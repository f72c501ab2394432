"""Programmes: what each may give, what it allotted to whom, and what of that residents were awarded."""

from flask import Blueprint, redirect, render_template
from flask.typing import ResponseReturnValue

from council_office.programme_forms import ProgrammeForm
from ledger.earning.errors import DecisionUsed
from ledger.earning.programmes import open_programme
from ledger.earning.queries import programme, programme_allowances, programmes
from ledger.earning.rules import ProgrammeState
from ledger.earning.views import AllowanceView, ProgrammeView
from ledger.identifiers import from_text, to_text
from ledger.money import format_amount
from ledger.people.rules import Permission
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
MAY_MOVE = (ProgrammeState.OPEN, ProgrammeState.CLOSING)
"""While a programme may be funded, and may allot."""


@pages.get("/programmes")
def index() -> str:
    """Every programme, the latest to end first."""
    with reading() as session:
        found = programmes(session, today=occasion().today)
    lines = [(to_text(one.id), one, dates_of(one), *TAGS[one.state]) for one in found]
    return render_template(
        "council_office/programmes.html", lines=lines, may_open=Permission.AWARD in signed_in().permissions
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
                occasion=occasion(),
            )
            return redirect(f"/office/programmes/{to_text(programme_id)}", 303)
    return render_template("council_office/programme_new.html", form=form), 422


@pages.get("/programmes/<text>")
def show(text: str) -> str:
    """One programme: its figures, and its organisers."""
    programme_id = from_text(text)
    with reading() as session:
        found = programme(session, programme_id=programme_id, today=occasion().today)
        allowances = programme_allowances(session, programme_id=programme_id)
    name, kind = TAGS[found.state]
    return render_template(
        "council_office/programme.html",
        id=to_text(programme_id),
        programme=found,
        dates=dates_of(found),
        state=name,
        state_kind=kind,
        tiles=tiles(found),
        rows=[allowance_row(one) for one in allowances],
        may_move=found.state in MAY_MOVE and Permission.AWARD in signed_in().permissions,
    )


def dates_of(found: ProgrammeView) -> str:
    """E.g. "1 April 2026 to 31 March 2027"."""
    return f"{plain_day(found.starts_on)} to {plain_day(found.ends_on)}"


def tiles(found: ProgrammeView) -> list[dict[str, str]]:
    """Where the programme's credits are."""
    figures = [
        ("Budget", found.budget, "All it was funded with"),
        ("Allotted", found.allotted, "To organisers"),
        ("Awarded", found.awarded, "To residents, of what was allotted"),
        ("Left to allot", found.left, "Budget less allotted"),
    ]
    return [
        {"name": name, "number": format_amount(amount), "word": "CR", "detail": detail}
        for name, amount, detail in figures
    ]


def allowance_row(one: AllowanceView) -> list[str]:
    """An organiser and its allowance."""
    return [one.organiser_name, *(format_amount(amount) for amount in (one.allotted, one.awarded, one.left))]
