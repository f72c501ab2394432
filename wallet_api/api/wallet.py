"""GET /api/v1/wallet: what a resident has, by the day it ends."""

from flask import Blueprint, g, jsonify
from flask.typing import ResponseReturnValue

from ledger.book.rules import Unit
from ledger.wallets.queries import wallet_of
from shared_web.db import occasion, reading

pages = Blueprint("wallet", __name__)


@pages.get("/wallet")
def show() -> ResponseReturnValue:
    """Whole minor units; days are London's and the last good ones."""
    now = occasion()
    with reading() as session:
        wallet = wallet_of(session, resident_id=g.signed_in.person_id, now=now.now)
    return jsonify(
        unit=Unit.CR.value,
        as_of=now.now.isoformat(),
        available=wallet.available,
        held=wallet.held,
        purses=[
            {"expires_on": purse.expires_on.isoformat(), "available": purse.available, "held": purse.held}
            for purse in wallet.purses
        ],
    )
