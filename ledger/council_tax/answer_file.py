"""Read the revenues system's files, CTR 1 and CTU, strictly: what is not wholly right is refused, by line and field."""

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from ledger.council_tax.answer_codes import (
    BILLS,
    CHANGE_CODES,
    FILE_CODES,
    FILE_LOADED_BEFORE,
    FILE_OK,
    ITEM_CODES,
    FileVerdict,
)
from ledger.council_tax.answer_rows import Row, rows
from ledger.council_tax.errors import AnswerDamaged
from ledger.council_tax.rules import AnswerKind, Outcome
from ledger.money import Amount

_PENCE = re.compile("0|[1-9][0-9]{0,6}", re.ASCII)
_TOTAL = re.compile("0|[1-9][0-9]{0,12}", re.ASCII)
_COUNT = re.compile("[0-9]{1,6}", re.ASCII)
_NUMBER = re.compile("(?!000000)[0-9]{6}", re.ASCII)
_CROCKFORD = re.compile("[0-7][0-9A-HJKMNP-TV-Z]{25}", re.ASCII)
_SHA256 = re.compile("[0-9a-f]{64}", re.ASCII)
_AUTHORITY = re.compile("[A-Z][0-9]{8}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerLine:
    """What became of one line of our file, on this line of the answer: pence applied, and when it may come again."""

    row: int
    line: int
    txn_id: str
    outcome: Outcome
    code: str
    applied: Amount
    posted_on: date | None
    bill: str
    retry_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """A CTR 1 file: the answer to one of ours, whole (`verdict`, `code`) and line by line, and the pence it came to."""

    authority: str
    environment: str
    sequence: int
    sha256: str
    verdict: FileVerdict
    code: str
    lines: tuple[AnswerLine, ...]
    reductions: Amount
    reversals: Amount
    last_row: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What the revenues system took back later of one item: pence, on this line of the file."""

    row: int
    txn_id: str
    code: str
    amount: Amount
    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """A CTU file: changes nobody asked for, numbered by the revenues system itself."""

    authority: str
    environment: str
    sequence: int
    changes: tuple[Change, ...]


def kind_of(content: bytes) -> AnswerKind:
    """Whether these bytes are an answer or later changes, by how they begin. Raises AnswerDamaged."""
    for kind in AnswerKind:
        if content.startswith(f"H,{kind},".encode("ascii")):
            return kind
    raise AnswerDamaged(line=1, field="kind", problem="is neither CTR nor CTU")


def read_response(content: bytes) -> Response:
    """A CTR 1 file whose counts and pence agree with its lines. Raises AnswerDamaged."""
    head, *details, tail = rows(content)
    head.check_length(10)
    head.one_of(2, "kind", ("CTR",))
    head.one_of(3, "version", ("1",))
    head.instant(8, "time")
    verdict = FileVerdict(head.one_of(9, "verdict", ("A", "X")))
    taken_in = (FILE_OK, FILE_LOADED_BEFORE)
    good = taken_in if verdict == FileVerdict.ACCEPTED else tuple(FILE_CODES.keys() - set(taken_in))
    if verdict == FileVerdict.REFUSED and details:
        raise details[0].damaged("record", "is there, though the whole file was refused")
    lines = tuple(map(_answer_line, details))
    _check_trailer(tail, lines)
    applied = [tail.number_at(7, "RED pence applied", _TOTAL), tail.number_at(8, "reversal pence applied", _TOTAL)]
    if sum(applied) != sum(line.applied for line in lines):
        raise tail.damaged("pence applied", "is not what the lines come to")
    return Response(
        authority=head.matching(4, "authority", _AUTHORITY),
        environment=head.one_of(5, "environment", ("P", "T")),
        sequence=head.number_at(6, "sequence", _NUMBER),
        sha256=head.matching(7, "SHA-256", _SHA256),
        verdict=verdict,
        code=head.one_of(10, "file code", good),
        lines=lines,
        reductions=applied[0],
        reversals=applied[1],
        last_row=tail.number,
    )


def _answer_line(row: Row) -> AnswerLine:
    row.check_length(8, 9)
    row.one_of(1, "record", ("R",))
    outcome = Outcome(row.one_of(4, "outcome", ("A", "P", "R", "D")))
    decided = outcome in (Outcome.APPLIED, Outcome.PARTLY)
    applied = row.number_at(6, "pence applied", _PENCE)
    if (applied > 0) != decided:
        raise row.damaged("pence applied", f"cannot be {applied} where the outcome is {outcome}")
    if not decided and not row.is_blank(7):
        raise row.damaged("date posted", "is there, though nothing was posted")
    if outcome != Outcome.DEFERRED and not row.is_blank(9):
        raise row.damaged("retry after", "is there, though nothing was deferred")
    return AnswerLine(
        row=row.number,
        line=row.number_at(2, "line", _NUMBER),
        txn_id=row.matching(3, "txn_id", _CROCKFORD),
        outcome=outcome,
        code=row.one_of(5, "item code", ITEM_CODES[outcome]),
        applied=applied,
        posted_on=row.day(7, "date posted") if decided else None,
        bill=row.one_of(8, "bill", BILLS),
        retry_on=None if row.is_blank(9) else row.day(9, "retry after"),
    )


def _check_trailer(tail: Row, lines: Sequence[AnswerLine]) -> None:
    """The counts of a trailer; its pence, reductions and reversals apart, are checked beside our own file."""
    tail.check_length(8)
    counted = Counter(line.outcome for line in lines)
    expected = {
        "count": len(lines),
        "applied": counted[Outcome.APPLIED],
        "partial": counted[Outcome.PARTLY],
        "rejected": counted[Outcome.REJECTED],
        "deferred": counted[Outcome.DEFERRED],
    }
    for place, (name, count) in enumerate(expected.items(), start=2):
        if tail.number_at(place, name, _COUNT) != count:
            raise tail.damaged(name, f"the file has {count}")


def read_changes(content: bytes) -> Changes:
    """A CTU file whose count, total and SHA-256 agree with its lines. Raises AnswerDamaged."""
    head, *details, tail = rows(content)
    head.check_length(8)
    head.one_of(2, "kind", ("CTU",))
    head.one_of(3, "version", ("1",))
    head.instant(8, "time")
    sequence = head.number_at(6, "sequence", _NUMBER)
    if head.number_at(7, "previous sequence", _COUNT) != sequence - 1:
        raise head.damaged("previous sequence", "is not the one before")
    changes = tuple(map(_change, details))
    tail.check_length(4)
    if tail.number_at(2, "count", _COUNT) != len(changes):
        raise tail.damaged("count", f"the file has {len(changes)}")
    if tail.number_at(3, "pence taken back", _TOTAL) != sum(change.amount for change in changes):
        raise tail.damaged("pence taken back", "is not what the lines come to")
    if tail.matching(4, "SHA-256", _SHA256) != hashlib.sha256(_before_trailer(content)).hexdigest():
        raise tail.damaged("SHA-256", "is not that of the lines before it")
    return Changes(
        authority=head.matching(4, "authority", _AUTHORITY),
        environment=head.one_of(5, "environment", ("P", "T")),
        sequence=sequence,
        changes=changes,
    )


def _before_trailer(content: bytes) -> bytes:
    return content[: content[:-2].rindex(b"\r\n") + 2]


def _change(row: Row) -> Change:
    row.check_length(5)
    row.one_of(1, "record", ("U",))
    amount = row.number_at(4, "pence taken back", _PENCE)
    if not amount:
        raise row.damaged("pence taken back", "cannot be 0")
    return Change(
        row=row.number,
        txn_id=row.matching(2, "txn_id", _CROCKFORD),
        code=row.one_of(3, "change code", CHANGE_CODES),
        amount=amount,
        on=row.day(5, "date"),
    )
