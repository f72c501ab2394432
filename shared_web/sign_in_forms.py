"""The forms of signing in."""

from wtforms import RadioField, StringField
from wtforms.validators import Regexp, ValidationError

from ledger.errors import InvalidField
from ledger.people.rules import normalise_email
from shared_web.forms import TallystickForm

SIX_DIGITS = Regexp(r"^[0-9]{6}$", message="Enter the six digits, like 042917")


def _tight(text: str | None) -> str:
    """Six digits as people copy them, without the spaces between."""
    return "".join((text or "").split())


def _is_address(_form: TallystickForm, field: StringField) -> None:
    try:
        normalise_email(field.data or "")
    except InvalidField:
        raise ValidationError("Enter an e-mail address like name@example.org") from None


class EmailForm(TallystickForm):
    """Where to send the code."""

    email = StringField("E-mail address", description="We will send you a six-digit code.", validators=[_is_address])


class DigitsForm(TallystickForm):
    """The code that came."""

    digits = StringField("Six-digit code", filters=[_tight], validators=[SIX_DIGITS])


class AppForm(TallystickForm):
    """The code that an officer's app shows."""

    digits = StringField(
        "Six digits from your app",
        description="Open the authenticator app you set up when you were added.",
        filters=[_tight],
        validators=[SIX_DIGITS],
    )


class OrganisationForm(TallystickForm):
    """For which organisation, where a person acts for several."""

    organisation = RadioField("Who are you here for?")
