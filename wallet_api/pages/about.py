"""What anybody may read: help, the scheme's rules with its real figures, privacy, accessibility."""

from flask import Blueprint, render_template

from ledger.earning.rules import CLAIMS_GO_ON
from ledger.people.rules import CODE_LIFE
from ledger.redemption.rules import QR_LIFE, SHORT_LIFE
from ledger.scheme.queries import rules_to_come
from shared_web.core import settings
from shared_web.days import hour_of
from shared_web.db import occasion, read
from shared_web.in_force import rules_today
from wallet_api.wording import length

pages = Blueprint("about", __name__)


@pages.get("/help")
def help_page() -> str:
    """What to do when something does not work."""
    return render_template("wallet_api/help.html", code_minutes=int(CODE_LIFE.total_seconds()) // 60)


@pages.get("/rules")
def rules() -> str:
    """The rules that protect people, with this scheme's figures, and those that have been decided for days to come."""
    usual, today = settings().rules, occasion().today
    return render_template(
        "wallet_api/rules.html",
        rules=rules_today(),
        coming=read(lambda session: rules_to_come(session, usual=usual, today=today)),
        length=length,
        hour_of=hour_of,
        claim_days=CLAIMS_GO_ON.days,
        qr_seconds=int(QR_LIFE.total_seconds()),
        short_seconds=int(SHORT_LIFE.total_seconds()),
    )


@pages.get("/privacy")
def privacy() -> str:
    """What is kept of whom, who sees it, and for how long."""
    return render_template("wallet_api/privacy.html")


@pages.get("/accessibility")
def accessibility() -> str:
    """How these pages can be used, and what to do where they cannot."""
    return render_template("wallet_api/accessibility.html")
