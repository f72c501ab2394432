"""A layout's TOML as a layout, or every reason why it is none, each with its line."""

import re
from collections.abc import Iterator, Mapping
from string import Formatter
from typing import Any

from ledger.council_tax.layouts.errors import LayoutRefused, Problem
from ledger.council_tax.layouts.spec import IN_NAMES, SPLITS, WRITTEN, LayoutSpec, Section, Shape
from ledger.council_tax.layouts.toml_fields import (
    LINE_ENDINGS,
    fields_of,
    is_word,
    line_of,
    of_the_fields,
    of_the_rows,
    read_toml,
)

ENCODINGS = ("ascii",)
_OF_LAYOUT = {"name", "about", "kind", "delimiter", "line_ending", "encoding", "file_name", "split_by", *Section}
_NAME_FORMATS = re.compile(r"|0[1-9]|%Y%m%d|%d%m%Y|%d%m%y")


def read_layout(text: str) -> LayoutSpec:
    """The layout that a TOML text says. Raises LayoutRefused with every problem, its line and field."""
    said = read_toml(text)
    problems = [*_problems(text, said)]
    if problems:
        raise LayoutRefused(sorted(problems, key=lambda problem: problem.line))
    return _layout(said)


def _layout(said: Mapping[str, Any]) -> LayoutSpec:
    return LayoutSpec(
        name=said["name"],
        about=said.get("about", ""),
        shape=Shape(said["kind"]),
        delimiter=said.get("delimiter", "," if said["kind"] == Shape.DELIMITED else ""),
        line_ending=LINE_ENDINGS[said.get("line_ending", "crlf")],
        encoding=said.get("encoding", "ascii"),
        file_name=said["file_name"],
        split_by=tuple(said.get("split_by", ())),
        fields={section: fields_of(WRITTEN, section, said.get(section, [])) for section in Section},
    )


def _problems(text: str, said: Mapping[str, Any]) -> Iterator[Problem]:
    for name in sorted(said.keys() - _OF_LAYOUT):
        yield Problem(line=line_of(text, name), field=name, sentence="no layout has this")
    for name, sentence in _of_layout(said):
        yield Problem(line=line_of(text, name), field=name, sentence=sentence)
    yield from of_the_fields(text, said, WRITTEN)


def _of_layout(said: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What is wrong with the layout itself: which key, and a sentence."""
    yield from of_the_rows(said)
    if not is_word(said.get("encoding", "ascii"), ENCODINGS):
        yield "encoding", "ascii: nothing else is in our files"
    split_by = said.get("split_by", [])
    if not isinstance(split_by, list) or not set(map(str, split_by)) <= set(SPLITS):
        yield "split_by", f"a list of {', '.join(SPLITS)}"
    yield from _of_name(said.get("file_name"), splits=bool(split_by))


def _of_name(template: Any, *, splits: bool) -> Iterator[tuple[str, str]]:
    try:
        pieces = list(Formatter().parse(template)) if isinstance(template, str) else None
    except ValueError:
        pieces = None
    if not pieces:
        yield "file_name", "a name like CTX_{authority}_{sequence:06}.csv"
        return
    names = [name for _, name, _, _ in pieces if name is not None]
    if not re.fullmatch(r"[A-Za-z0-9_.-]*", "".join(literal for literal, *_ in pieces)):
        yield "file_name", "only letters, digits, . - and _ stand between the braces' names"
    if strange := [name for name in names if name not in IN_NAMES]:
        yield "file_name", f"{{{strange[0]}}} is none of {', '.join(IN_NAMES)}"
    for _, name, form, conversion in pieces:
        dates = name == "business_date"
        fits = _NAME_FORMATS.fullmatch(form or "") and (not form or dates == form.startswith("%"))
        if name in IN_NAMES and (conversion or not fits or (form and name not in ("business_date", "sequence"))):
            yield "file_name", f"{{{name}}} is written in another way: {{sequence:06}}, {{business_date:%Y%m%d}}"
    if splits and "part" not in names:
        yield "file_name", "files that are split say {part} in their names"
