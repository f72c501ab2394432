"""A restore from an archived log with a gap is refused: PostgreSQL would take the gap for the end, and serve less."""

import subprocess
import time
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from tests import databases
from tests.harness.deployment import deployment
from tests.harness.killed_server import KilledServer
from tests.harness.test_encrypted_backups import backed_up
from tests.harness.test_restore_drill import archive, call, logged_server, restored_server

pytestmark = pytest.mark.slow
__all__ = ["archive", "logged_server"]

COUNT = "SELECT count(*) FROM after_the_backup"


def wrote_on(town: str, archive: Path, times: int) -> list[Path]:
    """What was archived of so many rows that were written one by one, a file of the log each, the first first."""
    written: list[Path] = []
    with psycopg.connect(town, autocommit=True) as connection:
        connection.execute("CREATE TABLE after_the_backup (number INT)")
        for number in range(times):
            connection.execute("INSERT INTO after_the_backup VALUES (%s)", [number])
            (name,) = connection.execute("SELECT pg_walfile_name(pg_switch_wal())").fetchone() or ("",)
            written.append(archive / name)
    deadline = time.monotonic() + 30
    while not all(path.exists() for path in written):
        assert time.monotonic() < deadline, "the server archives its log"
        time.sleep(0.1)
    time.sleep(0.5)  # the last of them may be on its way yet
    return written


def test_a_gap_in_the_archived_log_is_refused_and_nothing_is_left(
    logged_server: KilledServer, archive: Path, tmp_path: Path
) -> None:
    url = databases.make_migrated(make_url(logged_server.url), "town").render_as_string(hide_password=False)
    made = deployment(url, tmp_path / "data")
    backup = backed_up(made, tmp_path / "backups", BACKUP_URL=logged_server.url.replace("+psycopg", ""))
    town = make_url(logged_server.url).set(drivername="postgresql", database="town")
    later = wrote_on(town.render_as_string(hide_password=False), archive, times=4)
    folder, log = tmp_path / "restored", {"RESTORE_LOG": str(archive)}
    lost = later[1].read_bytes()

    later[1].unlink()
    assert_refused(folder, call("restore", backup, folder, **log), f"lacks the log …{later[1].name[8:]}, and has what")
    later[1].write_bytes(lost[: len(lost) // 2])
    assert_refused(folder, call("restore", backup, folder, **log), f"{later[1]} is not whole: bring a whole copy")
    elsewhere = {"RESTORE_LOG": str(tmp_path / "elsewhere")}
    assert_refused(folder, call("restore", backup, folder, **elsewhere), "elsewhere holds no log since the backup")

    later[1].write_bytes(lost)
    ended = call("restore", backup, folder, **log)
    assert ended.returncode == 0, ended.stderr
    with restored_server(logged_server, folder / "cluster") as server:
        there = town.update_query_dict({"host": str(server.directory / "postgresql")})
        with psycopg.connect(there.render_as_string(hide_password=False)) as connection:
            assert connection.execute(COUNT).fetchone() == (4,), "the newest second"


def assert_refused(folder: Path, refused: subprocess.CompletedProcess[str], words: str) -> None:
    """One sentence, and a folder that the next try may use."""
    assert refused.returncode == 1
    (said,) = refused.stderr.splitlines()
    assert said.startswith("restore: ")
    assert words in said
    assert list(folder.iterdir()) == []
