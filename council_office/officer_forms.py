"""The forms of officers: somebody new, one right more or less, somebody who leaves."""

from wtforms import SelectField, StringField, TextAreaField
from wtforms.validators import ValidationError

from ledger.errors import InvalidField
from ledger.people.rules import normalise_email
from shared_web.amount_entry import ValueForm
from shared_web.forms import TallystickForm
from shared_web.words_typed import one_line, words


class OfficerForm(TallystickForm):
    """Somebody new; they may do nothing yet."""

    name = StringField("Name", filters=[one_line], validators=[words("Enter a name", most=120)])
    email = StringField("E-mail address", description="Their own, at the council", filters=[one_line])

    def validate_email(self, field: StringField) -> None:
        """An address that codes can be sent to."""
        try:
            normalise_email(field.data or "")
        except InvalidField:
            raise ValidationError("Enter an e-mail address like name@example.org") from None


class LeaveForm(ValueForm):
    """An officer leaves."""

    reason = TextAreaField("Why", filters=[one_line], validators=[words("Say why", most=300)])


class RightForm(LeaveForm):
    """One right more or less."""

    permission = SelectField("Which right")
