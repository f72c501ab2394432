"""A backup that was encrypted for somebody tells nobody else a thing, and comes back whole with their identity."""

import shutil
import subprocess
from pathlib import Path

import pytest
from sqlalchemy import make_url

from ledger.schema import metadata
from ledger.store import make_engine
from tests import databases
from tests.book.rows import contents
from tests.harness.deployment import Deployment, deployment
from tests.harness.killed_server import KilledServer
from tests.harness.test_restore_drill import archive, call, logged_server, restored_server
from tests.missing import missing

pytestmark = pytest.mark.slow
__all__ = ["archive", "logged_server"]

READABLE = (b"SQLite format 3", b"ada@example.org", b"CTX_E09000022", b"\x1f\x8b\x08", b"ustar")
"""What a copy in the clear has in it: a database, a resident, a file for council tax, something packed, a tar."""


@pytest.fixture
def identity(tmp_path: Path) -> Path:
    """The file of an age identity, as an operator makes one."""
    return drawn(tmp_path / "identity.txt")


def drawn(path: Path) -> Path:
    """A new identity in a file."""
    if shutil.which("age-keygen") is None:
        missing("no age: apt-get install age")
    subprocess.run(["age-keygen", "-o", path], check=True, capture_output=True)
    return path


def recipient(identity: Path) -> str:
    """Whom to encrypt for."""
    said = subprocess.run(["age-keygen", "-y", identity], check=True, capture_output=True, text=True)
    return said.stdout.strip()


def backed_up(made: Deployment, folder: Path, **variables: str) -> Path:
    """The backup of a deployment whose last connection is closed."""
    made.town.engine.dispose()
    settings = made.settings
    ended = call("backup", folder, DATABASE_URL=settings.database_url, TALLYSTICK_DATA=str(settings.data), **variables)
    assert ended.returncode == 0, ended.stderr
    return Path(ended.stdout.strip())


def books(url: str) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table."""
    engine = make_engine(url)
    rows = {table.name: contents(engine, table) for table in metadata().sorted_tables}
    engine.dispose()
    return rows


def files(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def assert_says_nothing(backup: Path) -> None:
    """Nothing of it can be read but the names of what was encrypted, and their sums."""
    found = files(backup)
    sums = found.pop("SHA256SUMS").decode()
    assert sorted(found) == sorted(line.split()[1] for line in sums.splitlines())
    for name, content in found.items():
        assert name.endswith(".age")
        assert content.startswith(b"age-encryption.org/v1\n")
        assert [word for word in READABLE[:3] if word in content] == []
        assert not content.startswith(READABLE[3:])


def test_an_encrypted_backup_of_sqlite_says_nothing_and_restores_to_the_same_books(
    sqlite_url: str, tmp_path: Path, identity: Path
) -> None:
    made = deployment(sqlite_url, tmp_path / "data")
    plain = (backed_up(made, tmp_path / "plain") / "database.sqlite").read_bytes()
    assert all(word in plain for word in READABLE[:3]), "what would be read, were it not encrypted"

    backup = backed_up(made, tmp_path / "backups", BACKUP_AGE_RECIPIENT=recipient(identity))

    assert_says_nothing(backup)
    assert [path.name for path in backup.parent.iterdir()] == [backup.name], "nothing in the clear is left beside it"
    restored = tmp_path / "restored"
    ended = call("restore", backup, restored, BACKUP_AGE_KEY=str(identity))
    assert ended.returncode == 0, ended.stderr
    assert books(f"sqlite:///{restored / 'data' / 'tallystick.sqlite'}") == books(sqlite_url)
    kept = files(made.settings.data / "council-tax")
    assert files(restored / "data" / "council-tax") == kept
    assert kept
    assert not (restored / "opened").exists()


def test_an_encrypted_backup_of_postgresql_says_nothing_and_restores_to_the_same_books(
    logged_server: KilledServer, tmp_path: Path, identity: Path
) -> None:
    url = databases.make_migrated(make_url(logged_server.url), "town").render_as_string(hide_password=False)
    administrator = logged_server.url.replace("+psycopg", "")
    made = deployment(url, tmp_path / "data")

    backup = backed_up(made, tmp_path / "backups", BACKUP_URL=administrator, BACKUP_AGE_RECIPIENT=recipient(identity))

    assert_says_nothing(backup)
    restored = tmp_path / "restored"
    ended = call("restore", backup, restored, BACKUP_AGE_KEY=str(identity))
    assert ended.returncode == 0, ended.stderr
    with restored_server(logged_server, restored / "cluster") as server:
        there = make_url(url).update_query_dict({"host": str(server.directory / "postgresql")})
        assert books(there.render_as_string(hide_password=False)) == books(url)


@pytest.mark.parametrize("key", ["none", "another", "no file", "no identity"])
def test_without_its_identity_a_backup_is_refused_in_a_sentence_and_nothing_is_left(
    sqlite_url: str, tmp_path: Path, identity: Path, key: str
) -> None:
    made = deployment(sqlite_url, tmp_path / "data")
    backup = backed_up(made, tmp_path / "backups", BACKUP_AGE_RECIPIENT=recipient(identity))
    folder, given = tmp_path / "restored", {}
    if key == "another":
        given = {"BACKUP_AGE_KEY": str(drawn(tmp_path / "another.txt"))}
    elif key == "no file":
        given = {"BACKUP_AGE_KEY": str(tmp_path / "lost.txt")}
    elif key == "no identity":
        (tmp_path / "words.txt").write_text("not an identity\n")
        given = {"BACKUP_AGE_KEY": str(tmp_path / "words.txt")}

    refused = call("restore", backup, folder, **given)

    words = {
        "none": "restore: the backup is encrypted: name the file of its age identity in BACKUP_AGE_KEY\n",
        "another": f"{tmp_path / 'another.txt'} does not open {backup}: it was encrypted for another identity\n",
        "no file": f"restore: there is no age identity to read at {tmp_path / 'lost.txt'}\n",
        "no identity": f"restore: {tmp_path / 'words.txt'} does not open {backup}",
    }
    assert refused.returncode == 1
    assert words[key] in refused.stderr
    assert "line " not in refused.stderr.replace("at line 1", ""), "what bash says of a script is nobody's sentence"
    assert not folder.exists() or not list(folder.iterdir())
    again = call("restore", backup, folder, BACKUP_AGE_KEY=str(identity))
    assert again.returncode == 0, again.stderr


def test_a_recipient_whom_nobody_can_encrypt_for_is_refused_before_anything_is_copied(
    sqlite_url: str, tmp_path: Path, identity: Path
) -> None:
    made = deployment(sqlite_url, tmp_path / "data")
    made.town.engine.dispose()
    given = {"DATABASE_URL": sqlite_url, "TALLYSTICK_DATA": str(tmp_path / "data")}

    refused = call("backup", tmp_path / "backups", BACKUP_AGE_RECIPIENT=f"{recipient(identity)}x", **given)

    assert refused.returncode == 1
    assert "backup: BACKUP_AGE_RECIPIENT names nobody that age can encrypt for" in refused.stderr
    assert not (tmp_path / "backups").exists()
