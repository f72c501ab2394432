"""The forms of programmes: open one, fund it, allot of it."""

from uuid import UUID

from wtforms import SelectField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import ValidationError

from ledger.identifiers import to_text
from ledger.money import MOST_FROM_PEOPLE, Amount, format_amount
from ledger.people.queries import OrganisationView
from shared_web.amount_entry import AmountEntry, ValueForm
from shared_web.date_parts import DatePartsField
from shared_web.forms import TallystickForm
from shared_web.words_typed import one_line, words

DECISION_HINT = "The council’s reference, like OMD-2026-114"


class ProgrammeForm(TallystickForm):
    """A new programme."""

    name = StringField(
        "Name",
        description="As residents will read it",
        filters=[one_line],
        validators=[words("Enter a name", most=200)],
    )
    decision = StringField(
        "Decision",
        description=DECISION_HINT,
        filters=[one_line],
        validators=[words("Enter the decision that made it", most=100)],
    )
    starts_on = DatePartsField("First day", description="For example, 1 4 2027")
    ends_on = DatePartsField("Last day", description="No session starts after it")

    def validate_starts_on(self, field: DatePartsField) -> None:
        """A day must be there."""
        if field.data is None:
            raise ValidationError("Enter the first day")

    def validate_ends_on(self, field: DatePartsField) -> None:
        """A day must be there, and not before the first."""
        if field.data is None:
            raise ValidationError("Enter the last day")
        if self.starts_on.data is not None and field.data < self.starts_on.data:
            raise ValidationError("The last day must not be before the first day")


class FundForm(ValueForm):
    """Credits for a programme's budget."""

    amount = AmountEntry("How many credits?", description=f"Up to {format_amount(MOST_FROM_PEOPLE)} at once")
    decision = StringField(
        "Decision",
        description=DECISION_HINT,
        filters=[one_line],
        validators=[words("Enter the decision that gives them", most=100)],
    )

    def validate_amount(self, field: AmountEntry) -> None:
        """An amount above nothing."""
        check_amount(field, most=MOST_FROM_PEOPLE, too_much="")


class AllotForm(ValueForm):
    """Credits of a programme for an organiser."""

    organiser = SelectField("To which organiser?")
    amount = AmountEntry("How many credits?")
    purpose = StringField(
        "For",
        description="What they are for, like Greenhouse sessions, January to March. Name nobody.",
        filters=[one_line],
        validators=[words("Say what they are for", most=300)],
    )

    def __init__(self, *, organisers: list[OrganisationView], left: Amount, alone: Amount) -> None:
        super().__init__()
        self.left = left
        self.amount.description = f"Over {format_amount(alone)}, somebody else must agree"
        choices = [SelectChoice(to_text(one.id), one.name) for one in organisers]
        self.organiser.choices = [SelectChoice("", "Choose an organiser"), *choices]

    def validate_organiser(self, field: SelectField) -> None:
        """One of them."""
        if not field.data:
            raise ValidationError("Choose an organiser")

    def validate_amount(self, field: AmountEntry) -> None:
        """An amount that the budget has left."""
        check_amount(field, most=self.left, too_much=f"{format_amount(self.left)} CR is left in this programme")


def check_amount(field: AmountEntry, *, most: Amount, too_much: str) -> None:
    """Refuse what is no amount, nothing, or more than `most`."""
    if not field.data:
        raise ValidationError(f"Enter an amount like 250.00, up to {format_amount(MOST_FROM_PEOPLE)}")
    if field.data > most:
        raise ValidationError(too_much)


def organiser_id(form: AllotForm, organisers: list[OrganisationView]) -> UUID:
    """The organiser that was chosen."""
    return next(one.id for one in organisers if to_text(one.id) == form.organiser.data)
