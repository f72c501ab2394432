"""Where credits may be spent: council tax, shops, leisure centres."""

from flask import Blueprint, render_template

from ledger.people.queries import organisations
from ledger.people.rules import OrganisationKind
from shared_web.db import reading

pages = Blueprint("spend", __name__)


@pages.get("/spend")
def show() -> str:
    """Every shop and leisure centre that takes credits, with its hours."""
    with reading() as session:
        shops = organisations(session, kind=OrganisationKind.SHOP)
        centres = organisations(session, kind=OrganisationKind.LEISURE_CENTRE)
    groups = [("Shops", shops), ("Leisure centres", centres)]
    return render_template("wallet_api/spend.html", groups=[group for group in groups if group[1]])
