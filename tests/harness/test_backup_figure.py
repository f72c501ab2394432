"""What a backup tells Prometheus: when one was last whole, and nothing of one that failed."""

import stat
import time
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.harness.test_restore_drill import call

pytestmark = pytest.mark.slow

FIGURE = "tallystick_backup_ended_timestamp_seconds"


def told(path: Path) -> float:
    """When a backup was last whole."""
    (family,) = text_string_to_metric_families(path.read_text())
    (sample,) = family.samples
    assert (family.name, family.type, sample.name) == (FIGURE, "gauge", FIGURE)
    return sample.value


def test_a_backup_leaves_when_it_was_whole_and_one_that_fails_leaves_what_stood(
    sqlite_url: str, tmp_path: Path
) -> None:
    figures = tmp_path / "node-exporter"
    figures.mkdir()
    path, given = figures / "backup.prom", {"DATABASE_URL": sqlite_url, "TALLYSTICK_DATA": str(tmp_path)}
    given["BACKUP_METRICS"] = str(path)
    path.write_text(f"# TYPE {FIGURE} gauge\n{FIGURE} 1\n")

    failed = call("backup", tmp_path / "backups", **given | {"DATABASE_URL": f"sqlite:///{tmp_path / 'none.db'}"})
    assert failed.returncode != 0
    assert told(path) == 1, "what failed is no backup"

    began = int(time.time())
    ended = call("backup", tmp_path / "backups", **given)
    assert ended.returncode == 0, ended.stderr
    assert began <= told(path) <= time.time()
    assert stat.S_IMODE(path.stat().st_mode) == 0o644, "the node exporter reads it as a user of its own"
    assert list(figures.iterdir()) == [path]
    assert [Path(ended.stdout.strip())] == list((tmp_path / "backups").iterdir())


def test_a_figure_that_cannot_be_left_is_told_and_the_backup_stands(sqlite_url: str, tmp_path: Path) -> None:
    given = {"DATABASE_URL": sqlite_url, "TALLYSTICK_DATA": str(tmp_path)}

    ended = call("backup", tmp_path / "backups", BACKUP_METRICS=str(tmp_path / "nowhere" / "backup.prom"), **given)

    (backup,) = (tmp_path / "backups").iterdir()
    assert ended.returncode == 1
    assert f"backup: {backup} is whole, but when it was could not be left in" in ended.stderr
    assert ended.stdout == f"{backup}\n"
    assert (backup / "SHA256SUMS").exists()
