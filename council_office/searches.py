"""A search that stands in the page's address, so that it can be sent on, gone back to and taken away as a file."""

from urllib.parse import urlencode

from flask import request


def address(path: str, *, before: str = "") -> str:
    """The same search elsewhere, from one row on."""
    kept = {name: text for name, text in request.args.items() if name != "before" and text}
    return f"{path}?{urlencode(kept | ({'before': before} if before else {}))}"
