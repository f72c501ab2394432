"""The restore drill: back up under load, restore as of a random moment, and see that nothing happens twice.

`scripts/restore-drill` runs it, on SQLite and on a PostgreSQL that keeps its log.
"""

import os
import random
import shutil
import subprocess
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine, select
from sqlalchemy.engine import make_url

from ledger.check_books import check_books
from ledger.council_tax.errors import SequencePublished
from ledger.council_tax.queries import batch, batches, reduced_in_year
from ledger.council_tax.rules import BatchState
from ledger.council_tax.taking_in import take_in
from ledger.redemption.errors import CodeInvalid
from ledger.redemption.models import Redemption
from ledger.redemption.redemptions import redeem
from ledger.settings import Settings
from ledger.store import make_engine, reading, run
from tests import databases, postgresql_server
from tests.drawn import SEED
from tests.harness.deployment import FIRST, SECOND, THIRD, Deployment, deployment
from tests.harness.killed_server import ON_DISK, KilledServer, killed_server
from tests.long_table import record

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


def call(program: str, *arguments: object, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a script of deploy/ as an operator does."""
    environment = {"PATH": f"{postgresql_server.find_binaries().directory}:{os.environ['PATH']}", **variables}
    command = [ROOT / "deploy" / program, *map(str, arguments)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)


def back_up_under_load(made: Deployment, folder: Path, **variables: str) -> tuple[Path, datetime, datetime]:
    """A backup that was taken while the town worked, when it was begun, and when it was done."""
    source = random.Random(SEED)
    worker = threading.Thread(target=made.work, daemon=True)
    worker.start()
    time.sleep(0.5 + source.random())
    began = datetime.now(UTC)
    ended = call(
        "backup",
        folder,
        DATABASE_URL=made.settings.database_url,
        TALLYSTICK_DATA=str(made.settings.data),
        **variables,
    )
    assert ended.returncode == 0, ended.stderr
    ended_at = datetime.now(UTC)
    time.sleep(2.5)
    made.over.set()
    worker.join()
    return Path(ended.stdout.strip()), began, ended_at


def assert_nothing_happens_twice(made: Deployment, url: str, folder: Path, *, since: datetime) -> None:
    """What was acknowledged by then stands, books are whole, no code is good again, no file leaves again."""
    engine, code_key = make_engine(url), bytes.fromhex((folder / "keys" / "code_key").read_text().strip())
    settings = replace(made.settings, database_url=url, data=folder / "data", code_key=code_key)
    with reading(engine) as session:
        assert check_books(session) == []
        stand = set(session.execute(select(Redemption.reference)).scalars())
    acknowledged = {reference for at, _token, reference in made.taken if at < since}
    assert acknowledged
    assert acknowledged <= stand
    for _at, token, _reference in [*made.taken[:20], *made.taken[-20:]]:
        asked = {**made.town.asked(token, 100), "code_key": code_key}
        with pytest.raises(CodeInvalid):
            run(engine, lambda session, asked=asked: redeem(session, **asked))  # type: ignore[misc]  # bound now
    assert_no_file_leaves_twice(made, engine, settings)
    record(
        f"restore drill, {engine.dialect.name}",
        acknowledged=len(made.taken),
        before=len(acknowledged),
        restored=len(stand),
        seed=SEED,
    )
    engine.dispose()


def assert_no_file_leaves_twice(made: Deployment, engine: Engine, settings: Settings) -> None:
    """What was sent since is not sent again, what was answered since is taken in once, and both sides agree."""
    files, taken = files_of(settings), Counter(made.folders.taken)
    assert made.night(SECOND, engine, settings) == 0
    with pytest.raises(SequencePublished):
        made.night(THIRD, engine, settings)
    assert made.deliver(engine, settings) == [2], "its arrival is written down, since the register knows of it"
    made.folders.collect()
    assert files_of(settings) == files
    assert made.folders.taken == taken == Counter(dict.fromkeys(taken, 1))
    assert len(taken) == 3
    with reading(engine) as session:
        assert batch(session, sequence=2).state == BatchState.RELEASED
    take = partial(take_in, scheme=settings.scheme, occasion=made.exchange.at(THIRD, 11))
    again = [run(engine, partial(take, content=answer)).again for _once in range(2) for answer in made.answered()]
    assert again == [True, False, True, True], "the backup had the first answer, and the night took it in"
    with reading(engine) as session:
        assert check_books(session) == []
        assert reduced_in_year(session, day=FIRST) == made.folders.revenues.reduced() == 4_000
        assert {one.sequence: one.state for one in batches(session)} == dict.fromkeys((1, 2), BatchState.RECONCILED)


def files_of(settings: Settings) -> dict[str, bytes]:
    """The files that a deployment keeps of those that it builds."""
    return {path.name: path.read_bytes() for path in (settings.data / "council-tax").iterdir() if path.is_file()}


def test_a_backup_of_sqlite_under_load_restores_and_nothing_happens_twice(sqlite_url: str, tmp_path: Path) -> None:
    made = deployment(sqlite_url, tmp_path / "data")
    backup, began, _ended_at = back_up_under_load(made, tmp_path / "backups")
    made.go_on()
    made.town.engine.dispose()

    register = str(tmp_path / "data" / "council-tax.register")
    ended = call("restore", backup, tmp_path / "restored", FILE_REGISTER=register)

    assert ended.returncode == 0, ended.stderr
    assert "tallystick check-books" in ended.stdout
    url = f"sqlite:///{tmp_path / 'restored' / 'data' / 'tallystick.sqlite'}"
    assert_nothing_happens_twice(made, url, tmp_path / "restored", since=began)


@pytest.fixture
def archive() -> Iterator[Path]:
    """The folder that a server copies its log to."""
    folder = Path(tempfile.mkdtemp(prefix="tallystick-log-", dir=ON_DISK))
    folder.chmod(0o777)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def logged_server(archive: Path) -> Iterator[KilledServer]:
    """A PostgreSQL that archives its log, as deploy/postgresql/tallystick.conf asks."""
    with killed_server("wal_level=replica", "archive_mode=on", f"archive_command=cp %p {archive}/%f") as server:
        yield server


def test_a_backup_of_postgresql_restores_to_a_random_moment_and_nothing_happens_twice(
    logged_server: KilledServer, archive: Path, tmp_path: Path
) -> None:
    url = databases.make_migrated(make_url(logged_server.url), "town").render_as_string(hide_password=False)
    made = deployment(url, tmp_path / "data")
    administrator = logged_server.url.replace("+psycopg", "")
    backup, began, ended_at = back_up_under_load(made, tmp_path / "backups", BACKUP_URL=administrator)
    after = [at for at, _token, _reference in made.taken if at > ended_at]
    until = random.Random(SEED).choice(after[: len(after) // 2])
    assert until > began
    made.go_on()
    made.town.engine.dispose()
    subprocess.run(["psql", administrator, "-qc", "SELECT pg_switch_wal()"], check=True, capture_output=True)
    time.sleep(1)

    register = str(tmp_path / "data" / "council-tax.register")
    folder = tmp_path / "restored"
    ended = call("restore", backup, folder, until.isoformat(), FILE_REGISTER=register, RESTORE_LOG=str(archive))

    assert ended.returncode == 0, ended.stderr
    with restored_server(logged_server, folder / "cluster") as server:
        restored = make_url(url).update_query_dict({"host": str(server.directory / "postgresql")})
        assert_nothing_happens_twice(
            made, restored.render_as_string(hide_password=False), folder, since=until - timedelta(seconds=0.1)
        )


@contextmanager
def restored_server(made: KilledServer, cluster: Path) -> Iterator[KilledServer]:
    """The restored cluster, served from a folder of its own once it has recovered."""
    directory = Path(tempfile.mkdtemp(prefix="tallystick-restored-", dir=ON_DISK))
    directory.chmod(0o755)
    home, owner = directory / "postgresql", (made.directory / "postgresql").stat()
    home.mkdir()
    shutil.move(cluster, home / "data")
    for path in (home, *home.rglob("*")):
        os.chown(path, owner.st_uid, owner.st_gid)
    process = postgresql_server.serve(made.binaries, directory)
    server = KilledServer(directory=directory, binaries=made.binaries, options=(), process=process)
    try:
        wait_until_recovered(server)
        yield server
    finally:
        if process.poll() is None:
            server.kill()
        shutil.rmtree(directory)


def wait_until_recovered(server: KilledServer) -> None:
    """Wait until the log was replayed and the server takes writes."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert server.process.poll() is None, (server.directory / "postgresql" / "log").read_text()
        with suppress(psycopg.OperationalError), psycopg.connect(server.url.replace("+psycopg", "")) as connection:
            (recovering,) = connection.execute("SELECT pg_is_in_recovery()").fetchone() or (True,)
            if not recovering:
                return
        time.sleep(0.1)
    raise AssertionError("the server does not recover")


@pytest.mark.parametrize("harm", ["a byte", "the sums", "a full folder", "another register"])
def test_what_is_not_a_whole_backup_is_refused_with_a_sentence(sqlite_url: str, tmp_path: Path, harm: str) -> None:
    made = deployment(sqlite_url, tmp_path / "data")
    made.town.engine.dispose()
    ended = call("backup", tmp_path / "backups", DATABASE_URL=sqlite_url, TALLYSTICK_DATA=str(tmp_path / "data"))
    backup, folder, variables = Path(ended.stdout.strip()), tmp_path / "restored", {}
    if harm == "a byte":
        content = bytearray((backup / "database.sqlite").read_bytes())
        content[len(content) // 2] ^= 1
        (backup / "database.sqlite").write_bytes(content)
    elif harm == "the sums":
        (backup / "SHA256SUMS").unlink()
    elif harm == "a full folder":
        folder.mkdir()
        (folder / "something").touch()
    else:
        (tmp_path / "other").write_text("000001 ab CTX_E09000032_P_000001_20261122.csv\n")
        variables = {"FILE_REGISTER": str(tmp_path / "other")}

    refused = call("restore", backup, folder, **variables)

    words = {
        "a byte": "was changed since it was written",
        "the sums": "is no whole backup",
        "a full folder": "is not empty",
        "another register": "do not begin alike",
    }
    assert refused.returncode == 1
    assert words[harm] in refused.stderr
    assert not (folder / "data" / "tallystick.sqlite").exists()
