"""Numbers as officers read them."""

from markupsafe import Markup


def counted(number: int, word: str) -> str:
    """E.g. "1 resident" or "1,204 residents"."""
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def strong(text: str) -> Markup:
    """The figure that a row of a table is about."""
    return Markup("<strong>{}</strong>").format(text)
