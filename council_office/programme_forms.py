"""The forms of programmes: open one, fund it, allot of it, change its ceiling or an activity's tariff."""

from datetime import date
from uuid import UUID

from wtforms import RadioField, SelectField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import ValidationError

from ledger.earning.rules import TariffPer
from ledger.earning.views import ActivityView, ProgrammeView
from ledger.identifiers import to_text
from ledger.money import MOST_FROM_PEOPLE, MOST_OF_A_PROGRAMME, Amount, format_amount
from ledger.people.queries import OrganisationView
from shared_web.amount_entry import AmountEntry, LargeAmountEntry, ValueForm
from shared_web.date_parts import DatePartsField
from shared_web.forms import TallystickForm
from shared_web.words_typed import one_line, words

DECISION_HINT = "The council’s reference, like OMD-2026-114"
LARGE_AMOUNT = f"Enter an amount like 10,000.00, up to {format_amount(MOST_OF_A_PROGRAMME)}"
TARIFF_PER = {TariffPer.HOUR: "an hour", TariffPer.SESSION: "a session", TariffPer.ACTION: "each time"}


def tariff_words(amount: Amount, per: TariffPer) -> str:
    """E.g. "2.50 CR an hour"."""
    return f"{format_amount(amount)} CR {TARIFF_PER[per]}"


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
    ceiling = LargeAmountEntry(
        "Ceiling (optional)", description="The most it may ever be funded to, by this decision. Two people change it"
    )

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

    def validate_ceiling(self, field: LargeAmountEntry) -> None:
        """An amount above nothing, or none at all."""
        if field.typed_something and not field.data:
            raise ValidationError(LARGE_AMOUNT)


class FundForm(ValueForm):
    """Credits for a programme's budget."""

    amount = AmountEntry("How many credits?")
    decision = StringField(
        "Decision",
        description=DECISION_HINT,
        filters=[one_line],
        validators=[words("Enter the decision that gives them", most=100)],
    )

    def __init__(self, *, found: ProgrammeView, alone: str) -> None:
        super().__init__()
        self.amount.description = f"Up to {format_amount(MOST_FROM_PEOPLE)} at once. {alone}"
        self.room = MOST_FROM_PEOPLE if found.ceiling is None else found.ceiling - found.budget

    def validate_amount(self, field: AmountEntry) -> None:
        """An amount above nothing, within the ceiling."""
        check_amount(field, most=self.room, too_much=f"{format_amount(self.room)} CR is left under its ceiling")


class CeilingForm(ValueForm):
    """Another ceiling of a programme."""

    amount = LargeAmountEntry("The most it may ever be funded to")
    decision = StringField(
        "Decision",
        description=DECISION_HINT,
        filters=[one_line],
        validators=[words("Enter the decision that sets it", most=100)],
    )

    def __init__(self, *, found: ProgrammeView) -> None:
        super().__init__()
        self.least = found.budget
        self.amount.description = f"Funded with {format_amount(found.budget)} CR so far. Somebody else must agree"

    def validate_amount(self, field: LargeAmountEntry) -> None:
        """An amount, not under what it was funded with."""
        if not field.data:
            raise ValidationError(LARGE_AMOUNT)
        if field.data < self.least:
            raise ValidationError(f"Enter {format_amount(self.least)} or more: it was funded with that")


class TariffForm(ValueForm):
    """What an activity counts from a day on."""

    amount = AmountEntry("How many credits?")
    per = RadioField("For what?", choices=[SelectChoice(per.value, name) for per, name in TARIFF_PER.items()])
    starts_on = DatePartsField("From", description="A day to come. Sessions from that day on count this")
    decision = StringField(
        "Decision",
        description=DECISION_HINT,
        filters=[one_line],
        validators=[words("Enter the decision that sets it", most=100)],
    )

    def __init__(self, *, today: date, now: ActivityView) -> None:
        super().__init__(data={"per": now.tariff_per.value})
        self.today = today
        self.amount.description = f"Now {tariff_words(now.tariff, now.tariff_per)}. Somebody else must agree"

    def validate_amount(self, field: AmountEntry) -> None:
        """An amount above nothing."""
        check_amount(field, most=MOST_FROM_PEOPLE, too_much="")

    def validate_starts_on(self, field: DatePartsField) -> None:
        """A day to come."""
        if field.data is None:
            raise ValidationError("Enter the day from which it counts")
        if field.data <= self.today:
            raise ValidationError("Enter a day to come")


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

    def __init__(self, *, organisers: list[OrganisationView], left: Amount, alone: str) -> None:
        super().__init__()
        self.left = left
        self.amount.description = alone
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
