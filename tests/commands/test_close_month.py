"""`tallystick close-month`: what it says of a month that it closed, and of one that it cannot."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from ledger.store import make_engine, unit_of_work
from tests.book.town import open_rollup, open_strict, pay
from tests.commands.test_commands import call
from tests.service import environment


@pytest.fixture
def env(database_url: str, tmp_path: Path) -> dict[str, str]:
    """The environment of a command beside books in which 12.50 were awarded in October."""
    engine = make_engine(database_url)
    with unit_of_work(engine) as session:
        connection = session.connection()
        in_october = datetime(2026, 10, 5, 12, 0, tzinfo=UTC)
        pay(connection, open_rollup(connection), open_strict(connection), 1250, at=in_october)
    engine.dispose()
    return environment(database_url=database_url, data=tmp_path)


def test_a_closed_month_is_told_with_what_it_came_to(env: dict[str, str]) -> None:
    ended = call("close-month", "2026-10", env=env)

    assert ended.exit_code == 0, ended.output
    first, *lines = ended.stdout.splitlines()
    assert first == "October 2026 is closed. All accounts by its last day:"
    assert [line.split() for line in lines] == [
        ["CR", "issuance", "12.50", "0.00", "\N{MINUS SIGN}12.50"],
        ["CR", "purse", "0.00", "12.50", "12.50"],
    ]


def test_a_month_is_closed_once_and_not_before_it_ended(env: dict[str, str]) -> None:
    call("close-month", "2026-10", env=env)

    again, later, none = (call("close-month", month, env=env) for month in ("2026-10", "2099-01", "October"))

    assert (again.exit_code, later.exit_code, none.exit_code) == (1, 1, 2)
    assert again.output == "October 2026 is closed\n"
    assert later.output == "January 2099 has not ended\n"
