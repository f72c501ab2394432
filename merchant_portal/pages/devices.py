"""The tills that are open now; an owner ends any of them from its next request on."""

from flask import Blueprint, redirect, render_template
from flask.typing import ResponseReturnValue

from ledger.identifiers import from_text, to_text
from ledger.people.tills import revoke_till, tills_of
from merchant_portal.at_till import shop_id
from shared_web.core import core
from shared_web.db import occasion, reading, unit_of_work
from shared_web.guards import for_owners

pages = Blueprint("devices", __name__)


@pages.get("/devices")
@for_owners
def show() -> ResponseReturnValue:
    """Each till, who is at it and until when it is open."""
    with reading() as session:
        tills = tills_of(session, organisation_id=shop_id(), now=core().now())
    return render_template("merchant_portal/devices.html", tills=[(to_text(till.id), till) for till in tills])


@pages.post("/devices/<text>/revoke")
@for_owners
def revoke(text: str) -> ResponseReturnValue:
    """End a till of this shop."""
    with unit_of_work() as session:
        revoke_till(session, till_id=from_text(text), organisation_id=shop_id(), occasion=occasion())
    return redirect("/merchant/devices", 303)
