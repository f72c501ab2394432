"""A layout of answers as values: what another system's file says became of the lines that we sent it."""

from collections.abc import Mapping
from dataclasses import dataclass

from ledger.council_tax.layouts.spec import (
    OF_A_LINE,
    OF_THE_FILE,
    OF_THE_TOTALS,
    Field,
    Kind,
    Section,
    Shape,
    Vocabulary,
)
from ledger.council_tax.rules import Outcome

IGNORED = "ignored"
OF_AN_ANSWER: Mapping[str, Kind] = {
    "result": Kind.TEXT,
    "applied": Kind.AMOUNT,
    "returned": Kind.AMOUNT,
    "posted_on": Kind.DAY,
    "retry_on": Kind.DAY,
}
SENT: Mapping[str, Kind] = {**OF_THE_FILE, "sha256_sent": Kind.TEXT}
"""What is ours of the file that was answered: where it is said again, it must be the same."""
ANSWERED = Vocabulary(
    sources={
        Section.HEADER: {**SENT, "posted_on": Kind.DAY, IGNORED: Kind.TEXT},
        Section.DETAIL: {**SENT, **OF_A_LINE, **OF_AN_ANSWER, IGNORED: Kind.TEXT},
        Section.TRAILER: {**SENT, **OF_THE_TOTALS, IGNORED: Kind.TEXT},
    },
    directed=("amount", "applied", "returned"),
)
"""What a file that answers ours may say; `ignored` is whatever else stands there."""
KNOWS_BY = ("account", "account_ref", "check_character", "amount", "code", "line")
"""What tells which line of ours is answered, where its id is not in the file."""
ENCODINGS = {"ascii": "ascii", "utf-8": "utf-8-sig", "windows-1252": "cp1252"}
"""What an answer may be written in, by what Python calls it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What one of the other system's words says of a line: an outcome of CTR 1 and its item code."""

    outcome: Outcome
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerSpec:
    """A whole layout of answers. `quotes` where fields may stand in quotes; `meanings` by the other system's words."""

    name: str
    about: str
    shape: Shape
    delimiter: str
    quotes: bool
    line_ending: str
    encoding: str
    fields: Mapping[Section, tuple[Field, ...]]
    meanings: Mapping[str, Meaning]

    def place_of(self, section: Section, source: str) -> int | None:
        """Where in a row a source stands, from 0, or None."""
        places = (field.place - 1 for field in self.fields[section] if field.source == source)
        return next(places, None)
