"""Read a file back by its layout: the mirror of the writer, with every total that the file carries checked."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ledger.council_tax.ctx_file import HASH_MODULUS
from ledger.council_tax.layouts.errors import NotOfTheLayout
from ledger.council_tax.layouts.spec import OF_THE_TOTALS, Field, LayoutSpec, Section, Shape, Sign
from ledger.council_tax.layouts.texts import Value, reads_back, text_of, value_of
from ledger.council_tax.rules import ItemCode

LARGEST_FILE = 100_000_000

Row = Mapping[str, Value]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadFile:
    """What a file says: of itself, and of each line; the amounts of lines are without their sign."""

    header: Row
    lines: Sequence[Row]
    trailer: Row


def read(spec: LayoutSpec, content: bytes) -> ReadFile:
    """What a file of this layout says. Raises NotOfTheLayout with the row and field that is not as it should be."""
    if len(content) > LARGEST_FILE:
        raise NotOfTheLayout(0, "", f"the file has more than {LARGEST_FILE:,} bytes")
    rows, first, last = _rows(spec, content), 0, 0
    header: Row = {}
    trailer: Row = {}
    if spec.fields[Section.HEADER]:
        first = 1
        header = _read_row(spec, Section.HEADER, rows[0] if rows else "", row=1)
    if spec.fields[Section.TRAILER]:
        last = 1
        if len(rows) < first + last:
            raise NotOfTheLayout(len(rows), "", "the file ends before its last row")
        trailer = _read_row(spec, Section.TRAILER, rows[-1], row=len(rows))
    details = rows[first : len(rows) - last]
    lines = [_read_row(spec, Section.DETAIL, text, row=row) for row, text in enumerate(details, start=first + 1)]
    _check_totals(spec, content, lines, trailer, row=len(rows), last_row=rows[-1] if last else "")
    return ReadFile(header=header, lines=lines, trailer=trailer)


def _rows(spec: LayoutSpec, content: bytes) -> list[str]:
    try:
        text = content.decode(spec.encoding)
    except UnicodeDecodeError as error:
        row = content[: error.start].count(b"\n") + 1
        raise NotOfTheLayout(row, "", f"has characters other than {spec.encoding}") from None
    if text and not text.endswith(spec.line_ending):
        raise NotOfTheLayout(text.count("\n") + 1, "", "the last row has no end")
    return text.split(spec.line_ending)[:-1]


def _read_row(spec: LayoutSpec, section: Section, text: str, *, row: int) -> Row:
    fields = spec.fields[section]
    texts = cut(spec.shape, spec.delimiter, fields, text, row=row)
    values: dict[str, Value] = {}
    for field, part in zip(fields, texts, strict=True):
        value = value_of(field, part, row=row)
        if not field.source and part != text_of(field, field.const, delimiter=spec.delimiter):
            raise NotOfTheLayout(row, field.name, f"is {part!r}, not {field.const!r}")
        if field.source and reads_back(field):
            before = values.setdefault(field.source, _unsigned(field, value))
            if before != _unsigned(field, value):
                raise NotOfTheLayout(row, field.name, "says otherwise than the same source before it")
    return values


def _unsigned(field: Field, value: Value) -> Value:
    is_lines = field.source == "amount" and field.sign != Sign.NONE
    return abs(value) if is_lines and isinstance(value, int) else value


def cut(shape: Shape, delimiter: str, fields: Sequence[Field], text: str, *, row: int) -> list[str]:
    """A row's text as the texts of its fields. Raises NotOfTheLayout where there are more or fewer."""
    if shape == Shape.DELIMITED:
        parts = text.split(delimiter)
        check_fields(len(parts), fields, row=row)
        return parts
    widths = [field.width or 0 for field in fields]
    if len(text) != sum(widths):
        raise NotOfTheLayout(row, "", f"has {len(text)} characters, not {sum(widths)}")
    parts, start = [], 0
    for width in widths:
        parts.append(text[start : start + width])
        start += width
    return parts


def check_fields(found: int, fields: Sequence[Field], *, row: int) -> None:
    """Refuse a row with more or fewer fields than its layout. Raises NotOfTheLayout."""
    if found != len(fields):
        raise NotOfTheLayout(row, "", f"has {found} fields, not {len(fields)}")


def _check_totals(
    spec: LayoutSpec, content: bytes, lines: Sequence[Row], trailer: Row, *, row: int, last_row: str
) -> None:
    body = content[: len(content) - len(f"{last_row}{spec.line_ending}")]
    counted = {"count": len(lines), "sha256": hashlib.sha256(body).hexdigest(), **_sums(lines)}
    for name in OF_THE_TOTALS:
        if name in trailer and name in counted and trailer[name] != counted[name]:
            raise NotOfTheLayout(row, name, f"is {trailer[name]}, and the rows come to {counted[name]}")


def _sums(lines: Sequence[Row]) -> dict[str, Value]:
    """The totals that the rows themselves come to, as far as they say what is needed."""
    found: dict[str, Value] = {}
    if all("amount" in line and "code" in line for line in lines):
        down = sum(_pence(line) for line in lines if line["code"] == ItemCode.REDUCTION)
        back = sum(_pence(line) for line in lines if line["code"] != ItemCode.REDUCTION)
        found |= {"reductions": down, "reversals": back, "net": down - back}
    if all("account_ref" in line and "check_character" in line for line in lines):
        total = sum(_hashed(str(line["account_ref"]), str(line["check_character"])) for line in lines)
        found["hash_total"] = f"{total % HASH_MODULUS:012d}"
    return found


def _pence(line: Row) -> int:
    amount = line["amount"]
    assert isinstance(amount, int), "an amount is pence"
    return amount


def _hashed(base: str, check: str) -> int:
    text = base + (check if check.isdigit() else "")
    return int(text) if text.isascii() and text.isdigit() else 0
