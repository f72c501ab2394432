"""A resident's home: what they have, what ends soon, what they may do, and the latest three."""

from datetime import timedelta

from flask import g, render_template

from ledger.money import format_amount, format_pounds
from ledger.wallets.queries import wallet_of
from ledger.wallets.rules import Wallet
from shared_web.days import full_day
from shared_web.db import occasion, reading
from wallet_api.statement import latest
from wallet_api.wording import when

ENDS_SOON = timedelta(days=60)
LATEST = 3


def show_home() -> str:
    """The page of a resident who is in."""
    resident_id, now = g.signed_in.person_id, occasion()
    with reading() as session:
        wallet = wallet_of(session, resident_id=resident_id, now=now.now)
        lines = latest(session, resident_id=resident_id, most=LATEST)
    soon = [purse for purse in wallet.purses if purse.available and purse.expires_on <= now.today + ENDS_SOON][:1]
    return render_template(
        "wallet_api/home.html",
        wallet=wallet,
        sentence=sentence_of(wallet),
        ending=[(purse.available, full_day(purse.expires_on)) for purse in soon],
        lines=[(line, f"{line.verb.capitalize()} {when(line.at, today=now.today)}") for line in lines],
    )


def sentence_of(wallet: Wallet) -> str:
    """What stands under the balance."""
    held = f" {format_amount(wallet.held)} more is set aside for council tax." if wallet.held else ""
    if not wallet.available:
        return f"You earn by taking part.{held}"
    return f"Ready to spend. Worth {format_pounds(wallet.available)} off in shops or off your council tax.{held}"
