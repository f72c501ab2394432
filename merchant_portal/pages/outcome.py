"""Yes, No and Stopped: the whole screen, each at its own address, shown again as it was."""

from flask import Blueprint, redirect, render_template
from flask.typing import ResponseReturnValue

from ledger.clock import london_date
from ledger.redemption.queries import TakenByMerchant, redemption
from merchant_portal import refusals
from merchant_portal.answers import result_of
from merchant_portal.at_till import address, at_a_till, shop_id
from shared_web.days import clock_to_the_second
from shared_web.db import occasion, reading

pages = Blueprint("outcome", __name__)


@pages.get("/till/result/<reference>")
def yes(reference: str) -> ResponseReturnValue:
    """Yes, for a redemption of this shop and of today that stands; any other is a line of the takings."""
    taken = own(reference)
    if taken.voided_at is not None or london_date(taken.at) != occasion().today:
        return redirect(f"/merchant/takings/{taken.reference}", 303)
    return render_template("merchant_portal/yes.html", taken=taken, time=clock_to_the_second(taken.at))


@pages.get("/till/no/<sealed>")
@at_a_till
def no(sealed: str) -> ResponseReturnValue:
    """No, with what to do now."""
    refused = refusals.read(sealed)
    ways = {way: address(f"/merchant/till/{way}", refused.amount) for way in ("scan", "type")}
    return render_template("merchant_portal/no.html", refused=refused, time=clock_to_the_second(refused.at), ways=ways)


@pages.get("/till/stopped/<reference>")
@at_a_till
def stopped(reference: str) -> ResponseReturnValue:
    """What was taken before it could be stopped has gone back; until that is known, this is no Stopped."""
    taken = own(reference)
    if taken.voided_at is None:
        return redirect(result_of(taken.reference), 303)
    return render_template("merchant_portal/stopped.html", taken=taken, time=clock_to_the_second(taken.voided_at))


def own(reference: str) -> TakenByMerchant:
    """A redemption of this shop. Raises NotFound for any other."""
    with reading() as session:
        return redemption(session, reference=reference, merchant_id=shop_id())
