"""What another system's answer says of each line of our file: every line once and to the penny, or nothing."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from ledger.clock import london_date
from ledger.council_tax.answered import ONLY_OF_REVERSALS
from ledger.council_tax.ctx_file import Line
from ledger.council_tax.layouts.answer_rows import AnswerRows, RowRead, read_rows
from ledger.council_tax.layouts.answer_spec import KNOWS_BY, AnswerSpec, Meaning
from ledger.council_tax.layouts.ctr1 import LineAnswer, applied_of, ctr1
from ledger.council_tax.layouts.errors import NotOfTheLayout
from ledger.council_tax.layouts.shipped import read_ctx1
from ledger.council_tax.layouts.spec import Field, Section, Sign
from ledger.council_tax.layouts.texts import Value, shown, text_of, unpadded, value_of
from ledger.council_tax.layouts.writer import of_the_file, signed, totals_values, values_of
from ledger.council_tax.rules import ItemCode, Outcome
from ledger.council_tax.views import BatchFile
from ledger.money import Amount

Key = tuple[Value | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sent:
    """A line that we sent: its place in our file from 1, and what is known of the file."""

    line: Line
    number: int
    known: Mapping[str, Value]

    @property
    def values(self) -> Mapping[str, Value]:
        """What a row may say of it again."""
        return {**self.known, **values_of(self.line, self.number)}


def as_answer(spec: AnswerSpec, content: bytes, *, file: BatchFile, at: datetime) -> bytes:
    """The answer CTR 1 that a file of this layout stands for: the answer to this file of ours, every line once.

    Raises NotOfTheLayout, by row and field, for anything that is not whole, not ours or not known: then nothing is
    answered.
    """
    header, lines = read_ctx1(file.content)
    known = {**of_the_file(header), "sha256_sent": file.sha256}
    rows = read_rows(spec, content)
    for row in filter(None, (rows.header, rows.trailer)):
        _check_ours(spec, row, known)
    posted_on = _day_of(spec, rows.header, "posted_on") if rows.header else None
    sent = [_Sent(line=line, number=number, known=known) for number, line in enumerate(lines, start=1)]
    answers = _matched(spec, rows, sent, posted_on=posted_on, today=london_date(at))
    _check_totals(spec, rows, lines, answers)
    return ctr1(header, lines, answers, sha256=file.sha256, at=at)


def _matched(
    spec: AnswerSpec, rows: AnswerRows, sent: Sequence[_Sent], *, posted_on: date | None, today: date
) -> list[LineAnswer]:
    """What became of each line, in the order in which they were sent."""
    knows_by = _known_by(spec)
    waiting: dict[Key, list[_Sent]] = defaultdict(list)
    for one in sent:
        waiting[tuple(_ours(field, one.values) for field in knows_by)].append(one)
    found: dict[Key, list[RowRead]] = defaultdict(list)
    for row in rows.details:
        key: Key = tuple(_theirs(field, row) for field in knows_by)
        if len(found[key]) == len(waiting.get(key, ())):
            raise NotOfTheLayout(row.number, knows_by[0].name, "is of no line of our file, or was answered before")
        found[key].append(row)
    answers: dict[int, LineAnswer] = {}
    for known, ours in waiting.items():
        if len(found[known]) < len(ours):
            raise NotOfTheLayout(0, "", f"our line {ours[len(found[known])].number:06d} is not answered")
        pairs = zip(found[known], ours, strict=True)
        said = [_said(spec, row, one, posted_on=posted_on, today=today) for row, one in pairs]
        if any(one != said[0] for one in said):
            sentence = "is that of more lines of ours than one, and they are not answered alike"
            raise NotOfTheLayout(found[known][-1].number, knows_by[0].name, sentence)
        answers |= {one.number: answer for one, answer in zip(ours, said, strict=True)}
    return [answers[one.number] for one in sent]


def _known_by(spec: AnswerSpec) -> list[Field]:
    """The fields that tell which line of ours a row answers: its id, or all that is known of it."""
    details = spec.fields[Section.DETAIL]
    return [field for field in details if field.source == "txn_id"] or [
        field for field in details if field.source in KNOWS_BY
    ]


def _ours(field: Field, values: Mapping[str, Value]) -> Value | None:
    """What a field must say of what is ours; None where its map has no word for it."""
    return field.map.get(str(values[field.source])) if field.map else signed(field, values)


def _theirs(field: Field, row: RowRead) -> Value:
    """What a field says of what is ours, to be held against it."""
    text = row.texts[field.place - 1]
    return _bare(field, text, row) if field.map else value_of(field, text, row=row.number)


def _bare(field: Field, text: str, row: RowRead) -> str:
    try:
        return unpadded(field, text)
    except ValueError:
        raise NotOfTheLayout(row.number, field.name, f"{shown(text)} cannot be read") from None


def _check_ours(spec: AnswerSpec, row: RowRead, ours: Mapping[str, Value]) -> None:
    """Refuse a row that says otherwise than we sent, or has another constant."""
    for field in spec.fields[row.section]:
        text = row.texts[field.place - 1]
        if not field.source and text != text_of(field, field.const, delimiter=""):
            raise NotOfTheLayout(row.number, field.name, f"is {shown(text)}, not {field.const!r}")
        if field.source in ours and _theirs(field, row) != _ours(field, ours):
            raise NotOfTheLayout(row.number, field.name, f"{shown(text)} is not what our file says")


def _said(spec: AnswerSpec, row: RowRead, sent: _Sent, *, posted_on: date | None, today: date) -> LineAnswer:
    """What a row says became of a line."""
    _check_ours(spec, row, sent.values)
    field, word = _field(spec, "result"), _word(spec, row)
    meaning = spec.meanings.get(word)
    if meaning is None:
        raise NotOfTheLayout(row.number, field.name, f"{shown(word)} is in no [[outcome]] of the layout")
    if meaning.code in ONLY_OF_REVERSALS and sent.line.code == ItemCode.REDUCTION:
        raise NotOfTheLayout(row.number, field.name, f"{shown(word)} is only of what puts something back")
    decided = meaning.outcome in (Outcome.APPLIED, Outcome.PARTLY)
    day = (_day_of(spec, row, "posted_on") or posted_on) if decided else None
    if decided and (day is None or day > today):
        raise NotOfTheLayout(row.number, "posted_on", "is a day that has not come" if day else "is not said")
    retry_on = _day_of(spec, row, "retry_on")
    if retry_on is not None and meaning.outcome != Outcome.DEFERRED:
        raise NotOfTheLayout(row.number, "retry_on", "is there, though nothing was deferred")
    applied = _applied(spec, row, sent, meaning)
    return LineAnswer(outcome=meaning.outcome, code=meaning.code, applied=applied, posted_on=day, retry_on=retry_on)


def _applied(spec: AnswerSpec, row: RowRead, sent: _Sent, meaning: Meaning) -> Amount:
    """The pence applied: as the row says, or as follows from what it says went back; all where no field says either."""
    whole, outcome = sent.line.amount, meaning.outcome
    applied, returned = (_pence(spec, row, sent, source) for source in ("applied", "returned"))
    told = [source for source in ("applied", "returned") if spec.place_of(Section.DETAIL, source) is not None]
    if outcome in (Outcome.REJECTED, Outcome.DEFERRED):
        found = 0
    elif applied is not None:
        found = applied
    elif returned is not None:
        found = whole - returned
    elif told:
        raise NotOfTheLayout(row.number, told[0], "is blank, though something was applied")
    else:
        found = whole
    fits = {Outcome.APPLIED: found == whole, Outcome.PARTLY: 0 < found < whole}.get(outcome, True)
    if not fits or applied not in (None, found):
        sentence = f"{_pence_shown(applied, returned)} does not go with outcome {outcome} of {whole} pence"
        raise NotOfTheLayout(row.number, told[0], sentence)
    back = 0 if outcome == Outcome.DEFERRED else whole - found
    if returned not in (None, back):
        raise NotOfTheLayout(row.number, "returned", f"is {returned}, though {found} of {whole} pence were applied")
    return found


def _pence_shown(applied: Amount | None, returned: Amount | None) -> str:
    return f"{returned} returned" if applied is None else f"{applied} applied"


def _pence(spec: AnswerSpec, row: RowRead, sent: _Sent, source: str) -> Amount | None:
    """An amount of a row without its sign, which must be that of the line's direction; None where it is blank."""
    place = spec.place_of(Section.DETAIL, source)
    if place is None or not row.texts[place].strip(" "):
        return None
    field = spec.fields[Section.DETAIL][place]
    value = value_of(field, row.texts[place], row=row.number)
    assert isinstance(value, int), "an amount is pence"
    below = field.sign != Sign.NONE and (sent.line.code == ItemCode.REDUCTION) == (field.minus == "reductions")
    if value and (value < 0) != below:
        raise NotOfTheLayout(row.number, field.name, "has the sign of the other direction")
    return abs(value)


def _field(spec: AnswerSpec, source: str) -> Field:
    place = spec.place_of(Section.DETAIL, source)
    assert place is not None, "a layout without it is refused"
    return spec.fields[Section.DETAIL][place]


def _word(spec: AnswerSpec, row: RowRead) -> str:
    field = _field(spec, "result")
    return _bare(field, row.texts[field.place - 1], row)


def _day_of(spec: AnswerSpec, row: RowRead, source: str) -> date | None:
    """A day that a row says, or None where it is blank or in no field."""
    place = spec.place_of(row.section, source)
    if place is None or not row.texts[place].strip(" "):
        return None
    value = value_of(spec.fields[row.section][place], row.texts[place], row=row.number)
    assert isinstance(value, date), "a day is a day"
    return value


def _check_totals(spec: AnswerSpec, rows: AnswerRows, lines: Sequence[Line], answers: Sequence[LineAnswer]) -> None:
    """Hold every total of the trailer against what the rows come to: what was applied, not what was sent."""
    if rows.trailer is None:
        return
    down, back = (sum(applied_of(lines, answers, reduces=reduces)) for reduces in (True, False))
    counted: dict[str, Value] = {
        **totals_values(lines),
        "reductions": down,
        "reversals": back,
        "net": down - back,
        "sha256": rows.sha256,
    }
    _check_ours(spec, rows.trailer, counted)
