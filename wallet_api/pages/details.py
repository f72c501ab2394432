"""A resident's details: who they are here, where they are signed in, and the way out."""

from flask import Blueprint, render_template

from ledger.people.queries import resident
from shared_web.db import reading
from shared_web.guards import signed_in
from shared_web.own_sign_ins import let_end, own_sign_ins

DETAILS = "/details"

pages = Blueprint("details", __name__)
let_end(pages, details=DETAILS)


@pages.get("/details")
def show() -> str:
    """Name, address, sign-ins."""
    with reading() as session:
        person = resident(session, resident_id=signed_in().person_id)
        sign_ins = own_sign_ins(session, details=DETAILS)
    return render_template("wallet_api/details.html", person=person, sign_ins=sign_ins)
