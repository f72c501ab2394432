"""The benchmark runs, and prints its figures as it says."""

import json
import subprocess
from pathlib import Path

import pytest

from scripts.bench import __main__ as bench
from scripts.bench.figures import Figure

ROOT = Path(__file__).parents[1]
MEMBERS = {"name", "value", "unit", "baseline_name", "baseline", "ratio", "goal", "holds", "peak_memory"}


@pytest.mark.slow
@pytest.mark.parametrize("part", ["sqlite", pytest.param("redemption", marks=pytest.mark.long)])
def test_a_quick_run_prints_its_figures_as_json(part: str) -> None:
    command = [ROOT / "scripts" / "bench" / "run", "--quick", "--json", "--only", part]
    finished = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)

    assert finished.returncode == 0, finished.stderr
    figures = json.loads(finished.stdout)
    assert figures
    assert all(set(figure) == MEMBERS for figure in figures)
    assert all(figure["ratio"] > 0 and figure["goal"] for figure in figures)
    assert {figure["holds"] for figure in figures} <= {True, False}


def measured(value: float) -> list[Figure]:
    """A part of one figure."""
    return [Figure(name="something", value=value, unit="s", baseline_name="a second", baseline=1, ratio=value)]


def test_parts_that_were_not_measured_and_what_is_by_hand_stay_on_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "benchmarks.md"
    monkeypatch.setattr(bench, "PAGE", page)
    bench.write_page({"sqlite": measured(1), "night": measured(2)})
    page.write_text(page.read_text(encoding="utf-8") + "\n## Why\n\nIt is so.\n", encoding="utf-8")
    before = page.read_text(encoding="utf-8")

    bench.write_page({"night": measured(3)})

    after = page.read_text(encoding="utf-8")
    assert before.replace("2.00", "3.00") == after != before
