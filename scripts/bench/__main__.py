"""Measure, print, and keep what was found in docs/benchmarks.md, part by part."""

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from scripts.bench.beside_hordak import hordak
from scripts.bench.bulk import SIZES, bulk
from scripts.bench.figures import Figure
from scripts.bench.growth import STEPS, growth
from scripts.bench.night import night
from scripts.bench.postgresql import Effort, posting, redemption
from scripts.bench.sqlite import sqlite
from tests import measured

PAGE = Path(__file__).parents[2] / "docs" / "benchmarks.md"
BY_HAND = "<!-- below this line the page is written by hand -->"
PREFACE = """# Benchmarks

Each figure is a ratio to a baseline measured beside it, in turns, in one run of `scripts/bench/run`, which wrote the
parts of this page. Absolute figures are this machine's and say little elsewhere. Memory is the most that one process of
ours had at once.
"""
FULL, QUICK = Effort(seconds=3, rounds=3), Effort(seconds=1, rounds=1, residents=5_000)

PARTS: dict[str, Callable[[Effort], Iterator[Figure]]] = {
    "redemption": redemption,
    "hordak": hordak,
    "posting": posting,
    "bulk": lambda effort: bulk(effort, SIZES if effort is FULL else SIZES[:2]),
    "sqlite": sqlite,
    "night": night,
    "growth": lambda effort: growth(effort, STEPS if effort is FULL else (STEPS[0], 20_000)),
}


def main() -> None:
    """Measure what was asked for."""
    arguments = _arguments()
    effort = QUICK if arguments.quick else FULL
    names = arguments.only or list(PARTS)
    measured: dict[str, list[Figure]] = {name: [] for name in names}
    for name, figures in measured.items():
        for figure in PARTS[name](effort):
            figures.append(figure)
            if not arguments.json:
                print(_line(figure), flush=True)
    if arguments.json:
        print(json.dumps([figure.as_json() for figures in measured.values() for figure in figures], indent=1))
    if arguments.keep or not (arguments.only or arguments.quick):
        write_page(measured)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench/run", description=__doc__)
    parser.add_argument("--only", choices=PARTS, nargs="+", help="these parts alone")
    parser.add_argument("--keep", action="store_true", help="write these parts into docs/benchmarks.md, too")
    parser.add_argument("--quick", action="store_true", help="short, for a look; nothing is rewritten")
    parser.add_argument("--json", action="store_true", help="the figures as a list of objects")
    return parser.parse_args()


def _line(figure: Figure) -> str:
    goal = "" if figure.goal is None else f"  goal {figure.goal}: {'holds' if figure.holds else 'FALLS SHORT'}"
    return f"{figure.name:52} {figure.value:10.2f} {figure.unit}  {figure.ratio:.2f} of {figure.baseline_name}{goal}"


def write_page(measured: Mapping[str, list[Figure]]) -> None:
    """Rewrite the parts that were measured; the others, and what is written by hand below them, stay as they are."""
    page = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    parts, _, by_hand = page.partition(BY_HAND)
    standing = dict(part.split("\n", 1) for part in parts.split("\n## ")[1:])
    standing |= {name: _part(figures) for name, figures in measured.items()}
    kept = [f"## {name}\n{standing[name].rstrip()}\n" for name in PARTS if name in standing]
    PAGE.write_text("\n".join([PREFACE, *kept, BY_HAND]) + (by_hand or "\n"), encoding="utf-8")


def _part(figures: list[Figure]) -> str:
    """The table of a part, with where and when it was measured, and by which command."""
    lines = [
        "",
        f"{measured.when()}, {measured.where()}, default durability. The command was",
        f"`scripts/bench/run {' '.join(sys.argv[1:])}`.".replace(" `.", "`."),
        "",
        "| What | Ours | Baseline | Ratio | Goal | | Memory, MiB |",
        "|---|---:|---|---:|---|---|---:|",
        *(_row(figure) for figure in figures),
    ]
    return "\n".join(lines)


def _row(figure: Figure) -> str:
    outcome = "" if figure.holds is None else "holds" if figure.holds else "falls short"
    memory = "" if figure.peak_memory is None else f"{figure.peak_memory:.0f}"
    return (
        f"| {figure.name} | {figure.value:,.2f} {figure.unit} | {figure.baseline:,.2f}: {figure.baseline_name} "
        f"| {figure.ratio:.2f} | {figure.goal or ''} | {outcome} | {memory} |"
    )


if __name__ == "__main__":
    main()
