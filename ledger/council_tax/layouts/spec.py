"""A layout as values: what a file is made of, field by field (council_tax_file.md, Adaptors)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Shape(StrEnum):
    """Fields with a delimiter between them, or each of a fixed width."""

    DELIMITED = "delimited"
    FIXED = "fixed"


class Section(StrEnum):
    """The rows of a file: one before the lines, one each, one after them."""

    HEADER = "header"
    DETAIL = "detail"
    TRAILER = "trailer"


class Kind(StrEnum):
    """What a source holds: text, a whole number, a day, an instant, or pence."""

    TEXT = "text"
    NUMBER = "number"
    DAY = "day"
    INSTANT = "instant"
    AMOUNT = "amount"


class Sign(StrEnum):
    """How an amount below nothing is told: not at all, a minus before or after it, or CR after it."""

    NONE = "none"
    LEADING = "leading"
    TRAILING = "trailing"
    CREDIT = "CR"


OF_THE_FILE: Mapping[str, Kind] = {
    "authority": Kind.TEXT,
    "environment": Kind.TEXT,
    "sequence": Kind.NUMBER,
    "previous_sequence": Kind.NUMBER,
    "created": Kind.INSTANT,
    "business_date": Kind.DAY,
    "scheme": Kind.TEXT,
    "producer": Kind.TEXT,
}
OF_A_LINE: Mapping[str, Kind] = {
    "line": Kind.NUMBER,
    "code": Kind.TEXT,
    "txn_id": Kind.TEXT,
    "orig_txn_id": Kind.TEXT,
    "account": Kind.TEXT,
    "account_ref": Kind.TEXT,
    "check_character": Kind.TEXT,
    "uprn": Kind.TEXT,
    "financial_year": Kind.NUMBER,
    "effective_from": Kind.DAY,
    "effective_to": Kind.DAY,
    "amount": Kind.AMOUNT,
    "reason": Kind.TEXT,
}
OF_THE_TOTALS: Mapping[str, Kind] = {
    "count": Kind.NUMBER,
    "reductions": Kind.AMOUNT,
    "reversals": Kind.AMOUNT,
    "net": Kind.AMOUNT,
    "hash_total": Kind.TEXT,
    "sha256": Kind.TEXT,
}
SOURCES: Mapping[Section, Mapping[str, Kind]] = {
    Section.HEADER: OF_THE_FILE,
    Section.DETAIL: {**OF_THE_FILE, **OF_A_LINE},
    Section.TRAILER: {**OF_THE_FILE, **OF_THE_TOTALS},
}
"""What each row may say; `account` is the reference with its check character."""

MAPPED = ("code", "reason", "environment")
"""What other systems may have words of their own for."""
IN_NAMES = ("authority", "environment", "sequence", "business_date", "scheme", "part")
"""What a file's name may say; `part` is what the file was split by."""
SPLITS = ("code", "reason", "financial_year")
DAY_FORMATS = ("%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%Y%m%d", "%d%m%Y", "%d%m%y", "%d-%b-%Y")
INSTANT_FORMATS = ("%Y-%m-%dT%H:%M:%SZ", "%Y%m%d%H%M%S", "%d/%m/%Y %H:%M:%S")
AMOUNT_FORMATS = ("pence", "pounds.2dp")
FORMATS: Mapping[Kind, tuple[str, ...]] = {
    Kind.DAY: DAY_FORMATS,
    Kind.INSTANT: INSTANT_FORMATS,
    Kind.AMOUNT: AMOUNT_FORMATS,
}
"""The first of each is what a field has that names none; days of months are as English has them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of a row: a constant or a source, and how that is written. `place` counts from 1.

    `kind` is what its source holds; a constant is text. `minus` is what an amount of a line is written below nothing
    for: reversals, or reductions.
    """

    section: Section
    place: int
    source: str = ""
    kind: Kind = Kind.TEXT
    const: str = ""
    width: int | None = None
    pad: str = " "
    right: bool = False
    format: str = ""
    sign: Sign = Sign.NONE
    minus: str = "reversals"
    map: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """E.g. "detail field 5 (account_ref)", as messages call it."""
        return f"{self.section} field {self.place} ({self.source or 'const'})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """What the fields of a layout may say: the sources of each row, and which of them are amounts with a direction."""

    sources: Mapping[Section, Mapping[str, Kind]]
    directed: tuple[str, ...]


WRITTEN = Vocabulary(sources=SOURCES, directed=("amount",))
"""What files that we write may say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LayoutSpec:
    """A whole layout. Without a trailer's or header's fields a file has no such row."""

    name: str
    about: str
    shape: Shape
    delimiter: str
    line_ending: str
    encoding: str
    file_name: str
    split_by: tuple[str, ...]
    fields: Mapping[Section, tuple[Field, ...]]
