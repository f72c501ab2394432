"""The scheme's own colours as a stylesheet, laid over the defaults of tallystick.css."""

from flask import Flask, Response, make_response

from shared_web.core import settings

_DEFAULT = "#4a1d4f"


def init_app(app: Flask) -> None:
    """Serve /scheme.css."""
    app.add_url_rule("/scheme.css", "scheme_colours", scheme_colours)


def scheme_colours() -> Response:
    """The primary colour, what the pointer is over, and the tints made of them."""
    scheme = settings().scheme
    names = {"--ts-damson": scheme.colour, "--ts-damson-deep": scheme.hover_colour}
    if scheme.colour != _DEFAULT:
        names |= {"--ts-damson-tint": mixed_with_white(scheme.colour, 94)}
        names |= {"--ts-damson-mid": mixed_with_white(scheme.colour, 30)}
    response = make_response(":root{" + ";".join(f"{name}:{colour}" for name, colour in names.items()) + "}\n")
    response.content_type = "text/css; charset=utf-8"
    response.headers["Cache-Control"] = "public, max-age=600"
    return response


def mixed_with_white(colour: str, percent: int) -> str:
    """A colour with so many parts of a hundred of white."""
    parts = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return "#" + "".join(f"{part + (255 - part) * percent // 100:02x}" for part in parts)
