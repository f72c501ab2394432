"""Draws a code as a QR picture that needs no script, no style and no second request."""

from collections.abc import Iterator, Sequence
from itertools import groupby

import qrcode
from markupsafe import Markup, escape
from qrcode.constants import ERROR_CORRECT_M

QUIET_ZONE = 4

_PICTURE = (
    '<svg class="ts-qr" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" width="264" height="264"'
    ' role="img" shape-rendering="crispEdges"><title>{label}</title>'
    '<rect width="{side}" height="{side}" fill="#fff"/><path fill="#000" d="{path}"/></svg>'
)


def qr_svg(text: str, *, label: str) -> Markup:
    """The text as one inline SVG: error correction M, four quiet modules, black on white, named `label`."""
    drawing = modules(text)
    return Markup(_PICTURE).format(side=len(drawing), label=escape(label), path=path(drawing))  # noqa: S704 - every value is escaped by format


def modules(text: str) -> list[list[bool]]:
    """The rows of dark (True) and light modules, quiet zone included."""
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=QUIET_ZONE)
    code.add_data(text)
    code.make(fit=True)
    return code.get_matrix()


def path(drawing: Sequence[Sequence[bool]]) -> str:
    """SVG path data: one rectangle for each run of dark modules in a row."""
    return "".join(
        f"M{column} {line}h{width}v1h-{width}z" for line, row in enumerate(drawing) for column, width in dark_runs(row)
    )


def dark_runs(row: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """Where each run of dark modules begins in the row, and how long it is."""
    column = 0
    for dark, run in groupby(row):
        width = len(list(run))
        if dark:
            yield column, width
        column += width
