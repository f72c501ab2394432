"""The forms of organisers: who came, ticked or as a list, somebody who came without a place, a new session."""

import re
from datetime import UTC, date, datetime

from flask_wtf.file import FileField, FileRequired
from wtforms import HiddenField, SelectField, SelectMultipleField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import ValidationError

from ledger.earning.roster_file import MOST_PEOPLE
from ledger.earning.views import ActivityView, RosterRow
from ledger.errors import InvalidField
from ledger.identifiers import to_text
from ledger.people.rules import normalise_email
from shared_web.amount_entry import ValueForm
from shared_web.date_parts import DatePartsField
from shared_web.forms import TallystickForm
from wallet_api.times_typed import instant_of

MOST_PLACES = 500
_NUMBER = re.compile(r"[0-9]{1,3}", re.ASCII)


class RosterForm(TallystickForm):
    """Who came, of those on the roster who were not thanked yet."""

    came = SelectMultipleField("Who came?", description="Tick everybody who took part")

    def __init__(self, *, rows: list[RosterRow]) -> None:
        super().__init__()
        self.came.choices = [SelectChoice(to_text(row.resident_id), row.name) for row in rows if row.award is None]

    def validate_came(self, field: SelectMultipleField) -> None:
        """At least one."""
        if not field.data:
            raise ValidationError("Tick who came")


class ThankForm(ValueForm):
    """The same ticks, as the page that asks once more carries them."""

    came = SelectMultipleField("Who came?", validate_choice=False)


class AddForm(TallystickForm):
    """Somebody who came without a place."""

    email = StringField("Their e-mail address", description="The one they sign in with")

    def validate_email(self, field: StringField) -> None:
        """An address."""
        try:
            normalise_email(field.data or "")
        except InvalidField:
            raise ValidationError("Enter an e-mail address like name@example.org") from None


class ListForm(TallystickForm):
    """A list of who came, as a file."""

    file = FileField(
        "The list, saved as CSV UTF-8",
        description=f"Up to {MOST_PEOPLE} people. Nobody is thanked until you have looked at it once more",
        validators=[FileRequired("Choose the list")],
    )


class ThankListForm(ValueForm):
    """The list that was looked at, as the page that asks once more carries it."""

    lines = HiddenField()


class SessionForm(TallystickForm):
    """A new date of an activity; `starts_at` and `ends_at` are the instants once it is valid."""

    activity = SelectField("Which activity?")
    day = DatePartsField("Date", description="For example, 30 11 2026")
    starts = StringField("Start", description="For example, 2pm or 14:00")
    ends = StringField("End", description="For example, 4pm or 16:00")
    places = StringField("Places", description=f"How many people can come, up to {MOST_PLACES}")
    starts_at: datetime = datetime.min.replace(tzinfo=UTC)
    ends_at: datetime = datetime.min.replace(tzinfo=UTC)

    def __init__(self, *, activities: list[ActivityView], today: date, chosen: str | None = None) -> None:
        super().__init__(data={"activity": chosen or ""})
        self.today = today
        choices = [SelectChoice(to_text(one.id), one.title) for one in activities]
        self.activity.choices = [SelectChoice("", "Choose an activity"), *choices]

    def validate_activity(self, field: SelectField) -> None:
        """One of theirs."""
        if not field.data:
            raise ValidationError("Choose an activity")

    def validate_day(self, field: DatePartsField) -> None:
        """Today or later."""
        if field.data is None:
            raise ValidationError("Enter the date")
        if field.data < self.today:
            raise ValidationError("Enter today’s date or a later one")

    def validate_starts(self, field: StringField) -> None:
        """A time that London's clocks show once on that day."""
        self.starts_at = instant_of(self.day.data or self.today, field.data)

    def validate_ends(self, field: StringField) -> None:
        """Such a time, after the start."""
        self.ends_at = instant_of(self.day.data or self.today, field.data)
        if not self.starts.errors and self.ends_at <= self.starts_at:
            raise ValidationError("The end must be after the start")

    def validate_places(self, field: StringField) -> None:
        """A whole number that a session may have."""
        if not _NUMBER.fullmatch(field.data or "") or not 1 <= int(field.data) <= MOST_PLACES:
            raise ValidationError(f"Enter a number of places from 1 to {MOST_PLACES}")
