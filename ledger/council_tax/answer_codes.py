"""The codes of the revenues system's files: of a whole file (F), of an item (D), of a later change (C)."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from ledger.council_tax.rules import ItemState, Outcome

FILE_OK, FILE_LOADED_BEFORE = "F00", "F02"
FILE_CODES: Mapping[str, str] = MappingProxyType(
    {
        "F00": "taken in",
        "F01": "of another authority or environment",
        "F02": "taken in before",
        "F03": "an earlier number is missing",
        "F04": "another file of this number was taken in",
        "F05": "the count of lines is wrong",
        "F06": "a control total is wrong",
        "F07": "the hash total is wrong",
        "F08": "cut short, or its SHA-256 is wrong",
        "F09": "a version that is not known",
        "F10": "the period is closed",
        "F12": "one item twice in the file",
        "F13": "a malformed record or character",
    }
)
"""What a file code says of the file (council_tax_file.md, The files)."""

_REJECTED = ("D01", "D02", "D03", "D04", "D05", "D06", "D07", "D09", "D10", "D11", "D12", "D13")
ITEM_CODES: Mapping[Outcome, frozenset[str]] = MappingProxyType(
    {
        Outcome.APPLIED: frozenset({"D00", "D08"}),
        Outcome.PARTLY: frozenset({"D21", "D12", "D08"}),
        Outcome.REJECTED: frozenset(_REJECTED),
        Outcome.DEFERRED: frozenset({"D20", "D22"}),
    }
)
"""Which item codes go with each outcome; D08 tells the first result again, of an item that was applied before."""

CHANGE_CODES = frozenset({"C01", "C02", "C03", "C04"})
BILLS = frozenset("BSN")

STATE_AFTER: Mapping[Outcome, ItemState] = MappingProxyType(
    {
        Outcome.APPLIED: ItemState.APPLIED,
        Outcome.PARTLY: ItemState.PARTLY_APPLIED,
        Outcome.REJECTED: ItemState.REFUSED,
        Outcome.DEFERRED: ItemState.DEFERRED,
    }
)
"""The one table from the files' letters to an item's life."""


def refuses_all(code: str) -> bool:
    """Whether a file code says that the whole file was refused."""
    return code not in (FILE_OK, FILE_LOADED_BEFORE)


class FileVerdict(StrEnum):
    """Whether the whole file was taken in."""

    ACCEPTED = "A"
    REFUSED = "X"
