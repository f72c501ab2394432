"""An officer's own details: what they may do here, where they are signed in, and the way out."""

from flask import Blueprint, render_template

from ledger.people.rules import Permission
from shared_web.db import reading
from shared_web.guards import signed_in
from shared_web.own_sign_ins import let_end, own_sign_ins

DETAILS = "/office/details"

pages = Blueprint("details", __name__)
let_end(pages, details=DETAILS)

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
    with reading() as session:
        sign_ins = own_sign_ins(session, details=DETAILS)
    return render_template(
        "council_office/details.html",
        may=[words for permission, words in MAY.items() if permission in signed_in().permissions],
        sign_ins=sign_ins,
    )
