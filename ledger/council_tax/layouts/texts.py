"""One value as the text of its field, and back: each the mirror of the other."""

import re
from datetime import UTC, date, datetime

from ledger.council_tax.layouts.errors import NotOfTheLayout, ValueDoesNotFit
from ledger.council_tax.layouts.spec import Field, Kind, Sign

Value = str | int | date | datetime
LONGEST_SHOWN = 40
"""How much of a text that cannot be read a message shows."""

_SAFE = re.compile(r"[\x20-\x7e]*")
_AMOUNTS = {"pence": re.compile("[0-9]+"), "pounds.2dp": re.compile(r"[0-9]+\.[0-9]{2}")}
_MARKS = {Sign.LEADING: "-", Sign.TRAILING: "-", Sign.CREDIT: "CR"}


def text_of(field: Field, value: Value, *, delimiter: str) -> str:
    """What a field says for a value. Raises ValueDoesNotFit."""
    plain = _written(field, value)
    if not _SAFE.fullmatch(plain) or (delimiter and delimiter in plain):
        raise ValueDoesNotFit(field, f"{plain!r} has characters that the file cannot carry")
    return _padded(field, plain)


def value_of(field: Field, text: str, *, row: int) -> Value:
    """The value that a field's text stands for. Raises NotOfTheLayout."""
    try:
        return _read(field, text)
    except ValueError:
        raise NotOfTheLayout(row, field.name, f"{shown(text)} cannot be read") from None


def shown(text: str) -> str:
    """A text as messages show it, whatever is in it and however long it is."""
    return repr(text) if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]!r}…"


def reads_back(field: Field) -> bool:
    """Whether the field's text says which value it was: not where two words are mapped to one."""
    return len(set(field.map.values())) == len(field.map)


def _written(field: Field, value: Value) -> str:
    if field.kind == Kind.AMOUNT:
        assert isinstance(value, int), "an amount is pence"
        return _amount(field, value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime(field.format)
    if isinstance(value, date):
        return value.strftime(field.format)
    text = str(value)
    if field.source and field.map and text not in field.map:
        raise ValueDoesNotFit(field, f"its map has no word for {text!r}")
    return field.map.get(text, text)


def _padded(field: Field, plain: str) -> str:
    if field.width is None:
        return plain
    if len(plain) > field.width:
        raise ValueDoesNotFit(field, f"{plain!r} has {len(plain)} characters and the field {field.width}")
    if field.kind == Kind.AMOUNT:
        return plain.rjust(field.width) if field.right else plain.ljust(field.width)
    return plain.rjust(field.width, field.pad) if field.right else plain.ljust(field.width, field.pad)


def _amount(field: Field, pence: int) -> str:
    """The amount with its sign; zeros come between a minus and the figures, and before a mark that follows."""
    size, below = abs(pence), pence < 0
    figures = str(size) if field.format == "pence" else f"{size // 100}.{size % 100:02d}"
    mark = _MARKS.get(field.sign, "")
    if below and not mark:
        raise ValueDoesNotFit(field, "is below nothing, and the field has no sign")
    sign = mark if below else ""
    if field.sign in (Sign.TRAILING, Sign.CREDIT) and field.width is not None and not below:
        sign = " " * len(mark)
    if field.pad == "0" and field.width is not None:
        figures = figures.rjust(field.width - len(sign), "0")
    return sign + figures if field.sign == Sign.LEADING else figures + sign


def _read(field: Field, text: str) -> Value:
    if field.kind == Kind.AMOUNT:
        return _read_amount(field, text.strip(" "))
    bare = unpadded(field, text)
    if field.kind == Kind.NUMBER:
        if not (bare.isascii() and bare.isdigit()):
            raise ValueError(bare)
        return int(bare)
    if field.kind in (Kind.INSTANT, Kind.DAY) and not bare.isascii():
        raise ValueError(bare)
    if field.kind == Kind.INSTANT:
        return datetime.strptime(bare, field.format).replace(tzinfo=UTC)
    if field.kind == Kind.DAY:
        return datetime.strptime(bare, field.format).replace(tzinfo=UTC).date()
    back = {theirs: word for word, theirs in field.map.items()}
    if back and bare not in back:
        raise ValueError(bare)
    return back.get(bare, bare)


def unpadded(field: Field, text: str) -> str:
    """A field's text without what fills its width. Raises ValueError where it has another."""
    if field.width is None:
        return text
    if len(text) != field.width:
        raise ValueError(text)
    return text.lstrip(" ") if field.right else text.rstrip(" ")


def _read_amount(field: Field, text: str) -> int:
    mark = _MARKS.get(field.sign, "")
    leading = field.sign == Sign.LEADING
    below = bool(mark) and (text.startswith(mark) if leading else text.endswith(mark))
    if below:
        text = text[len(mark) :] if leading else text[: -len(mark)]
    if not _AMOUNTS[field.format].fullmatch(text):
        raise ValueError(text)
    size = int(text.replace(".", ""))
    return -size if below else size
