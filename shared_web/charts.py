"""Turns amounts into the places of bars, so that templates draw charts without arithmetic."""

from collections.abc import Sequence
from dataclasses import dataclass

WHOLE_CREDIT = 100
STEPS_IN_TEN = (1, 2, 2.5, 5, 10)
LINES_WANTED = 5

LEFT = 64
TOP = 12
FOOT = 44
COLUMN = 46
GAP = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """What one column shows: its label, a second label (a year, or nothing), and its parts from the bottom up."""

    label: str
    second_label: str = ""
    parts: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One rectangle; `part` says which part of the column it is, counted from 0 at the bottom."""

    part: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line across the chart and the whole credits it stands for."""

    y: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """The words under one column, centred on `x`."""

    x: float
    text: str
    second_text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnChart:
    """A drawing of columns, in the units of its own `viewBox`."""

    width: float
    height: float
    left: float
    floor: float
    bars: tuple[Bar, ...]
    lines: tuple[Line, ...]
    labels: tuple[Label, ...]


def bar_widths(amounts: Sequence[int], *, widest: int = 100) -> list[float]:
    """How wide each bar is when the largest amount is `widest`; no amount below zero draws."""
    largest = max(amounts, default=0)
    if largest <= 0:
        return [0.0 for _ in amounts]
    return [round(max(amount, 0) * widest / largest, 1) for amount in amounts]


def column_chart(columns: Sequence[Column], *, plot_height: int = 216) -> ColumnChart:
    """Stacked columns with whole-credit lines behind them; amounts in minor units."""
    step = line_step(max((sum(column.parts) for column in columns), default=0))
    ceiling = step * LINES_WANTED
    floor = TOP + plot_height
    return ColumnChart(
        width=LEFT + COLUMN * len(columns),
        height=floor + FOOT,
        left=LEFT,
        floor=floor,
        bars=tuple(
            bar
            for place, column in enumerate(columns)
            for bar in stacked(column, x=LEFT + COLUMN * place + GAP / 2, floor=floor, scale=plot_height / ceiling)
        ),
        lines=tuple(
            Line(y=round(floor - plot_height * number / LINES_WANTED, 1), text=whole_credits(step * number))
            for number in range(LINES_WANTED + 1)
        ),
        labels=tuple(
            Label(x=LEFT + COLUMN * place + COLUMN / 2, text=column.label, second_text=column.second_label)
            for place, column in enumerate(columns)
        ),
    )


def night_chart(amounts: Sequence[int], *, width: int = 300, plot_height: int = 96) -> ColumnChart:
    """One plain column for each night, oldest first, the largest as high as the drawing."""
    step = width / max(len(amounts), 1)
    heights = bar_widths(amounts, widest=plot_height)
    bars = (
        Bar(part=0, x=round(step * place, 1), y=plot_height - height, width=round(step * 0.8, 1), height=height)
        for place, height in enumerate(heights)
    )
    return ColumnChart(
        width=width, height=plot_height + 1, left=0, floor=plot_height, bars=tuple(bars), lines=(), labels=()
    )


def stacked(column: Column, *, x: float, floor: float, scale: float) -> list[Bar]:
    """The column's parts as rectangles, each standing on the one before; an empty part draws nothing."""
    bars = []
    for part, amount in enumerate(column.parts):
        if amount <= 0:
            continue
        height = amount * scale
        floor -= height
        bars.append(Bar(part=part, x=x, y=round(floor, 1), width=COLUMN - GAP, height=round(height, 1)))
    return bars


def line_step(largest: int) -> int:
    """The smallest round number of whole credits, in minor units, that five of reach the largest."""
    size = WHOLE_CREDIT
    while True:
        for factor in STEPS_IN_TEN:
            step = int(size * factor)
            if step % WHOLE_CREDIT == 0 and step * LINES_WANTED >= largest:
                return step
        size *= 10


def whole_credits(amount: int) -> str:
    """A mark on the axis: whole credits, thousands comma."""
    return f"{amount // WHOLE_CREDIT:,}"
