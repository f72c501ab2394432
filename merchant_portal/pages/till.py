"""The till: type the amount, then scan or type the code; a locked till asks for a PIN first."""

from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from wtforms import HiddenField, PasswordField, RadioField
from wtforms.validators import InputRequired

from ledger.errors import TooManyTries
from ledger.identifiers import from_text
from ledger.people.errors import WrongPin
from ledger.people.tills import check_pin, count_pin_try, lock_till, unlock_till
from ledger.redemption.queries import takings_by_day
from merchant_portal import kept_code
from merchant_portal.answers import page_of
from merchant_portal.at_till import (
    address,
    asked_amount,
    at_a_till,
    is_locked,
    name_of_till,
    offer_operators,
    shop_id,
    unlocked,
)
from merchant_portal.taking import Sale, take_once
from shared_web.amount_entry import AmountBetween, AmountEntry
from shared_web.db import Session, counting, occasion, reading, unit_of_work
from shared_web.forms import TallystickForm
from shared_web.guards import signed_in
from shared_web.idempotency import draw_key, is_answered
from shared_web.in_force import rules_today
from shared_web.refused_fields import told_at

pages = Blueprint("till", __name__)


class AmountForm(TallystickForm):
    """The amount to take; the key is for a code that was kept, which is taken at once."""

    amount = AmountEntry("Amount to take")
    idempotency_key = HiddenField(default=draw_key)

    def validate_amount(self, field: AmountEntry) -> None:
        """An amount that this till may take."""
        limit = rules_today().redemption_limit
        AmountBetween(most=limit, too_much="More than this till may take at once: {most}")(self, field)


class UnlockForm(TallystickForm):
    """Who is at the till now; the amount waits."""

    operator = RadioField("Who are you?", validators=[InputRequired("Choose your name")])
    pin = PasswordField("Enter your PIN", validators=[InputRequired("Enter your PIN, six digits")])
    amount = HiddenField()


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """What stands around the amount: where we are, what was taken today, whether a code waits to be taken."""

    till: str
    today: int
    has_code: bool


@pages.get("/till")
@at_a_till
def show() -> ResponseReturnValue:
    """The amount, or the PIN where nobody is at the till."""
    amount = asked_amount()
    if is_locked():
        return locked(unlocking(amount="" if amount is None else request.args["amount"]))
    return typing(AmountForm(data={"amount": amount}))


@pages.post("/till")
@at_a_till
@unlocked
def choose() -> ResponseReturnValue:
    """On to the camera or to typing, with the amount in the address."""
    form = AmountForm()
    if not form.validate():
        return typing(form), 422
    way = "type" if request.form.get("way") == "type" else "scan"
    return redirect(address(f"/merchant/till/{way}", form.amount.data), 303)


@pages.post("/till/take")
@at_a_till
@unlocked
def take() -> ResponseReturnValue:
    """Take the amount by the code that this browser kept; a form sent twice needs none for its answer."""
    form, presented, operator_id = AmountForm(), kept_code.kept() or "", signed_in().operator_id
    if not form.validate():
        return typing(form), 422
    amount = form.amount.data
    if amount is None or operator_id is None or not (presented or is_answered()):
        return redirect(address("/merchant/till", amount), 303)
    response = take_once(Sale(amount=amount, presented=presented, operator_id=operator_id), page_of)
    if 300 <= response.status_code < 400:
        kept_code.forget()
    return response


@pages.post("/till/unlock")
@at_a_till
def unlock() -> ResponseReturnValue:
    """Let an operator in by their PIN, five tries in five minutes; each is counted before it is looked at."""
    form = unlocking()
    if not form.validate():
        return locked(form), 422
    operator_id = from_text(form.operator.data)
    with told_at(form.pin, TooManyTries), counting() as session:
        count_pin_try(session, operator_id=operator_id, occasion=occasion())
    if not form.errors:
        with told_at(form.pin, WrongPin), reading() as session:
            check_pin(session, organisation_id=shop_id(), operator_id=operator_id, pin=form.pin.data or "")
    if form.errors:
        return locked(form), 422
    with unit_of_work() as session:
        unlock_till(session, till_id=signed_in().sign_in_id, operator_id=operator_id, occasion=occasion())
    return redirect(address("/merchant/till", asked_amount()), 303)


@pages.post("/till/lock")
@at_a_till
def lock() -> ResponseReturnValue:
    """Nobody is at the till any more."""
    with unit_of_work() as session:
        lock_till(session, till_id=signed_in().sign_in_id)
    return redirect("/merchant/till", 303)


def typing(form: AmountForm) -> str:
    """The amount's page."""
    with reading() as session:
        today = taken_today(session)
    screen = Screen(till=name_of_till(), today=today, has_code=kept_code.kept() is not None)
    return render_template("merchant_portal/till.html", form=form, screen=screen, amount=form.amount.data)


def taken_today(session: Session) -> int:
    """What the whole shop took today and kept, minor units."""
    today = occasion().today
    days = takings_by_day(session, merchant_id=shop_id(), first=today, last=today)
    return sum(day.kept for day in days)


def unlocking(amount: str = "") -> UnlockForm:
    """The form with everybody of this shop who has a PIN."""
    form = UnlockForm(amount=amount)
    offer_operators(form.operator)
    return form


def locked(form: UnlockForm) -> str:
    """The PIN's page."""
    return render_template("merchant_portal/till_locked.html", form=form, till=name_of_till())
