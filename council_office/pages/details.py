"""An officer's own details: what they may do here, where they are signed in, and the way out."""

from flask import Blueprint, redirect, render_template
from werkzeug.wrappers import Response

from council_office.wording import near_moment
from ledger.identifiers import from_text, to_text
from ledger.people.rules import Permission, Realm
from ledger.people.sign_ins import SignInLine, end_own_sign_in, sign_ins_of
from shared_web.db import occasion, reading, unit_of_work
from shared_web.guards import signed_in

pages = Blueprint("details", __name__)

MAY = {
    Permission.AWARD: "Open and fund programmes, allot credits",
    Permission.APPROVE: "Approve what others ask for",
    Permission.EXPORT: "Download council-tax files",
    Permission.SETTLE: "Pay shops",
    Permission.REVERSE: "Take back mistakes",
    Permission.SEE_PEOPLE: "See who residents are",
    Permission.SEE_AUDIT: "See who did what",
    Permission.ADMINISTER: "Look after officers and the scheme",
}


@pages.get("/details")
def show() -> str:
    """Name, permissions, sign-ins."""
    known = signed_in()
    with reading() as session:
        lines = sign_ins_of(session, realm=Realm.OFFICE, person_id=known.person_id, now=occasion().now)
    return render_template(
        "council_office/details.html",
        may=[words for permission, words in MAY.items() if permission in known.permissions],
        sign_ins=[shown(line) for line in lines],
    )


@pages.post("/details/sign-ins/<text>/end")
def end(text: str) -> Response:
    """End one of the officer's own sign-ins."""
    with unit_of_work() as session:
        end_own_sign_in(
            session,
            sign_in_id=from_text(text),
            person_id=signed_in().person_id,
            realm=Realm.OFFICE,
            occasion=occasion(),
        )
    return redirect("/office/details", 303)


def shown(line: SignInLine) -> dict[str, object]:
    """A sign-in in words."""
    return {
        "action": f"/office/details/sign-ins/{to_text(line.id)}/end",
        "this_one": line.id == signed_in().sign_in_id,
        "began": near_moment(line.signed_in_at),
        "used": near_moment(line.active_at),
    }
