"""The lines of a file that comes in, as fields read by name and shape, so that a refusal can tell which and where."""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

from ledger.council_tax.ctx_file import MOST_LINES
from ledger.council_tax.errors import AnswerDamaged

MOST_BYTES = 200 * MOST_LINES
Value = TypeVar("Value")

_DATE = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_INSTANT = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a file: its number from 1, and its fields, whose places are counted from 1 too."""

    number: int
    fields: tuple[str, ...]

    def check_length(self, *lengths: int) -> None:
        """Refuse a line of any other number of fields."""
        if len(self.fields) not in lengths:
            expected = " or ".join(map(str, lengths))
            raise self.damaged("fields", f"there are {len(self.fields)}, not {expected}")

    def matching(self, place: int, name: str, shape: re.Pattern[str]) -> str:
        """A field that is written like this, and no other."""
        text = self.fields[place - 1]
        if not shape.fullmatch(text):
            raise self.damaged(name, "is not written as it must be")
        return text

    def number_at(self, place: int, name: str, shape: re.Pattern[str]) -> int:
        """A field that is a whole number, written like this."""
        return int(self.matching(place, name, shape))

    def one_of(self, place: int, name: str, known: Collection[str]) -> str:
        """A field that is one of these."""
        text = self.fields[place - 1]
        if text not in known:
            raise self.damaged(name, "is not one that may stand there")
        return text

    def day(self, place: int, name: str) -> date:
        """A field that is a day, ISO."""
        return self._read(place, name, _DATE, date.fromisoformat)

    def instant(self, place: int, name: str) -> datetime:
        """A field that is an instant of UTC, to the second."""
        return self._read(place, name, _INSTANT, datetime.fromisoformat)

    def is_blank(self, place: int) -> bool:
        """Whether a field is empty, or left away at the end."""
        return len(self.fields) < place or not self.fields[place - 1]

    def damaged(self, field: str, problem: str) -> AnswerDamaged:
        """The refusal of the whole file for this line's field."""
        return AnswerDamaged(line=self.number, field=field, problem=problem)

    def _read(self, place: int, name: str, shape: re.Pattern[str], read: Callable[[str], Value]) -> Value:
        text = self.matching(place, name, shape)
        try:
            return read(text)
        except ValueError:
            raise self.damaged(name, "is no day that there is") from None


def rows(content: bytes) -> list[Row]:
    """The lines of a file, header first and trailer last, each record where it belongs. Raises AnswerDamaged."""
    if len(content) > MOST_BYTES:
        raise AnswerDamaged(line=1, field="file", problem="is longer than any answer can be")
    if not content.endswith(b"\r\n"):
        raise AnswerDamaged(line=content.count(b"\n") + 1, field="trailer", problem="does not end as it must")
    found = [_row(number, line) for number, line in enumerate(content[:-2].split(b"\r\n"), start=1)]
    found[0].one_of(1, "record", ("H",))
    found[-1].one_of(1, "record", ("T",))
    return found


def _row(number: int, line: bytes) -> Row:
    if not line or any(not 0x20 <= symbol <= 0x7E for symbol in line):
        raise AnswerDamaged(line=number, field="characters", problem="are not all printable ASCII")
    return Row(number, tuple(line.decode("ascii").split(",")))
