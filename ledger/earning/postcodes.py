"""Postcodes of the United Kingdom: one way to write them, whichever way they came."""

import re

FULL = re.compile(r"([A-PR-UWYZ][A-HK-Y]?[0-9][0-9ABCDEFGHJKMNPRSTUVWXY]?)([0-9][ABD-HJLNP-UW-Z]{2})", re.ASCII)
DISTRICT = re.compile(r"[A-PR-UWYZ][A-HK-Y]?[0-9][0-9A-Y]?", re.ASCII)


def read_postcode(text: str) -> str | None:
    """The postcode as it is printed, "SE1 8TU", whatever its case and spaces were; None where it is not a whole one.

    The shape is that of British Standard 7666.
    """
    found = FULL.fullmatch("".join(text.split()).upper())
    return f"{found[1]} {found[2]}" if found else None


def is_district(text: str) -> bool:
    """Whether the text is the first half of a postcode alone, like "SW2"."""
    return DISTRICT.fullmatch("".join(text.split()).upper()) is not None
