"""Race sixteen tills in two processes for one code, against the ledger as it stands or an altered copy of it."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import IO

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.engine import make_url

from ledger.store import unit_of_work
from tests.redemption.town import CODE_KEY, NOON, Shop, Town, make_shop, make_till, occasion_at

ROOT = Path(__file__).parents[2]
PROGRAM = Path(__file__).with_name("till_process.py")
TILLS, PROCESSES = 16, 2
AMOUNT = 300
CONSTRAINT = "uq_redemptions_code_id"
RACED = Path("ledger", "redemption", "redemptions.py")

Alteration = tuple[tuple[str, str], ...]

LOOK_THEN_WAIT: Alteration = (
    ("from dataclasses import dataclass\n", "import time\nfrom dataclasses import dataclass\n"),
    ("import constraint_name\n", "import constraint_name, reading\n"),
    (
        "    row = session.execute(query).one_or_none()\n    if row is None:\n        raise CodeInvalid",
        "    with reading(session.get_bind()) as looking:\n"
        "        row = looking.execute(query).one_or_none()\n"
        "    time.sleep(0.02)\n"
        "    if row is None:\n        raise CodeInvalid",
    ),
)
"""The look at the code comes before the unit of work, and a wait after it, so that all tills have looked before any
acts. Outside the unit of work it must be: on SQLite that begins with the write lock (BEGIN IMMEDIATE), which lets one
till at a time look and act, so that a check-then-act inside it does no harm there. On PostgreSQL it would."""

WITHOUT_COMPARE_AND_SET: Alteration = (
    (
        "update(Code).where(Code.id == code_id, Code.state == CodeState.ISSUED)",
        "update(Code).where(Code.id == code_id)",
    ),
)
"""The act that follows the look no longer asks whether the code is still issued: check, then act."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """One process of tills: what it is told, what it answers."""

    told: IO[str]
    answers: IO[str]

    def tell(self, line: object) -> None:
        """Send one line of JSON."""
        self.told.write(json.dumps(line) + "\n")
        self.told.flush()

    def answer(self) -> list[str]:
        """The next line it answers."""
        return json.loads(self.answers.readline())


def copy_of_ledger(folder: Path, *alterations: Alteration) -> Path:
    """A copy of the package in `folder`, altered; each alteration must find its text exactly once."""
    shutil.copytree(ROOT / "ledger", folder / "ledger", ignore=shutil.ignore_patterns("__pycache__"))
    source = (folder / RACED).read_text(encoding="utf-8")
    for before, after in (pair for alteration in alterations for pair in alteration):
        assert source.count(before) == 1, f"{RACED} has changed: alter it anew where it had {before!r}"
        source = source.replace(before, after)
    (folder / RACED).write_text(source, encoding="utf-8")
    return folder


def drop_unique_key(owner_url: str) -> None:
    """Take the unique key on a redemption's code out of the database."""
    engine = create_engine(make_url(owner_url))
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text(f"ALTER TABLE redemptions DROP CONSTRAINT {CONSTRAINT}"))
        else:
            _remake_without_unique_key(connection)
    engine.dispose()


def _remake_without_unique_key(connection: Connection) -> None:
    """SQLite drops no constraint: the table, still empty, is made again without it, with its indexes and triggers."""
    query = "SELECT type, sql FROM sqlite_master WHERE tbl_name = 'redemptions' AND sql IS NOT NULL ORDER BY type DESC"
    made = [tuple(row) for row in connection.execute(text(query))]
    table = next(sql for kind, sql in made if kind == "table")
    key = f"CONSTRAINT {CONSTRAINT} UNIQUE (code_id), "
    assert table.count(key) == 1, "the table has its unique key"
    connection.exec_driver_sql("DROP TABLE redemptions")
    connection.exec_driver_sql(table.replace(key, ""))
    for kind, sql in made:
        if kind != "table":
            connection.exec_driver_sql(sql)


def open_tills(town: Town) -> list[Shop]:
    """Sixteen tills, two in each of eight shops."""
    tills: list[Shop] = []
    with unit_of_work(town.engine) as session:
        for number in range(TILLS // 2):
            first = make_shop(session, f"Shop {number}")
            second = replace(first, till_id=occasion_at(NOON).new_id())
            session.add(make_till(second, operator_id=second.operator_id))
            tills += [first, second]
    return tills


@contextmanager
def processes(root: Path, url: str, tills: list[Shop]) -> Iterator[list[Process]]:
    """Processes that run the ledger of `root`, the tills shared out among them, each connected and waiting."""
    with ExitStack() as stack:
        shares = [tills[number::PROCESSES] for number in range(PROCESSES)]
        started = [stack.enter_context(_started(root)) for _share in shares]
        for process, share in zip(started, shares, strict=True):
            named = [{name: str(value) for name, value in asdict(till).items()} for till in share]
            process.tell({"url": url, "tills": named})
        for process in started:
            assert process.answer() == str(root / "ledger" / "__init__.py"), "the process runs the ledger it was given"
        yield started


@contextmanager
def _started(root: Path) -> Iterator[Process]:
    environment = {**os.environ, "PYTHONPATH": str(root)}
    command = [sys.executable, "-P", str(PROGRAM)]
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    ) as child:
        assert child.stdin is not None, "it was asked for"
        assert child.stdout is not None, "it was asked for"
        yield Process(told=child.stdin, answers=child.stdout)


def race(started: list[Process], presented: str) -> list[str]:
    """All tills try one code at the same instant of the machine's clock; their sixteen answers."""
    told = {
        "presented": presented,
        "amount": AMOUNT,
        "now": NOON.isoformat(),
        "code_key": CODE_KEY.hex(),
        "starts_at": time.monotonic() + 0.02,
    }
    for process in started:
        process.tell(told)
    return [answer for process in started for answer in process.answer()]
