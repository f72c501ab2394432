"""A resident's details: who they are here, where they are signed in, and the way out."""

from dataclasses import dataclass

from flask import Blueprint, g, redirect, render_template
from werkzeug.wrappers import Response

from ledger.identifiers import from_text, to_text
from ledger.people.queries import resident
from ledger.people.rules import Realm
from ledger.people.sign_ins import SignInLine, end_own_sign_in, sign_ins_of
from shared_web.db import occasion, reading, unit_of_work
from wallet_api.wording import day_and_clock

pages = Blueprint("details", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A sign-in as the page lists it."""

    id: str
    this_one: bool
    began: str
    used: str


@pages.get("/details")
def show() -> str:
    """Name, address, sign-ins."""
    with reading() as session:
        person = resident(session, resident_id=g.signed_in.person_id)
        lines = sign_ins_of(session, realm=Realm.RESIDENT, person_id=person.id, now=occasion().now)
    return render_template("wallet_api/details.html", person=person, sign_ins=[shown(line) for line in lines])


@pages.post("/details/sign-ins/<text>/end")
def end(text: str) -> Response:
    """End one of the resident's own sign-ins, this one too."""
    with unit_of_work() as session:
        end_own_sign_in(
            session,
            sign_in_id=from_text(text),
            person_id=g.signed_in.person_id,
            realm=Realm.RESIDENT,
            occasion=occasion(),
        )
    return redirect("/details", 303)


def shown(line: SignInLine) -> Shown:
    """A sign-in in words."""
    return Shown(
        id=to_text(line.id),
        this_one=line.id == g.signed_in.sign_in_id,
        began=day_and_clock(line.signed_in_at),
        used=day_and_clock(line.active_at),
    )
