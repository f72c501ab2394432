"""A drawn code reads back as what was written, by another program."""

import re
import xml.etree.ElementTree as ElementTree

import pytest
import zxingcpp
from PIL import Image

from shared_web.qr import QUIET_ZONE, modules, qr_svg

CODE = "HTTPS://CREDITS.EXAMPLE/C/01ARZ3NDEKTSV4RRFFQ69G5FAV"
SVG = "{http://www.w3.org/2000/svg}"


def painted(svg):
    """The drawing as a picture, four pixels a module, from nothing but the path in the SVG."""
    root = ElementTree.fromstring(svg)  # noqa: S314 - our own drawing
    side = int(root.get("viewBox").split()[2])
    picture = Image.new("L", (side, side), 255)
    for left, top, width in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\3z", root.find(f"{SVG}path").get("d")):
        picture.paste(0, (int(left), int(top), int(left) + int(width), int(top) + 1))
    return picture.resize((side * 4, side * 4), Image.Resampling.NEAREST)


@pytest.mark.parametrize("text", [CODE, "K7QF-2M9X-4", "a" * 300])
def test_another_program_reads_what_we_drew(text):
    read = zxingcpp.read_barcodes(painted(qr_svg(text, label="QR code for the till to scan")))

    assert [(barcode.text, barcode.format) for barcode in read] == [(text, zxingcpp.BarcodeFormat.QRCode)]


def test_four_modules_around_the_code_are_light():
    drawing = modules(CODE)
    rows = drawing[:QUIET_ZONE] + drawing[-QUIET_ZONE:]
    columns = [row[:QUIET_ZONE] + row[-QUIET_ZONE:] for row in drawing]

    assert not any(any(line) for line in rows + columns)


def test_the_picture_is_named_for_people_who_hear_it():
    root = ElementTree.fromstring(qr_svg(CODE, label="QR code <for> the till"))  # noqa: S314 - our own drawing

    assert root.get("role") == "img"
    assert root.find(f"{SVG}title").text == "QR code <for> the till"
    assert "style" not in root.attrib
