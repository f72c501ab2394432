"""A form field for an amount as people type it, and a form that moves value with its key."""

from collections.abc import Callable, Sequence
from typing import Any

from wtforms import HiddenField, StringField
from wtforms.validators import ValidationError

from ledger.money import MOST_FROM_PEOPLE, MOST_OF_A_PROGRAMME, Amount, NotAnAmount, format_amount, parse_amount
from shared_web.forms import TallystickForm
from shared_web.idempotency import draw_key


class ValueForm(TallystickForm):
    """A form of a route that moves value: its key is drawn when the page is rendered."""

    idempotency_key = HiddenField(default=draw_key)


class AmountEntry(StringField):
    """`data` is minor units, or None while what was typed is no amount; the page shows what was typed."""

    most: Amount = MOST_FROM_PEOPLE

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Read what was typed, if anything was."""
        self.typed = valuelist[0] if valuelist else ""
        self.data = _read(self.typed, most=self.most)

    @property
    def is_too_much(self) -> bool:
        """Whether an amount was typed that no field of this kind takes."""
        return self.data is None and _read(getattr(self, "typed", ""), most=MOST_OF_A_PROGRAMME) is not None

    @property
    def typed_something(self) -> bool:
        """Whether anything was typed at all."""
        return bool(str(getattr(self, "typed", "")).strip())

    def _value(self) -> str:
        typed: str | None = getattr(self, "typed", None)
        return typed if typed is not None else "" if self.data is None else format_amount(self.data)


def _read(typed: Any, *, most: Amount) -> Amount | None:
    """The amount that was typed; None of what is none, or is more."""
    try:
        return parse_amount(typed, most=most)
    except NotAnAmount:
        return None


class LargeAmountEntry(AmountEntry):
    """An amount of a whole programme."""

    most = MOST_OF_A_PROGRAMME


def AmountBetween(  # noqa: N802 (a validator is named as WTForms names its own)
    least: Amount = 1, most: Amount | None = None, *, too_much: str = "Enter {most} or less"
) -> Callable[[Any, AmountEntry], None]:
    """A validator of an AmountEntry: no less than `least`, no more than `most`, in minor units."""

    def check(_form: Any, field: AmountEntry) -> None:
        if field.is_too_much:
            raise ValidationError(too_much.format(most=format_amount(field.most if most is None else most)))
        if field.data is None or (field.data == 0 and least == 1):
            raise ValidationError("Enter an amount like 4.50")
        if field.data < least:
            raise ValidationError(f"Enter {format_amount(least)} or more")
        if most is not None and field.data > most:
            raise ValidationError(too_much.format(most=format_amount(most)))

    return check
