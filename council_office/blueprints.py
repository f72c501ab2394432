"""Who may see this face, and the way in; a page module is added to the list."""

from flask import Blueprint

from council_office.pages import (
    adjustments,
    approvals,
    asks,
    audit,
    corrections,
    council_tax,
    council_tax_items,
    decisions,
    details,
    disputes,
    look_ups,
    month_end,
    months,
    officers,
    outstanding,
    programme_changes,
    programme_credits,
    programmes,
    residents,
    settings,
    worklist,
)
from ledger.people.rules import Realm
from shared_web.guards import guard_pages
from shared_web.sign_in import Door, sign_in_pages

PAGES = (
    outstanding.pages,
    month_end.pages,
    programmes.pages,
    programme_credits.pages,
    programme_changes.pages,
    asks.pages,
    approvals.pages,
    council_tax.pages,
    council_tax_items.pages,
    adjustments.pages,
    corrections.pages,
    disputes.pages,
    decisions.pages,
    worklist.pages,
    months.pages,
    residents.pages,
    look_ups.pages,
    officers.pages,
    settings.pages,
    audit.pages,
    details.pages,
)


def blueprints() -> tuple[Blueprint, ...]:
    """The blueprints that app.py registers."""
    office = guard_pages(Blueprint("office", __name__, url_prefix="/office", template_folder="templates"), Realm.OFFICE)
    for part in PAGES:
        office.register_blueprint(part)
    return (office, sign_in_pages(_door()))


def _door() -> Door:
    return Door(
        realm=Realm.OFFICE,
        layout="council_office/layout.html",
        home="/office/",
        heading="Sign in to the council office",
        url_prefix="/office",
    )
