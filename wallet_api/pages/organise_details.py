"""An organiser's own details: for whom they act, where they are signed in, and the way out."""

from flask import Blueprint, render_template

from ledger.people.queries import organisation
from shared_web.db import reading
from shared_web.guards import signed_in
from shared_web.own_sign_ins import let_end, own_sign_ins

DETAILS = "/organise/details"

pages = Blueprint("organise_details", __name__)
let_end(pages, details=DETAILS)


@pages.get("/details")
def show() -> str:
    """Name, organisation, sign-ins."""
    with reading() as session:
        place = organisation(session, organisation_id=signed_in().organisation_id)
        sign_ins = own_sign_ins(session, details=DETAILS)
    return render_template("wallet_api/organise_details.html", organisation=place, sign_ins=sign_ins)
