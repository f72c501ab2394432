"""Closed months: what each was frozen with, and the way to ask that the latest is opened again."""

import re
from datetime import date

from flask import Blueprint, redirect, render_template
from flask.typing import ResponseReturnValue
from wtforms import TextAreaField

from council_office.audit_seen import actors, name_of
from council_office.outstanding_figures import kinds_told
from ledger.book.errors import MonthNotClosed
from ledger.book.periods import Closing, PeriodLine, closings, period_lines
from ledger.errors import NotFound
from ledger.money import format_amount, format_signed
from ledger.people.officers import officers
from ledger.people.rules import Permission
from ledger.reopen_month import ask_reopening
from shared_web.acts import note
from shared_web.amount_entry import ValueForm
from shared_web.days import day_and_clock
from shared_web.db import Session, occasion, reading
from shared_web.guards import needs, signed_in
from shared_web.idempotency import answered_once
from shared_web.words_typed import one_line, words

pages = Blueprint("months", __name__)


class ReopenForm(ValueForm):
    """Why a month is to be opened again."""

    reason = TextAreaField(
        "Why",
        description="Both of you are kept with it",
        filters=[one_line],
        validators=[words("Say why it is to be opened again", most=300)],
    )


@pages.get("/months")
def index() -> str:
    """Every month that is closed, the latest first."""
    with reading() as session:
        found, names = closings(session.connection()), actors(officers(session))
    return render_template(
        "council_office/months.html",
        rows=[
            {
                "path": path_of(one),
                "month": month_of(one),
                "state": "Closed" if one.is_frozen else "Being closed",
                "closed": f"{day_and_clock(one.closed_at)}, {name_of(one.closed_by, names)}",
                "number": one.number,
            }
            for one in found
        ],
    )


@pages.get("/months/<text>")
def show(text: str) -> str:
    """What a month was frozen with."""
    with reading() as session:
        found, latest = closed(session, text)
        lines = period_lines(session.connection(), found.id)
    return render_template(
        "council_office/month.html",
        path=path_of(found),
        pack=f"/office/month-end/{found.month:%Y-%m}",
        month=month_of(found),
        rows=[total_row(line) for line in lines],
        kinds=kinds_told(),
        may_ask=latest and Permission.REVERSE in signed_in().permissions,
        latest=latest,
    )


@pages.get("/months/<text>/open")
@needs(Permission.REVERSE)
def ask(text: str) -> str:
    """Why it is to be opened again."""
    with reading() as session:
        found = latest_closed(session, text)
    return drawn(found, ReopenForm())


@pages.post("/months/<text>/open")
@needs(Permission.REVERSE)
@answered_once
def reopen(session: Session, text: str) -> ResponseReturnValue:
    """Ask another officer to open it again."""
    found, form = latest_closed(session, text), ReopenForm()
    if not form.validate_on_submit():
        return drawn(found, form), 422
    reference = ask_reopening(
        session,
        month=found.month,
        reason=form.reason.data or "",
        maker_id=signed_in().person_id,
        occasion=occasion(),
    )
    note("month", text, reason=form.reason.data, proposal=reference)
    return redirect(f"/office/approvals/{reference}", 303)


def closed(session: Session, text: str) -> tuple[Closing, bool]:
    """The closed month of an address, and whether it is the latest. Raises NotFound."""
    found = closings(session.connection())
    wanted = read_month(text)
    for place, one in enumerate(found):
        if one.month == wanted:
            return one, place == 0
    raise NotFound("month")


def latest_closed(session: Session, text: str) -> Closing:
    """As `closed`, of the latest alone. Raises NotFound, MonthNotClosed."""
    found, latest = closed(session, text)
    if not latest:
        raise MonthNotClosed(f"{text} is not the latest closed month")
    return found


def read_month(text: str) -> date:
    """The first day of a month like "2026-10". Raises NotFound."""
    if not re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])", text, re.ASCII) or text < "0001":
        raise NotFound("month")
    return date.fromisoformat(f"{text}-01")


def drawn(found: Closing, form: ReopenForm) -> str:
    """The page that asks why."""
    return render_template("council_office/month_open.html", form=form, path=path_of(found), month=month_of(found))


def path_of(one: Closing) -> str:
    """The page of a closed month."""
    return f"/office/months/{one.month:%Y-%m}"


def month_of(one: Closing) -> str:
    """E.g. "October 2026"."""
    return f"{one.month:%B %Y}"


def total_row(line: PeriodLine) -> list[str]:
    """One kind of account and unit."""
    name = line.kind.replace("_", " ").capitalize()
    return [
        f"{name}, {line.unit}",
        format_amount(line.debited),
        format_amount(line.credited),
        format_signed(line.balance) if line.balance else format_amount(0),
    ]
