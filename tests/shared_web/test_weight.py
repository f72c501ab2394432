"""A page's own styles stay light enough for a phone on a poor signal."""

import gzip
from pathlib import Path

import pytest

STATIC = Path(__file__).resolve().parents[2] / "shared_web" / "static"
OURS = 6_000
GOVUK = 14_700


def weight(*names):
    """Bytes sent for these files, each compressed by itself."""
    return sum(len(gzip.compress((STATIC / name).read_bytes(), 9)) for name in names)


@pytest.mark.parametrize(
    "face", [("resident.css",), ("till.css",), ("wide.css", "office.css"), ("wide.css", "front.css")]
)
def test_a_face_sends_six_kilobytes_of_its_own_styles(face):
    assert weight("tallystick.css", "pieces.css", *face) <= OURS


def test_the_styles_under_ours_weigh_what_was_planned():
    assert weight("vendor/govuk-frontend/govuk-frontend.min.css") <= GOVUK
