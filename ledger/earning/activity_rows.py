"""Clean one row of a council's list of food-growing projects, saying each change, or refuse it, saying why."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ledger.earning.errors import RowRefused
from ledger.earning.postcodes import is_district, read_postcode
from ledger.earning.rules import EASTINGS, NORTHINGS

COLUMNS = ("No_", "Easting", "Northing", "Postcode", "Name", "Description", "Note_")
"""The first line of such a file; an eighth column has no name, and holds only what spilled over."""

FIRST_TEXT = COLUMNS.index("Name")
LONGEST_NAME, LONGEST_DESCRIPTION = 200, 1000

_SPELLINGS = {"chairty": "Charity", "gp surgery": "GP surgery"}
_GRID = re.compile(r"([0-9]{5,7})(?:\.[0-9]+)?", re.ASCII)
_STREETS = "Road|Street|Close|Gardens|Square|Grove|Place|Mews|Hill|Lane|Avenue|Terrace|Estate|House|Park|Centre"
_ADDRESS_PART = rf"(?:[0-9]+[A-Za-z]?(?:-[0-9]+[A-Za-z]?)? )?(?:[A-Z][\w'’-]* ){{1,4}}(?i:{_STREETS})"
_ADDRESS = re.compile(rf"(?:off |Off |Behind )?{_ADDRESS_PART}(?:, {_ADDRESS_PART})?")
_INITIALS = re.compile(r"[A-Z0-9/&. -]{1,12}")


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanRow:
    """A project as it may be imported; eastings and northings in metres, "" where nothing describes it."""

    number: int
    name: str
    description: str
    kind: str
    place: str
    postcode: str | None
    easting: int | None
    northing: int | None

    @property
    def source(self) -> str:
        """What its organiser and its activity are known by, so that a second import finds them."""
        return f"food-growing-projects:{self.number}"


def clean_row(cells: Sequence[str]) -> tuple[CleanRow, list[str]]:
    """A row without what is wrong with it, and a sentence for each change. Raises RowRefused."""
    changes: list[str] = []
    cells = [*cells, *[""] * (len(COLUMNS) - len(cells))]
    number = _number(cells[0])
    texts, spilled = _rejoin(cells[FIRST_TEXT:])
    changes += spilled
    name = _name(texts[0], changes)
    kind = _kind(texts[2], changes)
    postcode = _postcode(cells[3], changes)
    easting, northing = _grid(cells[1], cells[2], changes, located=postcode is not None)
    description, place = _describe(name, _tidied("description", texts[1], changes), changes)
    row = CleanRow(
        number=number,
        name=name,
        description=description,
        kind=kind,
        place=place,
        postcode=postcode,
        easting=easting,
        northing=northing,
    )
    return row, changes


def tidy_text(text: str) -> str:
    """The text in composed form, without control characters, with single spaces and none before a comma."""
    printable = "".join(" " if unicodedata.category(symbol).startswith("C") else symbol for symbol in text)
    return " ".join(unicodedata.normalize("NFC", printable).split()).replace(" ,", ",")


def _tidied(field: str, text: str, changes: list[str]) -> str:
    clean = tidy_text(text)
    if clean and clean != text:
        changes.append(f"{field} “{text}” written “{clean}”")
    return clean


def _number(text: str) -> int:
    if not re.fullmatch("[0-9]{1,6}", text.strip(), re.ASCII):
        raise RowRefused("it has no number, so a second import could not know it")
    return int(text)


def _rejoin(cells: Sequence[str]) -> tuple[list[str], list[str]]:
    """Name, description and kind of the text cells, with what spilled over at a comma put back; and what was.

    A cell beyond the third means that commas were not quoted. What begins with a space followed a comma, so it
    belongs to the cell before it; the last cell is the kind.
    """
    if not any(cell.strip() for cell in cells[3:]):
        return list(cells[:3]), []
    *parts, kind = _without_blank_end(cells)
    fields = [parts[0], ""]
    rejoined: list[str] = []
    field = 0
    for part in parts[1:]:
        if not part.strip():
            continue
        spilled = part.startswith(" ") or field == 1
        field = field if spilled else 1
        if spilled:
            rejoined.append(f"“{tidy_text(part)}” had spilled over, put back into the {('name', 'description')[field]}")
        fields[field] = f"{tidy_text(fields[field])}, {tidy_text(part)}" if spilled else part
    return [*fields, kind], rejoined


def _without_blank_end(cells: Sequence[str]) -> list[str]:
    last = max(place for place, cell in enumerate(cells) if cell.strip())
    return list(cells[: last + 1])


def _name(text: str, changes: list[str]) -> str:
    name = _tidied("name", text, changes)
    if sum(symbol.isalpha() for symbol in name) < 3:
        raise RowRefused("it has no usable name")
    if len(name) > LONGEST_NAME:
        raise RowRefused(f"its name has more than {LONGEST_NAME} characters")
    return name


def _kind(text: str, changes: list[str]) -> str:
    tidied = _tidied("kind", text, changes)
    kind = _SPELLINGS.get(tidied.casefold(), tidied)
    if kind != tidied:
        changes.append(f"kind {tidied} written {kind}")
    return kind


def _postcode(text: str, changes: list[str]) -> str | None:
    typed = tidy_text(text)
    postcode = read_postcode(typed)
    if not typed:
        changes.append("postcode missing, left empty")
    elif postcode is None and is_district(typed):
        changes.append(f"postcode {typed} is only a district, left empty")
    elif postcode is None:
        changes.append(f"postcode {typed} is not one, left empty")
    elif typed != postcode:
        changes.append(f"postcode {typed} written {postcode}")
    elif text != postcode:
        changes.append(f"spaces around postcode {postcode} left out")
    return postcode


def _grid(easting: str, northing: str, changes: list[str], *, located: bool) -> tuple[int | None, int | None]:
    found = _GRID.fullmatch(easting.strip()), _GRID.fullmatch(northing.strip())
    if found[0] and found[1]:
        metres = int(found[0][1]), int(found[1][1])
        if metres[0] in EASTINGS and metres[1] in NORTHINGS:
            changes.extend(_whole_metres(easting, northing, metres))
            return metres
    if not located:
        raise RowRefused("neither a postcode nor a grid reference says where it is")
    changes.append(f"grid reference {easting.strip()} {northing.strip()} is not on the national grid, left empty")
    return None, None


def _whole_metres(easting: str, northing: str, metres: tuple[int, int]) -> Iterator[str]:
    for typed, whole in zip((easting, northing), metres, strict=True):
        if typed != str(whole):
            yield f"grid reference {typed.strip()} written {whole}"


def _describe(name: str, description: str, changes: list[str]) -> tuple[str, str]:
    """The description, and the place: a description that repeats the name, is initials, or is an address, is none."""
    if len(description) > LONGEST_DESCRIPTION:
        changes.append(f"description cut to {LONGEST_DESCRIPTION} characters")
        description = description[:LONGEST_DESCRIPTION].rstrip()
    if not description:
        return "", name
    if description.casefold() in name.casefold():
        changes.append(f"description “{description}” repeats the name, left out")
        return "", name
    if _INITIALS.fullmatch(description):
        changes.append(f"description “{description}” is initials, not a description, left out")
        return "", name
    if _ADDRESS.fullmatch(description):
        changes.append(f"description “{description}” is an address, not a description, used as the place")
        return "", description
    return description, name
