"""The forms of corrections and disputes: find, reverse, adjust, answer."""

from collections.abc import Sequence
from uuid import UUID

from wtforms import HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import ValidationError

from council_office.account_named import account_named
from ledger.corrections.errors import NotAdjustable
from ledger.corrections.rules import (
    LONGEST_ANSWER,
    LONGEST_EVIDENCE,
    LONGEST_REASON,
    DisputeState,
    check_adjustable,
)
from ledger.corrections.views import AccountSeen
from ledger.identifiers import from_text, to_text
from ledger.money import MOST_FROM_PEOPLE
from shared_web.amount_entry import AmountBetween, AmountEntry, ValueForm
from shared_web.errors import words_of
from shared_web.words_typed import one_line, words


class WhyForm(ValueForm):
    """Why something is put right, and where the evidence is kept."""

    reason = TextAreaField(
        "Reason",
        description="What went wrong, and who says so",
        filters=[one_line],
        validators=[words("Say why", most=LONGEST_REASON)],
    )
    evidence = StringField(
        "Evidence",
        description="Where it is kept, like case 2026-114",
        filters=[one_line],
        validators=[words("Say where the evidence is kept", most=LONGEST_EVIDENCE)],
    )


class AdjustForm(WhyForm):
    """An amount between two accounts."""

    about = HiddenField()
    debit = SelectField("From")
    credit = SelectField("To")
    amount = AmountEntry("How many credits?", validators=[AmountBetween(most=MOST_FROM_PEOPLE)])

    def __init__(self, *, accounts: Sequence[AccountSeen], about: str) -> None:
        super().__init__()
        self.kinds = {to_text(one.public_id): one.kind for one in accounts}
        self.about.data = about
        choices = [SelectChoice(to_text(one.public_id), account_named(one)) for one in accounts]
        self.debit.choices = [SelectChoice("", "Choose an account"), *choices]
        self.credit.choices = [SelectChoice("", "Choose an account"), *choices]

    def validate_debit(self, field: SelectField) -> None:
        """One of them."""
        if not field.data:
            raise ValidationError("Choose the account it comes from")

    def validate_credit(self, field: SelectField) -> None:
        """Another of them, between which credits may be moved."""
        if not field.data:
            raise ValidationError("Choose the account it goes to")
        if field.data == self.debit.data:
            raise ValidationError("Choose another account than the one it comes from")
        if self.debit.data in self.kinds and field.data in self.kinds:
            try:
                check_adjustable(debit=self.kinds[self.debit.data], credit=self.kinds[field.data])
            except NotAdjustable as refusal:
                raise ValidationError(words_of(refusal)) from refusal

    def ends(self) -> tuple[UUID, UUID]:
        """The public ids of both accounts."""
        return from_text(self.debit.data), from_text(self.credit.data)


class AnswerForm(ValueForm):
    """The council's answer to a dispute."""

    outcome = RadioField(
        "Is it upheld?",
        choices=[
            SelectChoice(DisputeState.UPHELD.value, "Upheld: a correction has put it right"),
            SelectChoice(DisputeState.NOT_UPHELD.value, "Not upheld: it stands as it is"),
        ],
    )
    answer = TextAreaField(
        "Answer",
        description="Whoever disputes it reads these words",
        filters=[one_line],
        validators=[words("Write the answer", most=LONGEST_ANSWER)],
    )

    def validate_outcome(self, field: RadioField) -> None:
        """One of the two."""
        if field.data not in (DisputeState.UPHELD, DisputeState.NOT_UPHELD):
            raise ValidationError("Say whether it is upheld")
