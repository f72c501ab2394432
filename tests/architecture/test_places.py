"""Things that happen in one place: writing transfers, reading the clock, the environment and the randomness."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.architecture.source import FACES, Source, dotted, imported, parsed, sources

POSTING = Path("ledger/book/posting.py")
HOLDS = Path("ledger/book/holds.py")
BALANCES = Path("ledger/book/balances.py")
DRAWING = Path("ledger/book/drawing.py")
ROLLUPS = Path("ledger/book/rollups.py")
SETTINGS = Path("ledger/settings.py")
CLOCK = Path("ledger/clock.py")
DOWNLOADS = Path("shared_web/downloads.py")
WSGI = Path("wsgi.py")
READS_THE_CLOCK = {
    "datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "date.today",
    "datetime.datetime.now",
    "datetime.datetime.utcnow",
    "datetime.date.today",
    "time.time",
    "time.time_ns",
    "clock.now",
    "ledger.clock.now",
}
DRAWS_RANDOMNESS = ("secrets.", "os.urandom", "uuid.uuid", "uuid4")


def calls(source: Source, *names: str) -> Iterator[ast.Call]:
    """Each call of one of these functions, by the last part of its name."""
    for node in source.nodes:
        if isinstance(node, ast.Call) and dotted(node.func).rpartition(".")[2] in names:
            yield node


def writes(source: Source, verbs: tuple[str, ...], models: set[str]) -> list[str]:
    """Where a file calls a verb on one of these models: insert(Transfer), models.Balance.__table__.update(), …"""
    return [
        f"{source.at(call)} {dotted(call.func)}"
        for call in calls(source, *verbs)
        if models & {part for named in (call.func, *call.args[:1]) for part in dotted(named).split(".")}
    ]


def makes(source: Source, models: set[str]) -> list[str]:
    """Where a file makes a row object of one of these models, which a session would insert."""
    return [f"{source.at(call)} {dotted(call.func)}" for call in calls(source, *models)]


def uses(source: Source, *names: str) -> list[str]:
    """Where a file names one of these things, or anything of a name that ends in a dot."""
    return [
        f"{source.at(node)} {used}"
        for node, used in _used(source)
        if any(used.startswith(name) if name.endswith(".") else used == name for name in names)
    ]


@cache
def _used(source: Source) -> list[tuple[ast.AST, str]]:
    return [(node, dotted(node)) for node in source.nodes if isinstance(node, ast.Attribute | ast.Name)]


def transfers_written(source: Source) -> list[str]:
    """Where a file inserts a transfer or an entry."""
    return writes(source, ("insert",), {"Transfer", "Entry"}) + makes(source, {"Transfer", "Entry"})


def balances_changed(source: Source) -> list[str]:
    """Where a file changes a balance or a rollup's subtotal."""
    models = {"Balance", "Rollup"}
    return writes(source, ("update", "insert", "delete"), models) + makes(source, models)


def outside(*allowed: Path) -> Iterator[Source]:
    """Each file that is served, but these."""
    return (source for source in sources() if source.path not in allowed)


def test_only_posting_writes_transfers() -> None:
    """And, on PostgreSQL, the one statement that posts a drawing."""
    assert [place for source in outside(POSTING, DRAWING) for place in transfers_written(source)] == []


def test_only_posting_and_holds_change_a_balance() -> None:
    """The statement itself stands in balances.py, which only these two call; subtotals are taken in rollups.py."""
    assert [
        place for source in outside(POSTING, DRAWING, HOLDS, BALANCES, ROLLUPS) for place in balances_changed(source)
    ] == []
    assert [place for source in outside(POSTING, HOLDS) for place in uses(source, "write_balances")] == []


def test_no_other_sql_text_writes_the_books() -> None:
    """A statement in text would pass the tests above by."""
    texts = (
        (source, node)
        for source in sources()
        if "migrations" not in source.path.parts
        for node in source.nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )
    verbs = ("INSERT INTO TRANSFERS", "INSERT INTO ENTRIES", "UPDATE BALANCES", "UPDATE ROLLUPS")
    found = [source.at(node) for source, node in texts if any(verb in node.value.upper() for verb in verbs)]
    assert found == []


def test_the_environment_is_read_in_the_settings_and_wsgi_only() -> None:
    """A command is an entry point as wsgi is: it may pass os.environ to Settings.from_environ, and only that."""
    places = []
    for source in outside(SETTINGS, WSGI):
        found = uses(source, "os.environ", "os.getenv", "environ")
        handed_over = sum(
            dotted(argument) == "os.environ" for call in calls(source, "from_environ") for argument in call.args
        )
        if source.path.parts[0] != "commands" or len(found) != handed_over:
            places += found
    assert places == []


def test_faces_import_neither_models_nor_sqlalchemy() -> None:
    found = [
        f"{source.at(node)} {name}"
        for source in sources(*FACES)
        for node, name in imported(source)
        if name.startswith(("sqlalchemy", "ledger.tables")) or "models" in name.split(".")
    ]
    assert found == []


def is_entry_point(source: Source) -> bool:
    """Whether a file is where requests and commands come in: those read the clock and draw randomness."""
    return source.path.parts[0] in {"commands", *FACES, "shared_web", "app.py", "wsgi.py"}


def test_the_clock_is_read_by_entry_points_only() -> None:
    """And they read it through ledger/clock.py."""
    ledger_and_demo = (source for source in outside(CLOCK) if not is_entry_point(source))
    assert [place for source in ledger_and_demo for place in uses(source, *READS_THE_CLOCK)] == []
    direct = READS_THE_CLOCK - {"clock.now", "ledger.clock.now"}
    assert [place for source in outside(CLOCK) for place in uses(source, *direct)] == []


def test_randomness_is_drawn_by_entry_points_only() -> None:
    ledger_and_demo = (source for source in sources() if not is_entry_point(source))
    assert [place for source in ledger_and_demo for place in uses(source, *DRAWS_RANDOMNESS)] == []


def test_a_second_writer_of_the_books_would_be_found() -> None:
    text = (
        "session.execute(insert(Transfer), rows)\n"
        "session.execute(models.Balance.__table__.update())\n"
        "session.execute(update(models.Balance).values(held=0))\n"
        "session.add(Entry(account_id=1))\n"
        "now = datetime.now(UTC)\n"
    )
    source = parsed(Path("made.py"), text)
    assert len(transfers_written(source)) == 2
    assert len(balances_changed(source)) == 2
    assert len(uses(source, *READS_THE_CLOCK)) == 1


def test_only_downloads_names_a_file_that_is_kept() -> None:
    """What must never be in such a header is held there once (EX-04)."""
    named = {
        source.path
        for source in sources(*FACES, "shared_web", "app.py")
        for node in source.nodes
        if isinstance(node, ast.Constant) and "content-disposition" in str(node.value).lower()
    }
    assert named == {DOWNLOADS}
