"""Thirty shops and five leisure centres, each with an owner who signed in and opened a till."""

import re
from datetime import timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from demo import doors
from demo.names import made_up_people
from demo.places import MerchantPlace, leisure_centres, shops
from demo.town import Till, Town
from ledger.notices.backends import Outgoing
from ledger.notices.delivery import deliver_due
from ledger.people import one_time_codes, register, sign_ins, tills
from ledger.people.rules import OperatorRole, OrganisationKind, Realm

TILL = "Till 1"


def add_merchants(town: Town) -> None:
    """Every shop and leisure centre, with an owner, a PIN and a till."""
    places = [(OrganisationKind.SHOP, place) for place in shops()]
    places += [(OrganisationKind.LEISURE_CENTRE, place) for place in leisure_centres()]
    owners = made_up_people(len(places), town.source, domain="shops.example.org")
    owners[0] = ("Rosa Santos", doors.MERCHANT_EMAIL)
    for (kind, place), (name, email) in zip(places, owners, strict=True):
        merchant_id = _add_merchant(town, kind, place)
        operator_id = _add_owner(town, merchant_id, name, email)
        till_id = _open_till(town, email)
        town.tills.append(Till(merchant_id=merchant_id, till_id=till_id, operator_id=operator_id))


def _add_merchant(town: Town, kind: OrganisationKind, place: MerchantPlace) -> UUID:
    occasion = town.at(town.first_day - timedelta(days=5), "14:00")
    return town.work(
        lambda session: register.add_organisation(
            session,
            kind=kind,
            name=place.name,
            address=place.address,
            postcode=place.postcode,
            telephone=place.telephone,
            opening_hours=place.opening_hours,
            occasion=occasion,
        )
    )


def _add_owner(town: Town, merchant_id: UUID, name: str, email: str) -> UUID:
    occasion = town.at(town.first_day - timedelta(days=5), "14:30")
    pin = doors.MERCHANT_PIN if email == doors.MERCHANT_EMAIL else f"{town.source.randrange(300_000, 900_000)}"
    return town.work(
        lambda session: register.add_operator(
            session,
            organisation_id=merchant_id,
            name=name,
            role=OperatorRole.OWNER,
            email=email,
            pin=pin,
            occasion=occasion,
        )
    )


def _open_till(town: Town, email: str) -> UUID:
    """Sign the owner in as anybody signs in, by the code in the letter, and open a till."""
    occasion = town.at(town.first_day, "07:30")
    code_key, field_keys = town.settings.code_key, town.settings.field_keys
    request_id = town.work(
        lambda session: one_time_codes.ask_code(
            session,
            realm=Realm.MERCHANT,
            email=email,
            network="the high street",
            code_key=code_key,
            field_keys=field_keys,
            occasion=occasion,
        )
    )
    letters: list[Outgoing] = []
    deliver_due(town.engine, backend=letters.append, field_keys=field_keys, now=occasion.now)
    digits = next(re.findall(r"\b[0-9]{6}\b", letter.text)[0] for letter in letters if letter.to == email)

    town.work(lambda session: one_time_codes.count_code_try(session, request_id=request_id, occasion=occasion))

    def open_with_code(session: Session) -> UUID:
        one_time_codes.confirm_code(session, request_id=request_id, digits=digits, code_key=code_key, occasion=occasion)
        owner = sign_ins.sign_in(session, request_id=request_id, code_key=code_key, occasion=occasion)
        till = tills.open_till(
            session, owner_sign_in=owner.sign_in_id, till_name=TILL, code_key=code_key, occasion=occasion
        )
        return till.sign_in_id

    return town.work(open_with_code)
