"""The till's JSON: take an amount by a code, look at what was taken, undo it the same day."""

from typing import cast
from uuid import UUID

from flask import Blueprint, Response, jsonify, make_response

from ledger.errors import InvalidField
from ledger.people.errors import TillLocked
from ledger.redemption.queries import redemption
from ledger.redemption.voids import void
from merchant_portal.answers import facts_of, instant
from merchant_portal.api.schemas import NothingSchema, TakeSchema
from merchant_portal.at_till import is_locked, shop_id
from merchant_portal.taking import Sale, operator_by_pin, take_once
from shared_web.db import Session, occasion, reading
from shared_web.fields import load
from shared_web.guards import for_tills, signed_in
from shared_web.idempotency import answered_once, is_answered
from shared_web.json_body import read_json

api = Blueprint("redemptions", __name__, url_prefix="/v1/redemptions")


@api.post("")
@for_tills
def take() -> Response:
    """201 with the redemption; the same key and bytes get the same answer, byte for byte.

    A refusal names its page in `result`; a used code's names this shop's own receipt in `reference`.
    """
    asked = load(TakeSchema(), read_json())
    sale = Sale(
        amount=cast("int", asked["amount"]), presented=cast("str", asked["code"]), operator_id=operator_of(asked)
    )
    return take_once(sale, facts_of)


@api.get("/<reference>")
@for_tills
def show(reference: str) -> Response:
    """A redemption of this shop; amounts in minor units."""
    with reading() as session:
        taken = redemption(session, reference=reference, merchant_id=shop_id())
    return jsonify(
        reference=taken.reference,
        amount=taken.amount,
        returned=taken.returned,
        unit="CR",
        at=instant(taken.at),
        voided_at=instant(taken.voided_at),
        till=taken.till_name,
        operator=taken.operator_name,
    )


@api.post("/<reference>/void")
@for_tills
def undo(reference: str) -> Response:
    """200 with what went back; an empty object is sent."""
    load(NothingSchema(), read_json())
    if is_locked() and not is_answered():
        raise TillLocked
    return make_response(_undone(reference=reference))


@answered_once
def _undone(session: Session, reference: str) -> Response:
    voided = void(session, reference=reference, merchant_id=shop_id(), occasion=occasion())
    return jsonify(reference=voided.reference, amount=voided.amount, unit="CR", voided_at=instant(voided.at))


def operator_of(asked: dict[str, object]) -> UUID:
    """Who asks: whoever unlocked the till, or whoever the request names with their PIN; a till alone takes nothing.

    A request that has its answer needs neither. Raises TillLocked, WrongPin, TooManyTries, NotFound, InvalidField.
    """
    named, pin, here = asked.get("operator_id"), asked.get("pin"), signed_in().operator_id
    if (named is None) != (pin is None):
        raise InvalidField("pin", "goes with operator_id")
    if named is None and here is not None:
        return here
    if is_answered():
        return signed_in().person_id
    if isinstance(named, UUID) and isinstance(pin, str):
        return operator_by_pin(named, pin)
    raise TillLocked
