"""What layouts refuse: a layout that cannot be one, and a file that is not of its layout."""

from dataclasses import dataclass

from ledger.council_tax.layouts.spec import Field
from ledger.errors import LedgerError


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What is wrong with a layout: the line of its text (0 where it is of none), which field, and a sentence."""

    line: int
    field: str
    sentence: str

    def __str__(self) -> str:
        place = f"line {self.line}: " if self.line else ""
        return f"{place}{self.field}: {self.sentence}" if self.field else f"{place}{self.sentence}"


class LayoutRefused(LedgerError):
    """The layout cannot be used; `problems` has each reason, in the order of its lines."""

    code = "layout_refused"

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


class ValueDoesNotFit(LedgerError):
    """A value that its field cannot carry: too long for it, or with characters that machines read as something else."""

    code = "value_does_not_fit"

    def __init__(self, field: Field, sentence: str) -> None:
        super().__init__(f"{field.name}: {sentence}")
        self.field = field
        self.sentence = sentence


class NotOfTheLayout(LedgerError):
    """A file, or a row of it (counted from 1, 0 for the whole), that the layout did not write."""

    code = "not_of_the_layout"

    def __init__(self, row: int, field: str, sentence: str) -> None:
        place = f"row {row}: " if row else ""
        super().__init__(f"{place}{field}: {sentence}" if field else f"{place}{sentence}")
        self.row = row
        self.field = field
        self.sentence = sentence
