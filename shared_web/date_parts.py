"""A form field for a date typed as day, month and year, as people know it from other council forms."""

from datetime import date
from typing import Any

from wtforms import Field
from wtforms.validators import ValidationError

PARTS = ("day", "month", "year")


class DatePartsField(Field):
    """Reads `name-day`, `name-month` and `name-year`; `data` is a date, or None while it is not one."""

    typed: dict[str, str]

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:
        """Keep the three parts as typed, and make a date of them when they are one."""
        names = {part: f"{self.name}-{part}" for part in PARTS}
        if not formdata or not any(name in formdata for name in names.values()):
            super().process(None, *([data] if data is not None else []))
            self.typed = parts_of(self.data)
            return
        self.process_errors = []
        self.typed = {part: formdata.get(name, "").strip() for part, name in names.items()}
        self.raw_data = [text for text in self.typed.values() if text]
        self.data = date_from(self.typed)

    def pre_validate(self, form: Any) -> None:
        """Refuse what was typed and is no date; an empty one is for the form's own rules."""
        if self.raw_data and self.data is None:
            raise ValidationError("Enter a date like 30 11 2026")


def parts_of(day: date | None) -> dict[str, str]:
    """The three texts that show a date, empty when there is none."""
    return {part: str(getattr(day, part)) if day else "" for part in PARTS}


def date_from(typed: dict[str, str]) -> date | None:
    """The date that three typed parts name, or None."""
    if not all(text.isascii() and text.isdigit() and len(text) <= 4 for text in typed.values()):
        return None
    try:
        return date(int(typed["year"]), int(typed["month"]), int(typed["day"]))
    except ValueError:
        return None
