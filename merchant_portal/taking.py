"""Take credits by a code: once for each request, each typed code counted as a guess until it was somebody's."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import UUID

from flask import Response, make_response

from ledger.book.requests import Asked
from ledger.errors import LedgerError
from ledger.money import Amount
from ledger.people.rules import SignInKind
from ledger.people.tills import check_pin, count_pin_try, forget_pin_tries
from ledger.redemption.at_once import REDEMPTION, prepare, redeem_at_once
from ledger.redemption.errors import CodeInvalid
from ledger.redemption.misses import count_miss, give_back_miss
from ledger.redemption.redemptions import Redeemed, redeem
from ledger.redemption.rules import PresentationKind
from ledger.redemption.tokens import read_presented
from merchant_portal import refusals
from merchant_portal.at_till import shop_id
from shared_web.acts import note
from shared_web.core import core, settings
from shared_web.db import Session, counting, occasion, reading
from shared_web.guards import signed_in
from shared_web.idempotency import answered_at_once_or, is_answered, kept_of
from shared_web.in_force import rules_today


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """What a till is asked to take: an amount (minor units), by what the customer showed, for an operator."""

    amount: Amount
    presented: str = field(repr=False)
    operator_id: UUID


def take_once(sale: Sale, answer: Callable[[Redeemed], Response]) -> Response:
    """The answer to a till's request, made by `answer` where the credits were taken; the same for each retry of it."""
    assert signed_in().kind == SignInKind.TILL, "only tills take"
    is_guess = is_short_code(sale.presented) and not is_answered()
    if is_guess and (refusal := refused_guess()) is not None:
        return refusals.answer(refusal, sale.amount)
    refused = partial(_refused, sale=sale, is_guess=is_guess)
    at_once = partial(_take_at_once, sale, answer)
    taken = answered_at_once_or(refused, at_once)(lambda session: answer(_redeem(session, sale)))
    return make_response(taken())


def _redeem(session: Session, sale: Sale) -> Redeemed:
    redeemed = redeem(session, **_asked_of(sale))
    note(REDEMPTION, redeemed.reference)
    return redeemed


def operator_by_pin(operator_id: UUID, pin: str) -> UUID:
    """The operator whose PIN goes with a request of a locked till.

    Each try is counted before it is looked at. Raises TooManyTries, WrongPin, NotFound.
    """
    with counting() as session:
        count_pin_try(session, operator_id=operator_id, occasion=occasion())
    with reading() as session:
        check_pin(session, organisation_id=shop_id(), operator_id=operator_id, pin=pin)
    with counting() as session:
        forget_pin_tries(session, operator_id=operator_id)
    return operator_id


def is_short_code(presented: str) -> bool:
    """Whether this is looked up as a short code; what is no code at all never reaches the database."""
    try:
        return read_presented(presented).kind == PresentationKind.SHORT
    except CodeInvalid:
        return False


def refused_guess() -> LedgerError | None:
    """Count a typed code against this till, in a unit of work of its own; what is refused, if it must wait."""
    try:
        with counting() as session:
            count_miss(session, till_id=signed_in().sign_in_id, occasion=occasion())
    except LedgerError as refusal:
        return refusal
    return None


def _refused(error: LedgerError, *, sale: Sale, is_guess: bool) -> Response:
    """A code that was somebody's, or was not looked up, was no guess: its count is given back."""
    if is_guess and not isinstance(error, CodeInvalid):
        with counting() as session:
            give_back_miss(session, till_id=signed_in().sign_in_id)
    return refusals.answer(error, sale.amount)


def _take_at_once(sale: Sale, answer: Callable[[Redeemed], Response], asked: Asked) -> Response | None:
    """The answer, where one statement could take the credits and keep it; None where `redeem` is to decide."""
    taking = prepare(**_asked_of(sale))
    response = answer(taking.redeemed)
    kept = kept_of(response)
    assert kept is not None, "a taking is answered to a script, or by a redirect"
    return response if redeem_at_once(core().engine(), taking, asked=asked, answer=kept) else None


def _asked_of(sale: Sale) -> dict[str, Any]:
    """What `redeem` and `prepare` are told, by their names."""
    till = signed_in()
    return {
        "presented": sale.presented,
        "amount": sale.amount,
        "merchant_id": shop_id(),
        "till_id": till.sign_in_id,
        "operator_id": sale.operator_id,
        "rules": rules_today(),
        "code_key": settings().code_key,
        "occasion": occasion(),
    }
