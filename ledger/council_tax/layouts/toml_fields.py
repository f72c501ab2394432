"""The fields of a layout's TOML, whichever way it goes: each as a value, or what is wrong with it and on which line."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ledger.council_tax.layouts.errors import LayoutRefused, Problem
from ledger.council_tax.layouts.spec import FORMATS, MAPPED, Field, Kind, Section, Shape, Sign, Vocabulary

LONGEST_TEXT = 100_000
MOST_FIELDS = 100
WIDEST = 200
LINE_ENDINGS = {"crlf": "\r\n", "lf": "\n"}
_OF_FIELD = {"source", "const", "width", "pad", "justify", "format", "sign", "minus", "map"}
_PLAIN = re.compile(r"[\x20-\x7e]*")
_AT_LINE = re.compile(r"at line (\d+)")


def read_toml(text: str) -> Mapping[str, Any]:
    """What a TOML text says. Raises LayoutRefused with the line where it is none."""
    if len(text) > LONGEST_TEXT:
        raise LayoutRefused([Problem(line=0, field="", sentence=f"a layout has at most {LONGEST_TEXT} characters")])
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = _AT_LINE.search(str(error))
        line = int(found[1]) if found else text.count("\n") + 1
        raise LayoutRefused([Problem(line=line, field="", sentence=f"not TOML: {error}")]) from None


def of_the_rows(said: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What is wrong with how a layout's rows are made, whichever way it goes: which key, and a sentence."""
    if not re.fullmatch("[a-z][a-z0-9_]{0,39}", str(said.get("name", ""))):
        yield "name", "small letters, digits and _, like local_discount_csv"
    if not is_word(said.get("kind"), Shape):
        yield "kind", "delimited or fixed"
    delimiter = said.get("delimiter", ",")
    if said.get("kind") == Shape.DELIMITED and not is_word(delimiter, (",", ";", "|", "\t")):
        yield "delimiter", 'one of "," ";" "|" or a tab'
    if said.get("kind") == Shape.FIXED and said.get("delimiter"):
        yield "delimiter", "none, where fields have a width"
    if not is_word(said.get("line_ending", "crlf"), LINE_ENDINGS):
        yield "line_ending", "crlf or lf"
    if not isinstance(said.get("about", ""), str):
        yield "about", "words"
    if not said.get(Section.DETAIL):
        yield "detail", "a layout has at least one [[detail]]"


def of_the_fields(text: str, said: Mapping[str, Any], vocabulary: Vocabulary) -> Iterator[Problem]:
    """What is wrong with the fields of each row."""
    fixed = said.get("kind") == Shape.FIXED
    for section in Section:
        rows = said.get(section, [])
        if not are_tables(rows):
            yield not_tables(text, section)
            continue
        for place, row in enumerate(rows, start=1):
            named = f"{section} field {place}"
            for name, sentence in _of_field(vocabulary, section, row, fixed=fixed):
                yield Problem(line=line_of(text, name, section, place), field=f"{named}, {name}", sentence=sentence)


def are_tables(rows: object) -> bool:
    """Whether a key holds the tables of a list, and not too many."""
    return isinstance(rows, list) and len(rows) <= MOST_FIELDS and all(isinstance(row, dict) for row in rows)


def not_tables(text: str, name: str) -> Problem:
    """What is said of a key that holds anything else."""
    sentence = f"a list of at most {MOST_FIELDS} fields, each [[{name}]]"
    return Problem(line=line_of(text, name), field=name, sentence=sentence)


def fields_of(vocabulary: Vocabulary, section: Section, rows: list[Mapping[str, Any]]) -> tuple[Field, ...]:
    """The fields of a row whose tables are all right."""
    return tuple(_field(vocabulary, section, place, row) for place, row in enumerate(rows, start=1))


def _field(vocabulary: Vocabulary, section: Section, place: int, row: Mapping[str, Any]) -> Field:
    known = {name: row[name] for name in ("source", "const", "width", "pad", "minus", "map") if name in row}
    kind = vocabulary.sources[section][row["source"]] if "source" in row else Kind.TEXT
    usual = FORMATS.get(kind, ("",))[0]
    return Field(
        section=section,
        place=place,
        kind=kind,
        right=row.get("justify", "left") == "right",
        format=row.get("format", usual),
        sign=Sign(row.get("sign", "none")),
        **known,
    )


def _of_field(
    vocabulary: Vocabulary, section: Section, row: Mapping[str, Any], *, fixed: bool
) -> Iterator[tuple[str, str]]:
    """What is wrong with one field: which key of it, and a sentence."""
    for name in sorted(row.keys() - _OF_FIELD):
        yield name, "no field has this"
    if ("source" in row) == ("const" in row):
        yield "source", "a field has a source or a const, not both"
        return
    source, const = row.get("source", ""), row.get("const", "")
    if "source" in row and not is_word(source, vocabulary.sources[section]):
        yield "source", f"{source!r} is none of {', '.join(vocabulary.sources[section])}"
        return
    if not isinstance(const, str) or not _PLAIN.fullmatch(const):
        yield "const", "plain characters of ASCII"
    kind = vocabulary.sources[section][source] if source else Kind.TEXT
    yield from _of_width(row, kind, fixed=fixed)
    if "format" in row and row["format"] not in FORMATS.get(kind, ()):
        yield "format", f"one of {', '.join(FORMATS.get(kind, ('none',)))}"
    if not is_word(row.get("sign", "none"), Sign) or ("sign" in row and kind != Kind.AMOUNT):
        yield "sign", f"one of {', '.join(Sign)}, for an amount"
    if not is_word(row.get("minus", "reversals"), ("reversals", "reductions")) or (
        "minus" in row and source not in vocabulary.directed
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


def is_word(value: object, words: Iterable[str]) -> bool:
    """Whether a value is one of these words."""
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
