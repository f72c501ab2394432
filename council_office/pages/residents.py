"""Residents, looked up one search at a time: with a reason, which is kept with whom it showed."""

from collections.abc import Callable, Mapping

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from wtforms import RadioField, StringField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired

from ledger.council_tax.errors import NotAReference
from ledger.council_tax.link_queries import LinkStatus, link_statuses
from ledger.council_tax.queries import residents_linked
from ledger.council_tax.references import read_reference
from ledger.errors import InvalidField
from ledger.identifiers import to_text
from ledger.people.look_ups import record_look_up, residents_named, residents_of
from ledger.people.queries import ResidentView, find_resident
from ledger.people.rules import LookedUpBy, Permission, ResidentStatus
from shared_web.account_checked import checked_words
from shared_web.acts import note
from shared_web.core import settings
from shared_web.db import Session, occasion, unit_of_work
from shared_web.forms import TallystickForm
from shared_web.guards import needs, signed_in
from shared_web.refused_fields import told_at
from shared_web.words_typed import one_line, words

pages = Blueprint("residents", __name__)

BY = {
    LookedUpBy.NAME: "Name",
    LookedUpBy.EMAIL: "E-mail address",
    LookedUpBy.ACCOUNT: "Council tax account",
}
STATUSES = {
    ResidentStatus.OPEN: "",
    ResidentStatus.FROZEN: "Stopped",
    ResidentStatus.CLOSING: "Leaving",
    ResidentStatus.CLOSED: "Has left",
}


class LookUpForm(TallystickForm):
    """Whom, by what, and why."""

    by = RadioField(
        "What do you know?",
        choices=[SelectChoice(str(by), said) for by, said in BY.items()],
        validators=[InputRequired("Say what you know of them")],
    )
    text = StringField("Look for", filters=[one_line], validators=[words("Enter what to look for", most=120)])
    reason = TextAreaField(
        "Why",
        description="Kept with your name, and seen by whoever looks after data protection",
        filters=[one_line],
        validators=[words("Say why you are looking", most=300)],
    )


@pages.get("/residents")
@needs(Permission.SEE_PEOPLE)
def ask() -> str:
    """Whom, by what, and why."""
    return render_template("council_office/residents.html", form=LookUpForm(), rows=None)


@pages.post("/residents")
@needs(Permission.SEE_PEOPLE)
def look_up() -> ResponseReturnValue:
    """Who is found, once the reason and whom it showed are written down."""
    form = LookUpForm()
    if form.validate_on_submit():
        with told_at(form.text, InvalidField, NotAReference, words="Check what you are looking for"):
            return render_template("council_office/residents.html", form=form, rows=looked_up(form))
    return render_template("council_office/residents.html", form=form, rows=None), 422


def looked_up(form: LookUpForm) -> list[list[str]]:
    """Who is found, as table rows; that they were looked for is written with it. Raises InvalidField, NotAReference."""
    by = LookedUpBy(form.by.data)
    with unit_of_work() as session:
        found = FINDS[by](session, form.text.data or "")
        shown = [one.id for one in found]
        sampled = record_look_up(
            session,
            officer_id=signed_in().person_id,
            by=by,
            reason=form.reason.data or "",
            shown=shown,
            occasion=occasion(),
        )
        ids = [to_text(one) for one in shown]
        kind, subject = ("resident", *ids) if len(ids) == 1 else ("residents", str(len(ids)))
        note(kind, subject, reason=form.reason.data, sampled=sampled, residents=ids)
        statuses = link_statuses(session, resident_ids=shown)
    return [row(one, statuses.get(one.id)) for one in found]


def _by_name(session: Session, text: str) -> list[ResidentView]:
    return residents_named(session, name=text)


def _by_email(session: Session, text: str) -> list[ResidentView]:
    found = find_resident(session, email=text)
    return residents_of(session, ids=[found] if found else [])


def _by_account(session: Session, text: str) -> list[ResidentView]:
    reference = read_reference(text, settings().account_format)
    return residents_of(session, ids=residents_linked(session, base=reference.base))


FINDS: Mapping[LookedUpBy, Callable[[Session, str], list[ResidentView]]] = {
    LookedUpBy.NAME: _by_name,
    LookedUpBy.EMAIL: _by_email,
    LookedUpBy.ACCOUNT: _by_account,
}


def row(one: ResidentView, linked: LinkStatus | None) -> list[str]:
    """A resident who was found, and how their council-tax number stands, if they linked one."""
    checked = checked_words(linked) if linked else "None linked"
    return [one.name, one.email, one.postcode or "", STATUSES[one.status], to_text(one.id), checked]
