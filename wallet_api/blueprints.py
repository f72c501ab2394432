"""Who may see which part of this face, and the ways in; a page module is added to the list it belongs to."""

from flask import Blueprint

from ledger.occasion import Occasion
from ledger.people.rules import Realm
from ledger.people.signed_in import SignedIn
from ledger.redemption.codes import end_codes_of
from shared_web.db import Session
from shared_web.guards import guard_api, guard_pages, recognise
from shared_web.sign_in import Door, sign_in_pages
from wallet_api.api import codes, wallet
from wallet_api.pages import (
    about,
    activity,
    code,
    council_tax,
    council_tax_apply,
    demo_outbox,
    details,
    disputes,
    earn,
    front,
    history,
    join,
    organise_activities,
    organise_details,
    organise_home,
    organise_more,
    organise_roster,
    organise_upload,
    spend,
)

OPEN = (about.pages, demo_outbox.pages, front.pages, join.pages)
RESIDENTS = (
    activity.pages,
    code.pages,
    council_tax.pages,
    council_tax_apply.pages,
    details.pages,
    disputes.pages,
    earn.pages,
    history.pages,
    spend.pages,
)
ORGANISERS = (
    organise_home.pages,
    organise_more.pages,
    organise_activities.pages,
    organise_details.pages,
    organise_roster.pages,
    organise_upload.pages,
)
API = (codes.pages, wallet.pages)


def blueprints() -> tuple[Blueprint, ...]:
    """The blueprints that app.py registers."""
    return (
        _with(recognise(Blueprint("town", __name__, template_folder="templates"), Realm.RESIDENT), OPEN),
        _with(guard_pages(Blueprint("residents", __name__), Realm.RESIDENT), RESIDENTS),
        _with(guard_pages(Blueprint("organisers", __name__, url_prefix="/organise"), Realm.ORGANISER), ORGANISERS),
        _with(guard_api(Blueprint("residents_api", __name__, url_prefix="/api/v1"), Realm.RESIDENT), API),
        sign_in_pages(_residents_door()),
        sign_in_pages(_organisers_door()),
    )


def _with(face: Blueprint, parts: tuple[Blueprint, ...]) -> Blueprint:
    for part in parts:
        face.register_blueprint(part)
    return face


def _residents_door() -> Door:
    return Door(
        realm=Realm.RESIDENT,
        layout="wallet_api/layout.html",
        home="/",
        signed_out="/",
        heading="Sign in to your wallet",
        url_prefix="",
        way_out=_end_codes,
    )


def _organisers_door() -> Door:
    return Door(
        realm=Realm.ORGANISER,
        layout="wallet_api/organise_layout.html",
        home="/organise/",
        heading="Sign in to thank people",
        url_prefix="/organise",
    )


def _end_codes(session: Session, signed_in: SignedIn, occasion: Occasion) -> None:
    """Whoever leaves shows no code any more."""
    end_codes_of(session, resident_id=signed_in.person_id, occasion=occasion)
