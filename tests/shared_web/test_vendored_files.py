"""What we copied from npm is what VENDOR.json says; nothing served shows what only GOV.UK may, or asks a stranger."""

import hashlib
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SERVED = ROOT / "shared_web" / "static"
FACES = ("shared_web", "wallet_api", "merchant_portal", "council_office")
TEXT_SUFFIXES = {".css", ".js", ".html", ".svg"}

SERVED_TEXTS = sorted(
    path for face in FACES for path in (ROOT / face).rglob("*") if path.is_file() and path.suffix in TEXT_SUFFIXES
)
TEMPLATES = [path for path in SERVED_TEXTS if path.suffix == ".html"]


def listed(folder):
    return json.loads((folder / "VENDOR.json").read_text())


@pytest.mark.parametrize("folder", [SERVED / "vendor", ROOT / "tests" / "vendor"], ids=["served", "for tests"])
def test_every_vendored_file_is_listed_with_its_hash(folder):
    found = {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "VENDOR.json"
    }

    assert found == {entry["file"]: entry["sha256"] for entry in listed(folder)}


@pytest.mark.parametrize("folder", [SERVED / "vendor", ROOT / "tests" / "vendor"], ids=["served", "for tests"])
def test_every_vendored_package_ships_its_licence(folder):
    names = {entry["name"] for entry in listed(folder)}

    assert names
    assert all(list((folder / name).glob("LICENCE*")) for name in names)
    assert all(entry["licence"] and entry["version"] for entry in listed(folder))


@pytest.mark.parametrize("path", SERVED_TEXTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_nothing_served_shows_what_only_government_may(path):
    assert not re.search(r"GDS|crown|crest|@font-face", path.read_text())


@pytest.mark.parametrize("path", SERVED_TEXTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_nothing_served_asks_another_server(path):
    text = path.read_text().replace("http://www.w3.org/2000/svg", "")
    asked = re.findall(r"<(?!a )[^>]*>", text) if path.suffix == ".html" else [text]

    assert not [place for place in asked if re.search(r"https?://[\w.-]+\.\w", place)]
    assert "cdn" not in text.lower()
    assert "sourceMappingURL" not in text


@pytest.mark.parametrize(
    "path",
    [path for path in SERVED_TEXTS if path.suffix == ".html"],
    ids=lambda path: path.relative_to(ROOT).as_posix(),
)
def test_no_template_has_a_script_or_a_style_of_its_own(path):
    text = path.read_text()

    assert not re.search(r"<style|\sstyle=|\son\w+=", text)
    assert all("src=" in script for script in re.findall(r"<script[^>]*>", text))
