"""An answer CTR 1 written from what became of each line, for councils whose system does not write it itself."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from ledger.council_tax.ctx_file import Header, Line
from ledger.council_tax.rules import ItemCode, Outcome
from ledger.money import Amount

IN_TRAILER = (Outcome.APPLIED, Outcome.PARTLY, Outcome.REJECTED, Outcome.DEFERRED)


@dataclass(frozen=True, slots=True, kw_only=True)
class LineAnswer:
    """What became of one line: its outcome and item code, the pence applied, when, and when it may come again."""

    outcome: Outcome
    code: str
    applied: Amount
    posted_on: date | None
    retry_on: date | None = None


def ctr1(header: Header, lines: Sequence[Line], answers: Sequence[LineAnswer], *, sha256: str, at: datetime) -> bytes:
    """The answer to a file with these lines: one of `answers` for each, in their order; `sha256` is the file's."""
    time = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    whose = (header.authority, header.environment, f"{header.sequence:06d}")
    rows: list[tuple[str, ...]] = [("H", "CTR", "1", *whose, sha256, time, "A", "F00")]
    for number, (line, answer) in enumerate(zip(lines, answers, strict=True), start=1):
        rows.append(("R", f"{number:06d}", line.txn_id, *_said(answer)))
    counted = Counter(answer.outcome for answer in answers)
    counts = [str(counted[outcome]) for outcome in IN_TRAILER]
    down, back = (str(sum(applied_of(lines, answers, reduces=reduces))) for reduces in (True, False))
    rows.append(("T", f"{len(answers):06d}", *counts, down, back))
    return b"".join(",".join(row).encode("ascii") + b"\r\n" for row in rows)


def _said(answer: LineAnswer) -> Iterator[str]:
    yield answer.outcome
    yield answer.code
    yield str(answer.applied)
    yield answer.posted_on.isoformat() if answer.posted_on else ""
    yield "N"
    if answer.retry_on is not None:
        yield answer.retry_on.isoformat()


def applied_of(lines: Sequence[Line], answers: Sequence[LineAnswer], *, reduces: bool) -> Iterator[Amount]:
    """What was applied of reductions, or of what was to be put back."""
    for line, answer in zip(lines, answers, strict=True):
        if (line.code == ItemCode.REDUCTION) == reduces:
            yield answer.applied
