"""The owner's first page, where this browser becomes a till, and the menu."""

from flask import Blueprint, make_response, redirect, render_template
from flask.typing import ResponseReturnValue
from wtforms import StringField, ValidationError

from ledger.errors import InvalidField
from ledger.people.rules import Realm, tidy
from ledger.people.sign_ins import end_sign_in
from ledger.people.tills import open_till, operators_of, tills_of
from merchant_portal.at_till import is_till, shop_id
from shared_web.core import core, settings
from shared_web.db import occasion, reading, unit_of_work
from shared_web.forms import TallystickForm
from shared_web.guards import for_owners, signed_in
from shared_web.sign_in import set_sign_in_cookie

pages = Blueprint("home", __name__)


class OpenTillForm(TallystickForm):
    """What the till is called, on receipts and in the owner's list."""

    till_name = StringField("Name of this till", description="For example, Till 1 or Counter")

    def validate_till_name(self, field: StringField) -> None:
        """A short line of words."""
        try:
            tidy("till_name", field.data or "", longest=40)
        except InvalidField:
            raise ValidationError("Enter a name of up to 40 letters, like Till 1") from None


@pages.get("/")
def show() -> ResponseReturnValue:
    """A till goes straight to its amount; an owner may make this browser a till."""
    if is_till():
        return redirect("/merchant/till", 303)
    return opening(OpenTillForm())


@pages.post("/")
@for_owners
def open_here() -> ResponseReturnValue:
    """Make this browser a till; the owner's own sign-in ends here, so that nobody at the counter is the owner."""
    form = OpenTillForm()
    if not form.validate():
        return opening(form), 422
    with unit_of_work() as session:
        begun = open_till(
            session,
            owner_sign_in=signed_in().sign_in_id,
            till_name=form.till_name.data or "",
            code_key=settings().code_key,
            occasion=occasion(),
        )
        end_sign_in(session, sign_in_id=signed_in().sign_in_id, occasion=occasion())
    response = make_response(redirect("/merchant/till", 303))
    set_sign_in_cookie(response, Realm.MERCHANT, begun)
    return response


@pages.get("/menu")
def menu() -> str:
    """Ways on; an owner's are more than a till's."""
    return render_template("merchant_portal/menu.html", is_till=is_till())


def opening(form: OpenTillForm) -> str:
    """The owner's page: the tills that are open, and a new one."""
    with reading() as session:
        tills = tills_of(session, organisation_id=shop_id(), now=core().now())
        anybody = any(line.has_pin for line in operators_of(session, organisation_id=shop_id()))
    return render_template("merchant_portal/open_till.html", form=form, open_tills=len(tills), anybody_has_pin=anybody)
