"""Look at a layout of answers before it is used: rows of every outcome as it expects them, and how it reads each."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from ledger.council_tax.answered import ONLY_OF_REVERSALS
from ledger.council_tax.ctx_file import Line, render
from ledger.council_tax.layouts.answer_reader import as_answer
from ledger.council_tax.layouts.answer_spec import ENCODINGS, AnswerSpec, Meaning
from ledger.council_tax.layouts.answer_toml import OUTCOME, read_answer_layout
from ledger.council_tax.layouts.ctr1 import LineAnswer, applied_of
from ledger.council_tax.layouts.errors import LayoutRefused, NotOfTheLayout, Problem, ValueDoesNotFit
from ledger.council_tax.layouts.shipped import SAMPLE_HEADER, sample_lines
from ledger.council_tax.layouts.spec import Field, Section, Sign
from ledger.council_tax.layouts.texts import Value, text_of
from ledger.council_tax.layouts.toml_fields import line_of
from ledger.council_tax.layouts.writer import of_the_file, signed, totals_values, values_of
from ledger.council_tax.rules import ItemCode, Outcome
from ledger.council_tax.views import BatchFile

SAMPLE_DAY = date(2026, 11, 23)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedAnswers:
    """A layout of answers that may be used, a sample answer as it expects it, and the CTR 1 that this stands for."""

    spec: AnswerSpec
    sample: str
    answer: str


def sample_sent(count: int = 0) -> tuple[BatchFile, Sequence[Line]]:
    """The file that a sample answers, and its lines, `count` or more, each with an id of its own; nobody's."""
    lines, base = list(sample_lines()), len(sample_lines())
    lines += [replace(lines[0], account_ref=f"2000{number:04}", uprn="") for number in range(base, count)]
    numbered = [replace(line, txn_id=f"{line.txn_id[:-3]}{number:03}") for number, line in enumerate(lines)]
    content, _ = render(SAMPLE_HEADER, numbered)
    return BatchFile(name="sample", content=content, sha256=hashlib.sha256(content).hexdigest()), numbered


def check_answer_layout(text: str) -> CheckedAnswers:
    """The layout of answers of a TOML text, tried on a sample answer. Raises LayoutRefused, by line and field."""
    spec = read_answer_layout(text)
    file, lines = sample_sent(len(sample_lines()) + len(spec.meanings))
    try:
        sample = written(spec, file, lines)
        answer = as_answer(spec, sample, file=file, at=SAMPLE_HEADER.created)
    except ValueDoesNotFit as error:
        line = line_of(text, "source", error.field.section, error.field.place)
        raise _refused(line, error.field.name, error.sentence) from error
    except NotOfTheLayout as error:
        raise _refused(0, error.field, f"what it expects does not read back: {error.sentence}") from error
    except UnicodeEncodeError as error:
        raise _refused(line_of(text, OUTCOME), OUTCOME, f"is not all of {spec.encoding}") from error
    return CheckedAnswers(spec=spec, sample=sample.decode(ENCODINGS[spec.encoding]), answer=answer.decode("ascii"))


def written(spec: AnswerSpec, file: BatchFile, lines: Sequence[Line]) -> bytes:
    """A sample answer as the layout expects it: its outcomes in turn, each of a line that it can be of.

    Raises ValueDoesNotFit, and UnicodeEncodeError where one of its words is not in its encoding.
    """
    known = {**of_the_file(SAMPLE_HEADER), "sha256_sent": file.sha256, "posted_on": SAMPLE_DAY}
    words, encoding = list(_words(spec, lines)), ENCODINGS[spec.encoding].removesuffix("-sig")
    for word in spec.meanings:
        _text(spec, _result(spec), {"result": word}).encode(encoding)
    answers = [_answer(spec.meanings[word], line) for word, line in zip(words, lines, strict=True)]
    rows = [_row(spec, Section.HEADER, known)] if spec.fields[Section.HEADER] else []
    for number, (line, word, answer) in enumerate(zip(lines, words, answers, strict=True), start=1):
        rows.append(_row(spec, Section.DETAIL, known | values_of(line, number) | _said(word, line, answer)))
    body = "".join(rows).encode(encoding)
    if spec.fields[Section.TRAILER]:
        down, back = (sum(applied_of(lines, answers, reduces=reduces)) for reduces in (True, False))
        applied = {"reductions": down, "reversals": back, "net": down - back}
        totals = totals_values(lines) | applied | {"sha256": hashlib.sha256(body).hexdigest()}
        body += _row(spec, Section.TRAILER, known | totals).encode(encoding)
    return body


def _result(spec: AnswerSpec) -> Field:
    return next(field for field in spec.fields[Section.DETAIL] if field.source == "result")


def _words(spec: AnswerSpec, lines: Sequence[Line]) -> Iterator[str]:
    """A word of the other system for each line, one that can be said of it: of those that were not said, the first."""
    unsaid = list(spec.meanings)
    for line in lines:
        fitting = [word for word in spec.meanings if _fits(spec.meanings[word], line)] or list(spec.meanings)
        fitting.sort(key=lambda word: spec.meanings[word].code not in ONLY_OF_REVERSALS)
        word = next((word for word in fitting if word in unsaid), fitting[0])
        unsaid = [other for other in unsaid if other != word]
        yield word


def _fits(meaning: Meaning, line: Line) -> bool:
    if line.code == ItemCode.REDUCTION:
        return meaning.code not in ONLY_OF_REVERSALS and (meaning.outcome != Outcome.PARTLY or line.amount > 1)
    return meaning.outcome in (Outcome.APPLIED, Outcome.REJECTED)


def _answer(meaning: Meaning, line: Line) -> LineAnswer:
    applied = {Outcome.APPLIED: line.amount, Outcome.PARTLY: line.amount // 2}.get(meaning.outcome, 0)
    return LineAnswer(outcome=meaning.outcome, code=meaning.code, applied=applied, posted_on=SAMPLE_DAY)


def _said(word: str, line: Line, answer: LineAnswer) -> dict[str, Value]:
    """What a row says of the line's answer; what it has no need to say is left out."""
    deferred = answer.outcome == Outcome.DEFERRED
    said: dict[str, Value] = {"result": word, "applied": answer.applied}
    said["returned"] = 0 if deferred else line.amount - answer.applied
    return said | ({"retry_on": line.effective_to} if deferred else {})


def _row(spec: AnswerSpec, section: Section, values: Mapping[str, Value]) -> str:
    texts = [_text(spec, field, values) for field in spec.fields[section]]
    if spec.quotes:
        texts = [f'"{text.replace(chr(34), chr(34) * 2)}"' for text in texts]
    return spec.delimiter.join(texts) + spec.line_ending


def _text(spec: AnswerSpec, field: Field, values: Mapping[str, Value]) -> str:
    if field.source and field.source not in values:
        return " " * (field.width or 0)
    value = _signed(field, values) if field.source else field.const
    if field.source == "result":
        return _word(field, str(value), delimiter="" if spec.quotes else spec.delimiter)
    return text_of(field, value, delimiter="" if spec.quotes else spec.delimiter)


def _word(field: Field, word: str, *, delimiter: str) -> str:
    """One of the other system's words in its field. Raises ValueDoesNotFit."""
    if delimiter and delimiter in word:
        raise ValueDoesNotFit(field, f"{word!r} has the delimiter in it")
    if field.width is None:
        return word
    if len(word) > field.width:
        raise ValueDoesNotFit(field, f"{word!r} has {len(word)} characters and the field {field.width}")
    return word.rjust(field.width) if field.right else word.ljust(field.width)


def _signed(field: Field, values: Mapping[str, Value]) -> Value:
    """A value as its field writes it; what was applied or went back has the sign of the line's direction."""
    if field.source not in ("applied", "returned") or field.sign == Sign.NONE:
        return signed(field, values)
    value, reduces = values[field.source], values["code"] == ItemCode.REDUCTION
    assert isinstance(value, int), "an amount is pence"
    return -value if reduces == (field.minus == "reductions") else value


def _refused(line: int, field: str, sentence: str) -> LayoutRefused:
    return LayoutRefused([Problem(line=line, field=field, sentence=sentence)])
