"""The benchmark runs, and prints its figures as it says."""

import json
import subprocess
from pathlib import Path

import pytest

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
