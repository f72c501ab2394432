"""Figures, what each is compared with, and the goals that book.md and the issue of the book set."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from scripts.bench.memory import forget_peak, peak

AT_LEAST, AT_MOST = "at least", "at most"


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """What a ratio should be."""

    kind: str
    ratio: float

    def holds(self, ratio: float) -> bool:
        """Whether a ratio is as it should be."""
        return ratio >= self.ratio if self.kind == AT_LEAST else ratio <= self.ratio

    def __str__(self) -> str:
        return f"{self.kind} {self.ratio:.3g}"


def at_least(ratio: float) -> Goal:
    """A goal to reach."""
    return Goal(kind=AT_LEAST, ratio=ratio)


def at_most(ratio: float) -> Goal:
    """A goal not to pass."""
    return Goal(kind=AT_MOST, ratio=ratio)


GOALS: dict[str, Goal] = {
    "redemption, one statement": at_least(0.45),
    "redemption with code and kept answer": at_least(0.35),
    "redemption with code, kept answer, audit row and notice": at_least(0.35),
    "redemption as one statement against django-hordak": at_least(2),
    "posting, portable, 8 clients, random pairs": at_least(0.20),
    "posting, portable, 8 clients, one hot shop": at_least(0.20),
    "cold shop against hot shop": at_most(1.3),
    "PostgreSQL, 10000 at once": at_least(0.7),
    "PostgreSQL, 100000 at once": at_least(0.6),
    "SQLite, one at a time": at_least(0.4),
    "SQLite, 10000 at once": at_least(0.7),
    "SQLite, 100000 at once": at_least(0.7),
    "memory of 100000 at once against 10000": at_most(1.5),
    "SQLite, worst write of 2 processes of 4 threads": at_most(1.0),
    "a night of 35000 items": at_most(3),
    "a night of 35000 items, writing the file": at_most(1 / 3),
    "memory of a night of 35000 items": at_most(1),
    "a night's item, from 350 to 35000 of them": at_most(1.25),
    "posting, grown": at_most(1.25),
    "balance, grown": at_most(1.25),
    "statement page, grown": at_most(1.25),
    "redemption, grown": at_most(1.25),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure: what was measured, in which unit, beside which baseline; MiB that one process of ours had at most."""

    name: str
    value: float
    unit: str
    baseline_name: str
    baseline: float
    ratio: float
    peak_memory: float | None = None

    @property
    def goal(self) -> Goal | None:
        """What its ratio should be, where that was said."""
        return GOALS.get(self.name)

    @property
    def holds(self) -> bool | None:
        """Whether it is; None where nothing was said."""
        return None if self.goal is None else self.goal.holds(self.ratio)

    def as_json(self) -> dict[str, Any]:
        """The figure as `--json` prints it."""
        rounded = {key: round(value, 4) if isinstance(value, float) else value for key, value in asdict(self).items()}
        return {**rounded, "goal": None if self.goal is None else str(self.goal), "holds": self.holds}


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What one measure found: its value, and MiB that one of our processes had at most meanwhile."""

    value: float
    peak_memory: float


Measure = Callable[[], float | Taken]


def side_by_side(measures: Sequence[Measure], rounds: int) -> list[Taken]:
    """The median of each measure, taken in turns so that a noisy minute meets them all, and the most memory of any.

    What a measure does not say itself is what this process had.
    """
    taken = [[_watched(measure) for measure in measures] for _round in range(rounds)]
    return [
        Taken(value=median(one.value for one in each), peak_memory=max(one.peak_memory for one in each))
        for each in zip(*taken, strict=True)
    ]


def _watched(measure: Measure) -> Taken:
    forget_peak()
    found = measure()
    return found if isinstance(found, Taken) else Taken(value=found, peak_memory=peak())
