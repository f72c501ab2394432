"""The TOML of a layout of answers as that layout, or every reason why it is none, each with its line."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ledger.council_tax.answer_codes import ITEM_CODES
from ledger.council_tax.layouts.answer_spec import ANSWERED, ENCODINGS, IGNORED, AnswerSpec, Meaning
from ledger.council_tax.layouts.errors import LayoutRefused, Problem
from ledger.council_tax.layouts.spec import Section, Shape
from ledger.council_tax.layouts.toml_fields import (
    LINE_ENDINGS,
    are_tables,
    fields_of,
    is_word,
    line_of,
    not_tables,
    of_the_fields,
    of_the_rows,
    read_toml,
)
from ledger.council_tax.rules import Outcome

OUTCOME = "outcome"
LONGEST_WORD = 60
_OF_LAYOUT = {"name", "about", "kind", "delimiter", "quotes", "line_ending", "encoding", OUTCOME, *Section}
_OF_OUTCOME = {"theirs", "outcome", "code"}
_WORD = re.compile(r"[^\x00-\x1f\x7f-\x9f]*")


def reads_answers(text: str) -> bool:
    """Whether a TOML text is a layout of answers, and not one by which we write. Raises LayoutRefused."""
    return OUTCOME in read_toml(text)


def read_answer_layout(text: str) -> AnswerSpec:
    """The layout of answers that a TOML text says. Raises LayoutRefused with every problem, its line and field."""
    said = read_toml(text)
    problems = [*_problems(text, said)] or [*_as_a_whole(text, said)]
    if problems:
        raise LayoutRefused(sorted(problems, key=lambda problem: problem.line))
    return AnswerSpec(
        name=said["name"],
        about=said.get("about", ""),
        shape=Shape(said["kind"]),
        delimiter=said.get("delimiter", "," if said["kind"] == Shape.DELIMITED else ""),
        quotes=said.get("quotes", False),
        line_ending=LINE_ENDINGS[said.get("line_ending", "crlf")],
        encoding=said.get("encoding", "ascii"),
        fields={section: fields_of(ANSWERED, section, said.get(section, [])) for section in Section},
        meanings={row["theirs"]: Meaning(outcome=Outcome(row["outcome"]), code=row["code"]) for row in said[OUTCOME]},
    )


def _problems(text: str, said: Mapping[str, Any]) -> Iterator[Problem]:
    for name in sorted(said.keys() - _OF_LAYOUT):
        yield Problem(line=line_of(text, name), field=name, sentence="no layout of answers has this")
    for name, sentence in _of_layout(said):
        yield Problem(line=line_of(text, name), field=name, sentence=sentence)
    yield from of_the_fields(text, said, ANSWERED)
    yield from _of_outcomes(text, said.get(OUTCOME))


def _of_layout(said: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield from of_the_rows(said)
    if not is_word(said.get("encoding", "ascii"), ENCODINGS):
        yield "encoding", f"one of {', '.join(ENCODINGS)}"
    quotes = said.get("quotes", False)
    if not isinstance(quotes, bool) or (quotes and said.get("kind") == Shape.FIXED):
        yield "quotes", "true or false, and true only for fields with a delimiter"


def _of_outcomes(text: str, rows: Any) -> Iterator[Problem]:
    if not rows or not are_tables(rows):
        yield not_tables(text, OUTCOME)
        return
    before: set[str] = set()
    for place, row in enumerate(rows, start=1):
        for name, sentence in _of_outcome(row, before):
            line, field = line_of(text, name, OUTCOME, place), f"{OUTCOME} {place}, {name}"
            yield Problem(line=line, field=field, sentence=sentence)
        before.add(str(row.get("theirs")))


def _of_outcome(row: Mapping[str, Any], before: set[str]) -> Iterator[tuple[str, str]]:
    """What is wrong with one word of the other system and what it means."""
    for name in sorted(row.keys() - _OF_OUTCOME):
        yield name, "no outcome has this"
    theirs = row.get("theirs")
    if not isinstance(theirs, str) or not _WORD.fullmatch(theirs) or not 0 < len(theirs.strip()) <= LONGEST_WORD:
        yield "theirs", f"what the other system writes, at most {LONGEST_WORD} characters"
    elif theirs in before:
        yield "theirs", f"{theirs!r} was said before"
    if not is_word(row.get("outcome"), ITEM_CODES):
        yield "outcome", "A applied, P partly, R rejected or D deferred"
    elif not is_word(row.get("code"), codes := sorted(ITEM_CODES[Outcome(row["outcome"])])):
        yield "code", f"one of {', '.join(codes)}, for {row['outcome']}"


def _as_a_whole(text: str, said: Mapping[str, Any]) -> Iterator[Problem]:
    """What is wrong with a layout each part of which is right."""
    sources = {section: [row.get("source", "") for row in said.get(section, [])] for section in Section}
    for section, named in sources.items():
        for place, source in enumerate(named, start=1):
            if source and source != IGNORED and source in named[: place - 1]:
                line, field = line_of(text, "source", section, place), f"{section} field {place}, source"
                yield Problem(line=line, field=field, sentence=f"{source} is in two fields")
    detail, top = set(sources[Section.DETAIL]), line_of(text, Section.DETAIL)
    if "result" not in detail:
        yield Problem(line=top, field="detail", sentence="a field says the result")
    if "txn_id" not in detail and not ({"account", "account_ref"} & detail and "amount" in detail):
        sentence = "a field has the txn_id, or fields have the account and the amount that was sent"
        yield Problem(line=top, field="detail", sentence=sentence)
    found = {row["outcome"] for row in said[OUTCOME]}
    if Outcome.PARTLY in found and not {"applied", "returned"} & detail:
        yield Problem(line=top, field="detail", sentence="where a part is applied, a field says what was, or the rest")
    if {Outcome.APPLIED, Outcome.PARTLY} & found and "posted_on" not in detail | set(sources[Section.HEADER]):
        yield Problem(line=top, field="detail", sentence="a field of each row, or of the header, says posted_on")
