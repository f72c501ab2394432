"""Who may see which part of this face, and the way in; a page module is added to the list it belongs to."""

from flask import Blueprint

from ledger.people.rules import Realm
from merchant_portal.api import redemptions
from merchant_portal.pages import (
    devices,
    disputes,
    home,
    operators,
    outcome,
    presented,
    scan,
    short_code,
    takings,
    till,
)
from shared_web.guards import guard_api, guard_pages, recognise
from shared_web.sign_in import Door, sign_in_pages

OPEN = (presented.pages,)
PAGES = (
    devices.pages,
    disputes.pages,
    home.pages,
    operators.pages,
    outcome.pages,
    scan.pages,
    short_code.pages,
    takings.pages,
    till.pages,
)
API = (redemptions.api,)


def blueprints() -> tuple[Blueprint, ...]:
    """The blueprints that app.py registers."""
    return (
        _with(recognise(Blueprint("shop_front", __name__, template_folder="templates"), Realm.MERCHANT), OPEN),
        _with(guard_pages(Blueprint("merchants", __name__, url_prefix="/merchant"), Realm.MERCHANT), PAGES),
        _with(guard_api(Blueprint("merchants_api", __name__, url_prefix="/merchant/api"), Realm.MERCHANT), API),
        sign_in_pages(_door()),
    )


def _with(face: Blueprint, parts: tuple[Blueprint, ...]) -> Blueprint:
    for part in parts:
        face.register_blueprint(part)
    return face


def _door() -> Door:
    return Door(
        realm=Realm.MERCHANT,
        layout="merchant_portal/layout.html",
        home="/merchant/",
        heading="Sign in for your shop",
        url_prefix="/merchant",
    )
