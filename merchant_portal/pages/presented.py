"""What an ordinary phone camera opens: a till goes to the amount with the code kept; nobody else learns anything."""

from flask import Blueprint, g, redirect, render_template
from flask.typing import ResponseReturnValue

from ledger.people.rules import SignInKind
from merchant_portal import kept_code
from merchant_portal.at_till import address, asked_amount

pages = Blueprint("presented", __name__)


@pages.get("/P/<presented>")
def show(presented: str) -> ResponseReturnValue:
    """The address that a customer's QR holds. No look-up is made: good and bad codes look alike."""
    if g.signed_in is None or g.signed_in.kind != SignInKind.TILL:
        return render_template("merchant_portal/presented.html")
    kept_code.keep(presented[:64])
    return redirect(address("/merchant/till", asked_amount()), 303)
