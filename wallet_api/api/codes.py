"""`/api/v1/codes`: ask for a code, look at it, have it drawn again, end it."""

from typing import Any

from flask import Blueprint, g, jsonify
from flask.typing import ResponseReturnValue

from ledger.identifiers import from_text, to_text
from ledger.redemption.codes import ShownCode, draw_again, end_code, issue_code
from ledger.redemption.queries import CodeShown, code_shown
from ledger.redemption.rules import QR_DRAWN_ANEW_AFTER
from shared_web.core import settings
from shared_web.db import occasion, reading, unit_of_work
from shared_web.fields import load
from shared_web.in_force import rules_today
from shared_web.json_body import read_json
from shared_web.qr import modules, path
from wallet_api.api.schemas import CodeRequest, NothingMore
from wallet_api.pages.code import address_of

pages = Blueprint("codes", __name__)


@pages.post("/codes")
def issue() -> ResponseReturnValue:
    """A new code; the one before it ends at once."""
    wanted = load(CodeRequest(), read_json())
    with unit_of_work() as session:
        code = issue_code(
            session,
            resident_id=g.signed_in.person_id,
            cap=wanted.get("cap"),
            rules=rules_today(),
            code_key=settings().code_key,
            occasion=occasion(),
        )
    return jsonify(drawn(code)), 201


@pages.get("/codes/<text>")
def show(text: str) -> ResponseReturnValue:
    """Its state, and once it is redeemed by whom and how much."""
    with reading() as session:
        code = code_shown(session, code_id=from_text(text), resident_id=g.signed_in.person_id, now=occasion().now)
    return jsonify(state_of(code))


@pages.post("/codes/<text>/drawings")
def draw(text: str) -> ResponseReturnValue:
    """The same code drawn anew; what was drawn before stays good to its own end."""
    load(NothingMore(), read_json())
    with unit_of_work() as session:
        code = draw_again(
            session,
            code_id=from_text(text),
            resident_id=g.signed_in.person_id,
            code_key=settings().code_key,
            occasion=occasion(),
        )
    return jsonify(drawn(code)), 201


@pages.post("/codes/<text>/end")
def end(text: str) -> ResponseReturnValue:
    """The resident says "not me": nothing more can be taken."""
    load(NothingMore(), read_json())
    with unit_of_work() as session:
        end_code(session, code_id=from_text(text), resident_id=g.signed_in.person_id, occasion=occasion())
    return "", 204


def drawn(code: ShownCode) -> dict[str, Any]:
    """A code as drawn: the only time its secrets leave us. `qr` is SVG path data in a square of `side` modules."""
    address = address_of(code)
    squares = modules(address)
    return {
        "id": to_text(code.code_id),
        "cap": code.cap,
        "address": address,
        "qr": {"side": len(squares), "path": path(squares)},
        "qr_expires_at": code.qr_expires_at.isoformat(),
        "short_code": code.short_code,
        "short_expires_at": code.short_expires_at.isoformat(),
        "draw_again_after": int(QR_DRAWN_ANEW_AFTER.total_seconds()),
    }


def state_of(code: CodeShown) -> dict[str, Any]:
    """A code as it stands."""
    taken = code.redemption
    return {
        "id": to_text(code.code_id),
        "cap": code.cap,
        "state": code.state.value,
        "ends_at": code.ends_at.isoformat(),
        "redemption": taken
        and {
            "reference": taken.reference,
            "amount": taken.amount,
            "returned": taken.returned,
            "at": taken.at.isoformat(),
            "merchant": taken.merchant_name,
        },
    }
