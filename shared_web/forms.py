"""The base of every form: its hidden fields, and its problems as the summary at the top of the page lists them."""

from collections.abc import Iterator
from dataclasses import dataclass

from flask_wtf import FlaskForm
from wtforms import Field


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing to put right: what to say, and where on the page it is."""

    text: str
    href: str


class TallystickForm(FlaskForm):
    """A form of ours; `shared_web/forms.html` draws its fields."""

    def hidden_fields(self) -> Iterator[Field]:
        """Every field a person does not see: the token against forged requests, the idempotency key, and others."""
        return (field for field in self if getattr(field.widget, "input_type", "") == "hidden")

    def problems(self) -> list[Problem]:
        """What is wrong, first to last; what belongs to the whole form or to a hidden field points at the page."""
        hidden = {field.name for field in self.hidden_fields()}
        of_fields = [
            Problem(text=field.errors[0], href="#main-content" if field.name in hidden else f"#{anchor(field)}")
            for field in self
            if field.errors
        ]
        return [Problem(text=text, href="#main-content") for text in self.form_errors] + of_fields


def anchor(field: Field) -> str:
    """The id of the first control that draws the field."""
    return f"{field.id}-day" if field.type == "DatePartsField" else field.id
