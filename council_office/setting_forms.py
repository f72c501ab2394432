"""The form of a setting: what it is to say, from when, by which decision."""

from datetime import date
from typing import Any

from wtforms import StringField
from wtforms.validators import ValidationError

from council_office.programme_forms import DECISION_HINT
from council_office.setting_words import problem_words
from ledger.errors import InvalidField
from ledger.rule_settings import RuleSetting
from ledger.scheme.rules import LAST_DAY, checked_value
from shared_web.amount_entry import ValueForm
from shared_web.date_parts import DatePartsField
from shared_web.days import plain_day
from shared_web.words_typed import one_line, words


class SettingForm(ValueForm):
    """What a setting is to say from a day on."""

    value = StringField("What it is to be", filters=[lambda text: (text or "").strip(" ")])
    starts_on = DatePartsField("From", description="A day to come. Until then what holds today holds")
    decision = StringField(
        "Decision",
        description=DECISION_HINT,
        filters=[one_line],
        validators=[words("Enter the decision that sets it", most=100)],
    )

    def __init__(self, *, setting: RuleSetting, value: Any, today: date) -> None:
        super().__init__(data={"value": setting.text_of(value)})
        self.setting, self.today = setting, today
        self.value.description = setting.hint

    def validate_value(self, field: StringField) -> None:
        """What the environment would take, too."""
        try:
            checked_value(self.setting, field.data)
        except InvalidField as problem:
            raise ValidationError(problem_words(problem.reason)) from problem

    def validate_starts_on(self, field: DatePartsField) -> None:
        """A day to come."""
        if field.data is None:
            raise ValidationError("Enter the day from which it holds")
        if field.data <= self.today:
            raise ValidationError("Enter a day to come")
        if field.data > LAST_DAY:
            raise ValidationError(f"Enter a day up to {plain_day(LAST_DAY)}")
