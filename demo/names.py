"""Names for people who do not exist."""

import random
from importlib.resources import files

DATA = files("demo") / "data"


def made_up_people(count: int, source: random.Random, *, domain: str) -> list[tuple[str, str]]:
    """So many different (name, e-mail address) pairs; the domain is one that never receives mail."""
    pairs = [(first, last) for first in _names("first-names.txt") for last in _names("last-names.txt")]
    chosen = source.sample(pairs, count)
    return [(f"{first} {last}", f"{first}.{last}@{domain}".lower()) for first, last in chosen]


def _names(file: str) -> list[str]:
    return (DATA / file).read_text(encoding="utf-8").split()
