"""A PostgreSQL of the benchmark's own, on the disk with default durability, the town in it, and pgbench against it."""

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from sqlalchemy.engine import make_url

from tests.databases import make_migrated
from tests.harness.killed_server import KilledServer, killed_server

SQL = Path(__file__).with_name("sql")
SHOPS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """The server and its town: the service's URL, and how many residents there are."""

    server: KilledServer
    url: str
    residents: int

    def administer(self, statements: str) -> None:
        """Run statements as the owner of everything."""
        with psycopg.connect(self._administrator(), autocommit=True) as connection:
            for statement in statements.split(";\n\n"):
                connection.execute(statement)

    def _administrator(self) -> str:
        return make_url(self.server.url).set(drivername="postgresql", database="town").render_as_string()

    def pgbench(self, script: str, *, clients: int, seconds: float) -> float:
        """How many of a script's transactions a second (`pgbench -M prepared`)."""
        file = self.server.directory / "script.sql"
        file.write_text(script)
        folder = self.server.directory / "postgresql"
        finished = subprocess.run(
            [
                self.server.binaries / "pgbench",
                *("-n", "-M", "prepared", "-c", str(clients), "-j", "2", "-T", str(max(1, round(seconds)))),
                *("-h", folder, "-U", "postgres", "-f", file, "town"),
            ],
            capture_output=True,
            text=True,
            check=True,
        )
        found = re.search(r"tps = ([0-9.]+)", finished.stdout)
        assert found, finished.stdout
        return float(found[1])


@contextmanager
def bench_server(residents: int) -> Iterator[Bench]:
    """The server with a town of so many residents; rows by index cost what `deploy/postgresql` says."""
    with killed_server("max_wal_size=4GB", "random_page_cost=1.1") as server:
        url = make_migrated(make_url(server.url), "town").render_as_string(hide_password=False)
        bench = Bench(server=server, url=url, residents=residents)
        for name in ("town.sql", "bare.sql"):
            text = (SQL / name).read_text().replace(":residents", str(residents)).replace(":shops", str(SHOPS))
            with psycopg.connect(bench._administrator(), autocommit=True) as connection:
                connection.execute(text)
        with psycopg.connect(bench._administrator(), autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")
            connection.execute("CHECKPOINT")
        yield bench
