"""How a taken amount is answered: to a page by the address of its Yes, to a script by the facts."""

from datetime import datetime
from typing import Any

from flask import Response, jsonify, make_response, redirect

from ledger.identifiers import to_text
from ledger.redemption.redemptions import Redeemed


def result_of(reference: str) -> str:
    """Where the Yes of a redemption stands."""
    return f"/merchant/till/result/{reference}"


def page_of(redeemed: Redeemed) -> Response:
    """To the Yes page."""
    return make_response(redirect(result_of(redeemed.reference), 303))


def facts_of(redeemed: Redeemed) -> Response:
    """201 with what was taken; amounts in minor units."""
    facts: dict[str, Any] = {
        "id": to_text(redeemed.id),
        "reference": redeemed.reference,
        "amount": redeemed.amount,
        "unit": "CR",
        "at": instant(redeemed.at),
        "result": result_of(redeemed.reference),
    }
    return make_response(jsonify(facts), 201)


def instant(at: datetime | None) -> str | None:
    """An instant as machines read it, in UTC to the second."""
    return None if at is None else f"{at:%Y-%m-%dT%H:%M:%SZ}"
