"""Join the scheme: the answer is the same whether or not somebody has this address already."""

from contextlib import suppress

from flask import Blueprint, redirect, render_template
from flask.typing import ResponseReturnValue
from wtforms import BooleanField, StringField
from wtforms.validators import InputRequired, ValidationError

from ledger.earning.postcodes import read_postcode
from ledger.errors import InvalidField
from ledger.people.errors import EmailTaken
from ledger.people.register import add_resident
from ledger.people.rules import Realm, normalise_email, tidy
from shared_web.db import occasion, unit_of_work
from shared_web.forms import TallystickForm
from shared_web.sign_in import ask_for_code

pages = Blueprint("join", __name__)


class JoinForm(TallystickForm):
    """Who joins."""

    name = StringField("Your name", description="As you would say it to an organiser")
    email = StringField("E-mail address", description="We send a code to it each time you sign in.")
    postcode = StringField("Postcode", description="For example, SW9 0QN")
    agrees = BooleanField(
        "I have read the rules and agree to them", validators=[InputRequired("Read the rules, and say that you agree")]
    )

    def validate_name(self, field: StringField) -> None:
        """Something to call them."""
        if not (field.data or "").strip():
            raise ValidationError("Enter your name")
        try:
            tidy("name", field.data)
        except InvalidField:
            raise ValidationError("Enter your name in letters, up to 120 of them") from None

    def validate_email(self, field: StringField) -> None:
        """An address we can write to."""
        try:
            normalise_email(field.data or "")
        except InvalidField:
            raise ValidationError("Enter an e-mail address like name@example.org") from None

    def validate_postcode(self, field: StringField) -> None:
        """A whole one."""
        if read_postcode(field.data or "") is None:
            raise ValidationError("Enter a postcode like SW9 0QN")


@pages.route("/join", methods=["GET", "POST"])
def join() -> ResponseReturnValue:
    """Ask, then send a code: whoever has the address types it and is in, newcomer or not."""
    form = JoinForm()
    if not form.validate_on_submit():
        return render_template("wallet_api/join.html", form=form), 422 if form.errors else 200
    with suppress(EmailTaken), unit_of_work() as session:
        add_resident(
            session,
            name=form.name.data or "",
            email=form.email.data or "",
            postcode=read_postcode(form.postcode.data or ""),
            occasion=occasion(),
        )
    ask_for_code(Realm.RESIDENT, email=form.email.data or "")
    return redirect("/sign-in/code", 303)
