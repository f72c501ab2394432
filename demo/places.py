"""Read the places of the demo from its data files (see data/PROVENANCE.md)."""

import csv
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable

DATA = files("demo") / "data"
GROWING_PROJECTS: Traversable = DATA / "food-growing-projects.csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class MerchantPlace:
    """A shop or a leisure centre as its file tells it."""

    name: str
    address: str
    postcode: str
    telephone: str | None
    opening_hours: str


def leisure_centres() -> list[MerchantPlace]:
    """The five leisure centres of 2012, with their hours then."""
    return [
        MerchantPlace(
            name=row["CENTRE NAME"].strip(),
            address=row["ADDRESS"].strip(),
            postcode=row["POSTCODE"].strip(),
            telephone=row["TELEPHONE"].strip() or None,
            opening_hours=row["OPENING_HOURS"].strip(),
        )
        for row in _rows("leisure-centres.csv")
    ]


def shops() -> list[MerchantPlace]:
    """Thirty made-up shops with the shape of real ones."""
    return [
        MerchantPlace(
            name=row["NAME"].strip(),
            address=row["ADDRESS"].strip(),
            postcode=row["POSTCODE"].strip(),
            telephone=row["TELEPHONE"].strip() or None,
            opening_hours=row["OPENING_HOURS"].strip(),
        )
        for row in _rows("shops.csv")
    ]


def _rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))
