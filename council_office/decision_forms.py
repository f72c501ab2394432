"""The forms of the council's decisions on council tax: record one, end one, close applications for everybody."""

from datetime import date
from typing import Any

from wtforms import Field, IntegerField, StringField, TextAreaField
from wtforms.validators import ValidationError

from council_office.programme_forms import DECISION_HINT, check_amount
from ledger.council_tax.decision_rules import FIRST_YEAR, LAST_YEAR, NOTICE, Decision
from ledger.money import MOST_FROM_PEOPLE
from shared_web.amount_entry import AmountEntry, ValueForm
from shared_web.date_parts import DatePartsField
from shared_web.days import plain_day
from shared_web.words_typed import one_line, words


class DecisionForm(ValueForm):
    """A decision of the council by which bills are reduced."""

    decision_reference = StringField(
        "Decision", description=DECISION_HINT, filters=[one_line], validators=[words("Enter the decision", most=100)]
    )
    decided_on = DatePartsField("Decided on", description="For example, 23 2 2026")
    class_wording = TextAreaField(
        "Class of case",
        description="Word for word as the council determined it: whose liability is reduced, which part of the bill, "
        "what happens in recovery, and whether a reduction is kept when the liability falls",
        filters=[one_line],
        validators=[words("Enter the class of case", most=1000)],
    )
    account_cap = AmountEntry("Most for a council tax account in a year")
    resident_cap = AmountEntry("Most for a resident in a year")
    first_year = IntegerField("First financial year", description="The year in which it begins, like 2026")
    last_year = IntegerField("Last financial year", description="The year in which it begins")
    signed_by = StringField(
        "Signed by",
        description="The name or post under the decision",
        filters=[one_line],
        validators=[words("Enter who signed it", most=120)],
    )

    def __init__(self, *, today: date) -> None:
        super().__init__()
        self.today = today

    def validate_decided_on(self, field: DatePartsField) -> None:
        """A day must be there, and not a later one."""
        if field.data is None:
            raise ValidationError("Enter the day of the decision")
        if field.data > self.today:
            raise ValidationError("The decision cannot be of a later day than today")

    def validate_account_cap(self, field: AmountEntry) -> None:
        """An amount above nothing."""
        check_amount(field, most=MOST_FROM_PEOPLE, too_much="")

    def validate_resident_cap(self, field: AmountEntry) -> None:
        """An amount above nothing."""
        check_amount(field, most=MOST_FROM_PEOPLE, too_much="")

    def validate_first_year(self, field: IntegerField) -> None:
        """A year that could be one."""
        _check_year(field)

    def validate_last_year(self, field: IntegerField) -> None:
        """A year that could be one, not before the first."""
        _check_year(field)
        if self.first_year.data is not None and field.data < self.first_year.data:
            raise ValidationError("The last year must not be before the first year")

    def decision(self) -> Decision:
        """What was typed, once it is valid."""
        typed: dict[str, Any] = {name: self[name].data for name in Decision.__dataclass_fields__}
        return Decision(**typed)


class EndingForm(ValueForm):
    """Why a decision no longer holds."""

    reason = TextAreaField("Why does it end?", filters=[one_line], validators=[words("Say why it ends", most=500)])


class ClosingForm(ValueForm):
    """From when nobody may apply, and why."""

    closes_on = DatePartsField("First day on which nobody can apply")
    reason = TextAreaField(
        "Reason",
        description="Residents read it, word for word, from the moment this is approved",
        filters=[one_line],
        validators=[words("Say why it closes", most=500)],
    )

    def __init__(self, *, today: date) -> None:
        super().__init__()
        self.earliest = today + NOTICE
        self.closes_on.description = f"From {plain_day(self.earliest)}, so that everybody can read it before"

    def validate_closes_on(self, field: DatePartsField) -> None:
        """A day must be there, and not too soon."""
        if field.data is None:
            raise ValidationError("Enter a day")
        if field.data < self.earliest:
            raise ValidationError(f"Enter {plain_day(self.earliest)} or later")


def _check_year(field: Field) -> None:
    if field.data is None or not FIRST_YEAR <= field.data <= LAST_YEAR:
        raise ValidationError("Enter a year like 2026")
