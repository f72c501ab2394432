"""Paths that fit the rules of the URL map: of what is there, of what is not, or with one piece that is hostile."""

import re
from collections.abc import Mapping

from werkzeug.routing import Rule

ARGUMENT = re.compile(r"<(?:[^:<>]+:)?(\w+)>")


def best(rule: Rule, samples: Mapping[str, str]) -> str | None:
    """The sample whose beginning is the longest that the rule has; None where it has none."""
    fitting = [start for start in samples if rule.rule.startswith(start)]
    return samples[max(fitting, key=len)] if fitting else None


def filled(rule: Rule, sample: str, given: Mapping[str, str] | None = None) -> str:
    """The rule's path: `given` where it names an argument, else the words of `sample`, the last for all the rest."""
    words = sample.split(" ")
    texts = {name: words[min(place, len(words) - 1)] for place, name in enumerate(ARGUMENT.findall(rule.rule))}
    texts |= given or {}
    return ARGUMENT.sub(lambda found: texts[found[1]], rule.rule)
