"""Scan the customer's code with the camera, and the page that keeps asking while the answer is unknown."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from merchant_portal.at_till import at_a_till, unlocked, wanted_amount
from shared_web.core import settings
from shared_web.security_headers import allow_camera

pages = Blueprint("scan", __name__)


@pages.get("/till/scan")
@at_a_till
@unlocked
def show() -> ResponseReturnValue:
    """The camera, for one amount. Only what begins as our own codes do is ever sent (threats QR-11)."""
    amount = wanted_amount()
    allow_camera()
    prefix = f"{settings().base_url}/P/".upper()
    return render_template("merchant_portal/scan.html", amount=amount, prefix=prefix)


@pages.get("/till/checking")
@at_a_till
def checking() -> ResponseReturnValue:
    """What a script shows while it asks again with the same key; loaded anew, it goes on with what it had stored."""
    return render_template("merchant_portal/checking.html")
