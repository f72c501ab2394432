"""What people type that is words: one line, tidied as it will be stored, refused in a sentence."""

from collections.abc import Callable
from typing import Any

from wtforms import Field
from wtforms.validators import ValidationError

from ledger.errors import InvalidField
from ledger.people.rules import tidy


def one_line(text: str | None) -> str:
    """The words with single spaces between them, line breaks being no more than that."""
    return " ".join((text or "").split())


def words(missing: str, *, most: int) -> Callable[[Any, Field], None]:
    """A validator of words that must be there: `missing` is said where they are not."""

    def check(_form: Any, field: Field) -> None:
        if not field.data:
            raise ValidationError(missing)
        if len(field.data) > most:
            raise ValidationError(f"Enter {most} characters or fewer")
        try:
            tidy(field.name, field.data, longest=most)
        except InvalidField:
            raise ValidationError("Enter only characters that can be seen") from None

    return check
