"""Officers: who may do what; a new right takes another officer, an end takes effect at the next request."""

from collections.abc import Collection
from dataclasses import dataclass

from flask import Blueprint, redirect, render_template
from flask.typing import ResponseReturnValue
from wtforms.fields import SelectChoice

from council_office.officer_forms import LeaveForm, OfficerForm, RightForm
from council_office.wording import MAY
from ledger.clock import london_date
from ledger.identifiers import from_text, to_text
from ledger.people.errors import EmailTaken
from ledger.people.officers import OfficerView, ask_grant, end_right, leave, officer, officers
from ledger.people.register import add_officer
from ledger.people.rules import Permission
from shared_web.acts import note
from shared_web.core import settings
from shared_web.days import plain_day
from shared_web.db import Session, occasion, reading, unit_of_work
from shared_web.guards import needs, signed_in
from shared_web.idempotency import answered_once
from shared_web.qr import qr_svg
from shared_web.refused_fields import told_at

pages = Blueprint("officers", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A page that changes what an officer may do: where it is sent, its heading, what it says, its button."""

    action: str
    heading: str
    sentence: str
    button: str


GRANT = Change(
    action="grant",
    heading="Let them do more",
    sentence="Another officer decides. You can ask only for what you may do yourself.",
    button="Ask another officer",
)
END = Change(
    action="end",
    heading="End a right",
    sentence="It ends at once. What they asked for and nobody has used becomes void.",
    button="End it now",
)
LEAVE = Change(
    action="leave",
    heading="They leave",
    sentence="Every right and every sign-in ends at once. What they asked for and nobody has used becomes void.",
    button="They leave now",
)


@pages.get("/officers")
@needs(Permission.ADMINISTER)
def index() -> str:
    """Every officer and what they may do."""
    with reading() as session:
        found = officers(session)
    return render_template("council_office/officers.html", lines=[line(one) for one in found])


@pages.get("/officers/new")
@needs(Permission.ADMINISTER)
def ask() -> str:
    """The form of a new officer."""
    return render_template("council_office/officer_new.html", form=OfficerForm())


@pages.post("/officers/new")
@needs(Permission.ADMINISTER)
def add() -> ResponseReturnValue:
    """Add an officer, and show what their app needs this once."""
    form = OfficerForm()
    if form.validate_on_submit():
        with told_at(form.email, EmailTaken), unit_of_work() as session:
            added = add_officer(
                session,
                name=form.name.data or "",
                email=form.email.data or "",
                permissions=(),
                field_keys=settings().field_keys,
                occasion=occasion(),
            )
            note("officer", to_text(added.id))
            return render_template(
                "council_office/officer_added.html",
                name=form.name.data,
                path=path_of(to_text(added.id)),
                secret=" ".join(added.totp_secret[place : place + 4] for place in range(0, 32, 4)),
                qr=qr_svg(added.totp_uri, label="QR code for their authenticator app to read"),
            )
    return render_template("council_office/officer_new.html", form=form), 422


@pages.get("/officers/<text>")
@needs(Permission.ADMINISTER)
def show(text: str) -> str:
    """One officer: what they may do, and the ways to change it."""
    with reading() as session:
        found = officer(session, officer_id=from_text(text))
    return render_template(
        "council_office/officer.html",
        officer=found,
        path=path_of(text),
        since=plain_day(london_date(found.joined_at)),
        left=found.left_at and plain_day(london_date(found.left_at)),
        may=words_of(found.permissions),
        may_grant=bool(grantable(found)),
    )


@pages.get("/officers/<text>/grant")
@needs(Permission.ADMINISTER)
def ask_for_more(text: str) -> str:
    """Which right, and why."""
    with reading() as session:
        found = officer(session, officer_id=from_text(text))
    return drawn(GRANT, found, offering(RightForm(), grantable(found)))


@pages.post("/officers/<text>/grant")
@needs(Permission.ADMINISTER)
@answered_once
def grant(session: Session, text: str) -> ResponseReturnValue:
    """Ask that they may do one thing more; somebody else agrees to it."""
    found = officer(session, officer_id=from_text(text))
    form = offering(RightForm(), grantable(found))
    if not form.validate_on_submit():
        return drawn(GRANT, found, form), 422
    reference = ask_grant(
        session,
        officer_id=found.id,
        permission=Permission(form.permission.data),
        reason=form.reason.data or "",
        maker_id=signed_in().person_id,
        occasion=occasion(),
    )
    note("officer", to_text(found.id), reason=form.reason.data, permission=form.permission.data, proposal=reference)
    return redirect(f"/office/approvals/{reference}", 303)


@pages.get("/officers/<text>/end")
@needs(Permission.ADMINISTER)
def ask_for_less(text: str) -> str:
    """Which right ends, and why."""
    with reading() as session:
        found = officer(session, officer_id=from_text(text))
    return drawn(END, found, offering(RightForm(), found.permissions))


@pages.post("/officers/<text>/end")
@needs(Permission.ADMINISTER)
@answered_once
def end(session: Session, text: str) -> ResponseReturnValue:
    """They may do one thing less, from their next request on."""
    found = officer(session, officer_id=from_text(text))
    form = offering(RightForm(), found.permissions)
    if not form.validate_on_submit():
        return drawn(END, found, form), 422
    end_right(session, officer_id=found.id, permission=Permission(form.permission.data), occasion=occasion())
    note("officer", to_text(found.id), reason=form.reason.data, permission=form.permission.data)
    return redirect(path_of(text), 303)


@pages.get("/officers/<text>/leave")
@needs(Permission.ADMINISTER)
def ask_to_leave(text: str) -> str:
    """Why they leave."""
    with reading() as session:
        found = officer(session, officer_id=from_text(text))
    return drawn(LEAVE, found, LeaveForm())


@pages.post("/officers/<text>/leave")
@needs(Permission.ADMINISTER)
@answered_once
def end_all(session: Session, text: str) -> ResponseReturnValue:
    """They leave: every right and every sign-in ends."""
    found, form = officer(session, officer_id=from_text(text)), LeaveForm()
    if not form.validate_on_submit():
        return drawn(LEAVE, found, form), 422
    leave(session, officer_id=found.id, occasion=occasion())
    note("officer", to_text(found.id), reason=form.reason.data)
    return redirect("/office/officers", 303)


def grantable(found: OfficerView) -> frozenset[Permission]:
    """What whoever is signed in could ask for on behalf of this officer: nobody grants what they lack."""
    return frozenset() if found.id == signed_in().person_id else signed_in().permissions - found.permissions


def offering(form: RightForm, permissions: Collection[Permission]) -> RightForm:
    """The form with these rights to choose from."""
    form.permission.choices = [SelectChoice(str(one), words) for one, words in MAY.items() if one in permissions]
    return form


def drawn(change: Change, found: OfficerView, form: LeaveForm) -> str:
    """The page of a change to an officer."""
    path = path_of(to_text(found.id))
    return render_template("council_office/officer_change.html", change=change, officer=found, path=path, form=form)


def words_of(permissions: Collection[Permission]) -> list[str]:
    """Rights in words, always in the same order."""
    return [words for permission, words in MAY.items() if permission in permissions]


def path_of(text: str) -> str:
    """The page of an officer."""
    return f"/office/officers/{text}"


def line(one: OfficerView) -> dict[str, object]:
    """An officer in the list."""
    return {
        "href": path_of(to_text(one.id)),
        "text": one.name,
        "detail": one.email,
        "lines": words_of(one.permissions),
        "tag": "Has left" if one.left_at else "",
        "tag_kind": "grey",
    }
