"""Bars are as long as what they stand for."""

import pytest

from shared_web.charts import Column, bar_widths, column_chart, line_step, night_chart


def test_the_largest_amount_fills_the_width_and_half_of_it_half():
    assert bar_widths([5000, 10000, 0]) == [50.0, 100.0, 0.0]


def test_nothing_taken_draws_no_bar():
    assert bar_widths([0, 0]) == [0.0, 0.0]
    assert bar_widths([]) == []


@pytest.mark.parametrize(
    ("largest", "step"), [(0, 100), (500, 100), (501, 200), (1250, 500), (119000, 25000), (125100, 50000)]
)
def test_lines_stand_at_round_whole_credits(largest, step):
    assert line_step(largest) == step


def test_the_parts_of_a_column_stand_on_each_other():
    chart = column_chart([Column(label="Nov", second_label="2026", parts=(30000, 0, 20000))], plot_height=200)
    lower, upper = chart.bars

    assert (lower.part, lower.height, lower.y + lower.height) == (0, 120.0, chart.floor)
    assert (upper.part, upper.height, upper.y + upper.height) == (2, 80.0, lower.y)
    assert [line.text for line in chart.lines] == ["0", "100", "200", "300", "400", "500"]
    assert chart.labels[0].second_text == "2026"


def test_a_chart_of_no_months_has_lines_and_no_bars():
    chart = column_chart([])

    assert chart.bars == ()
    assert len(chart.lines) == 6


def test_the_nights_stand_on_the_floor():
    chart = night_chart([100, 50], plot_height=96)

    assert [bar.height for bar in chart.bars] == [96.0, 48.0]
    assert all(bar.y + bar.height == chart.floor for bar in chart.bars)
