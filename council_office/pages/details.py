"""An officer's own details: what they may do here, where they are signed in, and the way out."""

from flask import Blueprint, render_template

from council_office.wording import MAY
from shared_web.db import reading
from shared_web.guards import signed_in
from shared_web.own_sign_ins import let_end, own_sign_ins

DETAILS = "/office/details"

pages = Blueprint("details", __name__)
let_end(pages, details=DETAILS)


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
