"""A layout's TOML as a layout, or every reason why it is none, each with its line."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from string import Formatter
from typing import Any

from ledger.council_tax.layouts.errors import LayoutRefused, Problem
from ledger.council_tax.layouts.spec import (
    FORMATS,
    IN_NAMES,
    SOURCES,
    SPLITS,
    Field,
    Kind,
    LayoutSpec,
    Section,
    Shape,
    Sign,
)

LONGEST_TEXT = 100_000
MOST_FIELDS = 100
WIDEST = 200
LINE_ENDINGS = {"crlf": "\r\n", "lf": "\n"}
ENCODINGS = ("ascii",)
MAPPED = ("code", "reason", "environment")
_OF_LAYOUT = {"name", "about", "kind", "delimiter", "line_ending", "encoding", "file_name", "split_by", *Section}
_OF_FIELD = {"source", "const", "width", "pad", "justify", "format", "sign", "minus", "map"}
_PLAIN = re.compile(r"[\x20-\x7e]*")
_NAME_FORMATS = re.compile(r"|0[1-9]|%Y%m%d|%d%m%Y|%d%m%y")
_AT_LINE = re.compile(r"at line (\d+)")


def read_layout(text: str) -> LayoutSpec:
    """The layout that a TOML text says. Raises LayoutRefused with every problem, its line and field."""
    if len(text) > LONGEST_TEXT:
        raise LayoutRefused([Problem(line=0, field="", sentence=f"a layout has at most {LONGEST_TEXT} characters")])
    try:
        said = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = _AT_LINE.search(str(error))
        line = int(found[1]) if found else text.count("\n") + 1
        raise LayoutRefused([Problem(line=line, field="", sentence=f"not TOML: {error}")]) from None
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
        fields={section: _fields(section, said.get(section, [])) for section in Section},
    )


def _fields(section: Section, rows: list[Mapping[str, Any]]) -> tuple[Field, ...]:
    return tuple(_field(section, place, row) for place, row in enumerate(rows, start=1))


def _field(section: Section, place: int, row: Mapping[str, Any]) -> Field:
    known = {name: row[name] for name in ("source", "const", "width", "pad", "minus", "map") if name in row}
    kind = SOURCES[section][row["source"]] if "source" in row else Kind.TEXT
    usual = FORMATS.get(kind, ("",))[0]
    return Field(
        section=section,
        place=place,
        right=row.get("justify", "left") == "right",
        format=row.get("format", usual),
        sign=Sign(row.get("sign", "none")),
        **known,
    )


def _problems(text: str, said: Mapping[str, Any]) -> Iterator[Problem]:
    for name in sorted(said.keys() - _OF_LAYOUT):
        yield Problem(line=line_of(text, name), field=name, sentence="no layout has this")
    for name, sentence in _of_layout(said):
        yield Problem(line=line_of(text, name), field=name, sentence=sentence)
    for section in Section:
        rows = said.get(section, [])
        if not isinstance(rows, list) or len(rows) > MOST_FIELDS or not all(isinstance(row, dict) for row in rows):
            sentence = f"a list of at most {MOST_FIELDS} fields, each [[{section}]]"
            yield Problem(line=line_of(text, section), field=section, sentence=sentence)
            continue
        for place, row in enumerate(rows, start=1):
            named = f"{section} field {place}"
            for name, sentence in _of_field(section, row, fixed=said.get("kind") == Shape.FIXED):
                yield Problem(line=line_of(text, name, section, place), field=f"{named}, {name}", sentence=sentence)


def _of_layout(said: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What is wrong with the layout itself: which key, and a sentence."""
    if not re.fullmatch("[a-z][a-z0-9_]{0,39}", str(said.get("name", ""))):
        yield "name", "small letters, digits and _, like local_discount_csv"
    if not _is_word(said.get("kind"), Shape):
        yield "kind", "delimited or fixed"
    delimiter = said.get("delimiter", ",")
    if said.get("kind") == Shape.DELIMITED and not _is_word(delimiter, (",", ";", "|", "\t")):
        yield "delimiter", 'one of "," ";" "|" or a tab'
    if said.get("kind") == Shape.FIXED and said.get("delimiter"):
        yield "delimiter", "none, where fields have a width"
    if not _is_word(said.get("line_ending", "crlf"), LINE_ENDINGS):
        yield "line_ending", "crlf or lf"
    if not _is_word(said.get("encoding", "ascii"), ENCODINGS):
        yield "encoding", "ascii: nothing else is in our files"
    if not isinstance(said.get("about", ""), str):
        yield "about", "words"
    split_by = said.get("split_by", [])
    if not isinstance(split_by, list) or not set(map(str, split_by)) <= set(SPLITS):
        yield "split_by", f"a list of {', '.join(SPLITS)}"
    if not said.get(Section.DETAIL):
        yield "detail", "a layout has at least one [[detail]]"
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


def _of_field(section: Section, row: Mapping[str, Any], *, fixed: bool) -> Iterator[tuple[str, str]]:
    """What is wrong with one field: which key of it, and a sentence."""
    for name in sorted(row.keys() - _OF_FIELD):
        yield name, "no field has this"
    if ("source" in row) == ("const" in row):
        yield "source", "a field has a source or a const, not both"
        return
    source, const = row.get("source", ""), row.get("const", "")
    if "source" in row and not _is_word(source, SOURCES[section]):
        yield "source", f"{source!r} is none of {', '.join(SOURCES[section])}"
        return
    if not isinstance(const, str) or not _PLAIN.fullmatch(const):
        yield "const", "plain characters of ASCII"
    kind = SOURCES[section][source] if source else Kind.TEXT
    yield from _of_width(row, kind, fixed=fixed)
    if "format" in row and row["format"] not in FORMATS.get(kind, ()):
        yield "format", f"one of {', '.join(FORMATS.get(kind, ('none',)))}"
    if not _is_word(row.get("sign", "none"), Sign) or ("sign" in row and kind != Kind.AMOUNT):
        yield "sign", f"one of {', '.join(Sign)}, for an amount"
    if not _is_word(row.get("minus", "reversals"), ("reversals", "reductions")) or (
        "minus" in row and source != "amount"
    ):
        yield "minus", "reversals or reductions, for the amount of a line"
    yield from _of_map(row)


def _of_width(row: Mapping[str, Any], kind: Kind, *, fixed: bool) -> Iterator[tuple[str, str]]:
    width = row.get("width")
    if (fixed or width is not None) and (type(width) is not int or not 1 <= width <= WIDEST):
        yield "width", f"a whole number from 1 to {WIDEST}" + (", which a fixed layout needs" if fixed else "")
    pads = (" ", "0") if kind in (Kind.NUMBER, Kind.AMOUNT) else (" ",)
    if row.get("pad", " ") not in pads:
        yield "pad", 'a space; numbers and amounts may have "0"'
    if row.get("justify", "left") not in ("left", "right"):
        yield "justify", "left or right"
    if row.get("pad") == "0" and row.get("justify") != "right":
        yield "justify", "right, where zeros stand before a number"


def _of_map(row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    mapped = row.get("map", {})
    if not isinstance(mapped, dict) or ("map" in row and not (mapped and row.get("source") in MAPPED)):
        yield "map", f"what stands for each word of {', '.join(MAPPED)}"
    elif not all(isinstance(value, str) and _PLAIN.fullmatch(value) for value in mapped.values()):
        yield "map", "plain characters of ASCII"


def _is_word(value: object, words: Iterable[str]) -> bool:
    return isinstance(value, str) and value in tuple(words)


def line_of(text: str, name: str, section: str = "", place: int = 0) -> int:
    """The line that says this key, of the place-th table of a section; else where that table begins; else the first."""
    counted, inside, starts = 0, not section, 1
    for number, line in enumerate(text.splitlines(), start=1):
        bare = line.strip()
        if bare.startswith("["):
            counted += bare.startswith(f"[[{section}]]") if section else 0
            inside = bool(section) and counted == place and bare.startswith(f"[[{section}]]")
            starts = number if inside else starts
            if not section and bare.startswith(f"[[{name}]]"):
                return number
        elif inside and re.match(rf"{re.escape(name)}\s*=", bare):
            return number
    return starts
