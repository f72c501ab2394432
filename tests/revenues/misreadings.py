"""What a revenues system may see of a sound file when something is wrong with it, by the code that it refuses with."""

import hashlib
from collections.abc import Callable

Edit = Callable[[list[list[str]]], None]


def edited(content: bytes, edit: Edit) -> bytes:
    """A file with some fields changed, whole again by its SHA-256."""
    rows = [line.split(",") for line in content.decode("ascii").split("\r\n")[:-1]]
    edit(rows)
    body = "".join(",".join(row) + "\r\n" for row in rows[:-1]).encode("latin-1")
    rows[-1][-1] = hashlib.sha256(body).hexdigest()
    return body + (",".join(rows[-1]) + "\r\n").encode("latin-1")


def _put(row: int, place: int, text: str) -> Edit:
    def edit(rows: list[list[str]]) -> None:
        rows[row][place - 1] = text

    return edit


def _without_a_line(rows: list[list[str]]) -> None:
    del rows[1]


def _an_item_twice(rows: list[list[str]]) -> None:
    rows[2][3] = rows[1][3]


def without_lines(rows: list[list[str]]) -> None:
    """A file of the same number with nothing in it."""
    rows[1:-1] = []
    rows[-1][1:6] = ["000000", "0", "0", "0", "000000000000"]


MISREADINGS: dict[str, Callable[[bytes], bytes]] = {
    "F01": lambda content: edited(content, _put(0, 5, "T")),
    "F05": lambda content: edited(content, _without_a_line),
    "F06": lambda content: edited(content, _put(-1, 3, "1")),
    "F07": lambda content: edited(content, _put(-1, 6, "000000000001")),
    "F08": lambda content: content[:-80],
    "F09": lambda content: edited(content, _put(0, 3, "2")),
    "F12": lambda content: edited(content, _an_item_twice),
    "F13": lambda content: edited(content, _put(1, 13, "V\xd6L")),
}
