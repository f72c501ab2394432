"""An organiser's own details: for whom they act, where they are signed in, and the way out."""

from flask import Blueprint, redirect, render_template
from werkzeug.wrappers import Response

from ledger.identifiers import from_text, to_text
from ledger.people.queries import organisation
from ledger.people.rules import Realm
from ledger.people.sign_ins import SignInLine, end_own_sign_in, sign_ins_of
from shared_web.db import occasion, reading, unit_of_work
from shared_web.guards import signed_in
from wallet_api.wording import day_and_clock

pages = Blueprint("organise_details", __name__)


@pages.get("/details")
def show() -> str:
    """Name, organisation, sign-ins."""
    known = signed_in()
    with reading() as session:
        place = organisation(session, organisation_id=known.organisation_id)
        lines = sign_ins_of(session, realm=Realm.ORGANISER, person_id=known.person_id, now=occasion().now)
    return render_template(
        "wallet_api/organise_details.html", organisation=place, sign_ins=[shown(line) for line in lines]
    )


@pages.post("/details/sign-ins/<text>/end")
def end(text: str) -> Response:
    """End one of the organiser's own sign-ins."""
    with unit_of_work() as session:
        end_own_sign_in(
            session,
            sign_in_id=from_text(text),
            person_id=signed_in().person_id,
            realm=Realm.ORGANISER,
            occasion=occasion(),
        )
    return redirect("/organise/details", 303)


def shown(line: SignInLine) -> dict[str, object]:
    """A sign-in in words."""
    return {
        "action": f"/organise/details/sign-ins/{to_text(line.id)}/end",
        "this_one": line.id == signed_in().sign_in_id,
        "began": day_and_clock(line.signed_in_at),
        "used": day_and_clock(line.active_at),
    }
