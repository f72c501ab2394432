"""Read another system's answer by its layout: rows of texts that are whole, plain and as many fields as there are."""

import csv
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from ledger.council_tax.ctx_file import MOST_LINES
from ledger.council_tax.layouts.answer_spec import ENCODINGS, AnswerSpec
from ledger.council_tax.layouts.errors import NotOfTheLayout
from ledger.council_tax.layouts.reader import check_fields, cut
from ledger.council_tax.layouts.spec import Section

LARGEST_ANSWER = 20_000_000
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


@dataclass(frozen=True, slots=True, kw_only=True)
class RowRead:
    """A row: its number from 1, and the text of each field."""

    number: int
    section: Section
    texts: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRows:
    """The rows of a file by where they stand, and the SHA-256 of every byte before its last row."""

    header: RowRead | None
    details: Sequence[RowRead]
    trailer: RowRead | None
    sha256: str


def read_rows(spec: AnswerSpec, content: bytes) -> AnswerRows:
    """The rows of a file of this layout. Raises NotOfTheLayout with the row that is not as it should be."""
    if len(content) > LARGEST_ANSWER:
        raise NotOfTheLayout(0, "", f"the file has more than {LARGEST_ANSWER:,} bytes")
    texts = _texts(spec, content)
    first, last = bool(spec.fields[Section.HEADER]), bool(spec.fields[Section.TRAILER])
    if len(texts) < first + last:
        raise NotOfTheLayout(len(texts), "", "the file ends before its last row")
    if len(texts) > MOST_LINES + first + last:
        raise NotOfTheLayout(0, "", f"the file has more than {MOST_LINES:,} rows")
    details = texts[first : len(texts) - last]
    return AnswerRows(
        header=_row(spec, Section.HEADER, texts[0], 1) if first else None,
        details=[_row(spec, Section.DETAIL, text, row) for row, text in enumerate(details, start=1 + first)],
        trailer=_row(spec, Section.TRAILER, texts[-1], len(texts)) if last else None,
        sha256=hashlib.sha256(_before_last(spec, content)).hexdigest(),
    )


def _texts(spec: AnswerSpec, content: bytes) -> list[str]:
    try:
        text = content.decode(ENCODINGS[spec.encoding])
    except UnicodeDecodeError as error:
        row = content[: error.start].count(b"\n") + 1
        raise NotOfTheLayout(row, "", f"has characters other than {spec.encoding}") from None
    if text and not text.endswith(spec.line_ending):
        raise NotOfTheLayout(text.count("\n") + (not text.endswith("\n")), "", "the last row has no end")
    return text.split(spec.line_ending)[:-1]


def _row(spec: AnswerSpec, section: Section, text: str, row: int) -> RowRead:
    plain = text.replace("\t", " ") if spec.delimiter == "\t" else text
    if _CONTROLS.search(plain):
        raise NotOfTheLayout(row, "", "has a control character, or another line's end inside it")
    fields = spec.fields[section]
    if not spec.quotes:
        return RowRead(number=row, section=section, texts=cut(spec.shape, spec.delimiter, fields, text, row=row))
    try:
        parts = next(csv.reader([text], delimiter=spec.delimiter, strict=True), [])
    except csv.Error as error:
        raise NotOfTheLayout(row, "", f"cannot be read: {error}") from None
    check_fields(len(parts), fields, row=row)
    return RowRead(number=row, section=section, texts=parts)


def _before_last(spec: AnswerSpec, content: bytes) -> bytes:
    end = spec.line_ending.encode("ascii")
    return content[: content.removesuffix(end).rfind(end) + len(end)] if end in content.removesuffix(end) else b""
