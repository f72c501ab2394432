"""Who works at the tills: their names and PINs, kept by the owner."""

from uuid import UUID

from flask import Blueprint, redirect, render_template
from flask.typing import ResponseReturnValue
from wtforms import PasswordField, StringField, ValidationError
from wtforms.validators import EqualTo

from ledger.errors import InvalidField, NotFound
from ledger.identifiers import from_text, to_text
from ledger.people.register import add_operator, remove_operator, set_pin
from ledger.people.rules import OperatorRole, check_pin_strength, tidy
from ledger.people.tills import OperatorLine, operators_of
from merchant_portal.at_till import shop_id
from shared_web.db import occasion, reading, unit_of_work
from shared_web.forms import TallystickForm
from shared_web.guards import for_owners

pages = Blueprint("operators", __name__)


class PinForm(TallystickForm):
    """A new PIN, twice: nobody sees what they type."""

    pin = PasswordField("PIN", description="Six digits that are not easy to guess")
    again = PasswordField("The same PIN again", validators=[EqualTo("pin", "Enter the same PIN twice")])

    def validate_pin(self, field: PasswordField) -> None:
        """Six digits, no run and no pattern."""
        try:
            check_pin_strength(field.data or "")
        except InvalidField as refusal:
            easy = refusal.reason == "is too easy to guess"
            words = "Choose a PIN that is harder to guess" if easy else "Enter a PIN of six digits"
            raise ValidationError(words) from None


class OperatorForm(PinForm):
    """Somebody new at the tills."""

    name = StringField("Name", description="As it stands on receipts, for example Rosa")

    def validate_name(self, field: StringField) -> None:
        """A short line of words."""
        try:
            tidy("name", field.data or "", longest=40)
        except InvalidField:
            raise ValidationError("Enter a name of up to 40 letters") from None


@pages.get("/operators")
@for_owners
def show() -> ResponseReturnValue:
    """Everybody who works here now."""
    return listed(OperatorForm())


@pages.post("/operators")
@for_owners
def add() -> ResponseReturnValue:
    """Somebody new, with a PIN of their own."""
    form = OperatorForm()
    if not form.validate():
        return listed(form), 422
    with unit_of_work() as session:
        add_operator(
            session,
            organisation_id=shop_id(),
            name=form.name.data or "",
            role=OperatorRole.OPERATOR,
            pin=form.pin.data or "",
            occasion=occasion(),
        )
    return redirect("/merchant/operators", 303)


@pages.post("/operators/<text>/remove")
@for_owners
def remove(text: str) -> ResponseReturnValue:
    """Somebody leaves; their PIN unlocks nothing from now on."""
    with unit_of_work() as session:
        remove_operator(session, operator_id=from_text(text), organisation_id=shop_id(), occasion=occasion())
    return redirect("/merchant/operators", 303)


@pages.route("/operators/<text>/pin", methods=["GET", "POST"])
@for_owners
def pin(text: str) -> ResponseReturnValue:
    """A new PIN for somebody of this shop, the owner too."""
    line, form = own(from_text(text)), PinForm()
    if not form.validate_on_submit():
        page = render_template("merchant_portal/operator_pin.html", form=form, line=line, id=text)
        return page, 422 if form.errors else 200
    with unit_of_work() as session:
        set_pin(session, operator_id=line.id, pin=form.pin.data or "", occasion=occasion())
    return redirect("/merchant/operators", 303)


def own(operator_id: UUID) -> OperatorLine:
    """Somebody of this shop. Raises NotFound for anybody else."""
    for line in everybody():
        if line.id == operator_id:
            return line
    raise NotFound("operator")


def everybody() -> list[OperatorLine]:
    """Who works here now."""
    with reading() as session:
        return operators_of(session, organisation_id=shop_id())


def listed(form: OperatorForm) -> str:
    """The page."""
    lines = [(to_text(line.id), line) for line in everybody()]
    return render_template("merchant_portal/operators.html", form=form, lines=lines)
