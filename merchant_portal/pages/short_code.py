"""Type the short code on the customer's phone; where the till is locked, the operator's PIN goes with it."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from wtforms import PasswordField, RadioField, StringField, ValidationError
from wtforms.validators import InputRequired

from ledger.errors import TooManyTries
from ledger.identifiers import from_text
from ledger.people.errors import WrongPin
from ledger.redemption.errors import CodeInvalid
from ledger.redemption.tokens import read_presented
from merchant_portal.answers import page_of
from merchant_portal.at_till import at_a_till, is_locked, offer_operators, wanted_amount
from merchant_portal.taking import Sale, operator_by_pin, take_once
from shared_web.amount_entry import ValueForm
from shared_web.guards import signed_in
from shared_web.refused_fields import told_at

pages = Blueprint("short_code", __name__)

REASONS = {
    "no-camera": "There is no camera here that can be used.",
    "not-allowed": "This browser may not use the camera. Allow it in the browser's settings to scan.",
    "no-reader": "The code reader did not load.",
}
"""Why the camera's page sent people here."""


class CodeForm(ValueForm):
    """The code; one who is at a till that has locked itself says who they are, too."""

    code = StringField("Code on the customer’s phone", description="9 letters and numbers, like K7QF-2M9X-W")

    def validate_code(self, field: StringField) -> None:
        """A code whose check symbol is right; nothing is looked up."""
        try:
            read_presented(field.data or "")
        except CodeInvalid as refusal:
            wrong = refusal.reason == "check"
            words = "Check the code. One character looks wrong" if wrong else "Enter the 9 letters and numbers"
            raise ValidationError(words) from None


class CodeAndPinForm(CodeForm):
    """The same at a locked till."""

    operator = RadioField("Who are you?", validators=[InputRequired("Choose your name")])
    pin = PasswordField("Your PIN", validators=[InputRequired("Enter your PIN, six digits")])


@pages.route("/till/type", methods=["GET", "POST"])
@at_a_till
def type_code() -> ResponseReturnValue:
    """The code for one amount, which is in the address; every answer has a page of its own."""
    amount, form = wanted_amount(), form_now()
    if not form.validate_on_submit():
        return render(form, amount), 422 if form.errors else 200
    operator_id = signed_in().operator_id
    if isinstance(form, CodeAndPinForm):
        with told_at(form.pin, WrongPin, TooManyTries):
            operator_id = operator_by_pin(from_text(form.operator.data), form.pin.data or "")
    if form.errors or operator_id is None:
        return render(form, amount), 422
    return take_once(Sale(amount=amount, presented=form.code.data or "", operator_id=operator_id), page_of)


def form_now() -> CodeForm:
    """The form this till needs now."""
    if not is_locked():
        return CodeForm()
    form = CodeAndPinForm()
    offer_operators(form.operator)
    return form


def render(form: CodeForm, amount: int) -> str:
    """The page, with why the camera was left where it was."""
    reason = REASONS.get(request.args.get("why", ""))
    return render_template(
        "merchant_portal/short_code.html", form=form, amount=amount, reason=reason, is_locked=is_locked()
    )
