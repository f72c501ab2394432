"""The demo's places: the council's data as it came with its licence, and shops that do not exist."""

import csv
import re
from collections import Counter
from pathlib import Path

DATA = Path(__file__).parents[2] / "demo" / "data"


def rows(name: str) -> list[dict[str, str]]:
    """The rows of a file of the demo."""
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_councils_data_is_whole_and_says_its_licence() -> None:
    assert len(rows("food-growing-projects.csv")) == 142
    assert len(rows("leisure-centres.csv")) == 5
    assert "Contains Lambeth Council data licensed under the Open Government Licence." in (
        DATA / "PROVENANCE.md"
    ).read_text(encoding="utf-8")


def test_thirty_shops_stand_where_shops_stand_and_santos_deli_comes_first() -> None:
    shops = rows("shops.csv")
    assert len({shop["NAME"] for shop in shops}) == len(shops) == 30
    assert (shops[0]["NAME"], shops[0]["AREA"]) == ("Santos Deli", "Brixton")
    assert len(Counter(shop["AREA"] for shop in shops)) == 8


def test_no_shop_can_be_telephoned() -> None:
    numbers = [shop["TELEPHONE"] for shop in rows("shops.csv") if shop["TELEPHONE"]]
    assert len(set(numbers)) == len(numbers) == 29
    assert all(re.fullmatch(r"020 7946 0[0-9]{3}", number) for number in numbers)
