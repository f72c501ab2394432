"""`tallystick nightly`: what it says of what is due, of a plan, of another runner and of broken books; its status."""

import json
import stat
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Engine, update

from ledger import clock
from ledger.book.models import Balance
from ledger.nights.operations import take_on
from ledger.nights.queries import nights
from ledger.nights.runners import this_process
from ledger.occasion import Occasion
from ledger.store import reading, unit_of_work
from tests.commands.test_commands import call
from tests.council_tax.town import MARCH, NOON, resident_with
from tests.service import environment


@pytest.fixture
def env(database_url: str, tmp_path: Path) -> dict[str, str]:
    """The environment of a command beside a migrated database."""
    return environment(database_url=database_url, data=tmp_path)


def figures(path: Path) -> dict[str, float]:
    """What stands in a file of metrics."""
    families = text_string_to_metric_families(path.read_text())
    return {
        sample.name.removeprefix("tallystick_night_") + "".join(sample.labels.values()): sample.value
        for family in families
        for sample in family.samples
    }


def test_the_night_that_is_due_is_yesterdays_and_then_nothing_is(env: dict[str, str], tmp_path: Path) -> None:
    yesterday = Occasion(now=clock.now(), actor="test", token_bytes=bytes).today - timedelta(days=1)

    first, again = (call("nightly", "--json", env=env) for _run in range(2))

    assert (first.exit_code, again.exit_code) == (0, 0)
    (night,) = json.loads(first.stdout)["nights"]
    assert (night["business_date"], night["night"]) == (yesterday.isoformat(), "done")
    assert json.loads(again.stdout) == {"outcome": "nothing_due", "nights": [], "findings": []}
    assert call("nightly", env=env).stdout == "Nothing is due.\n"
    assert json.loads((tmp_path / "books-checked.json").read_text())["findings"] == 0


def test_a_plan_is_told_and_nothing_is_written(engine: Engine, env: dict[str, str], tmp_path: Path) -> None:
    ended = call("nightly", "--dry-run", env=env)

    assert ended.exit_code == 0
    assert "would end 0 holds, expire 0.00 credits on 0 purses" in ended.stdout
    (plan,) = json.loads(call("nightly", "--dry-run", "--json", env=env).stdout)["nights"]
    assert (plan["lines"], plan["built"]) == (0, False)
    with reading(engine) as session:
        assert nights(session) == []
    assert not (tmp_path / "council-tax").exists()


def test_who_comes_second_says_so_and_ends_well(engine: Engine, env: dict[str, str]) -> None:
    now = Occasion(now=clock.now(), actor="test", token_bytes=NOON.token_bytes)
    day = now.today - timedelta(days=1)
    with unit_of_work(engine) as session:
        take_on(session, business_date=day, runner=this_process(), occasion=now)

    ended = call("nightly", env=env)

    assert (ended.exit_code, ended.stdout) == (0, f"The night of {day} is already running.\n")
    assert json.loads(call("nightly", "--json", env=env).stdout)["outcome"] == "already_running"


def test_books_that_are_not_whole_end_with_status_three(
    engine: Engine, owner_engine: Engine, env: dict[str, str], tmp_path: Path
) -> None:
    resident_with(engine, (MARCH, 1000))
    with unit_of_work(owner_engine) as session:
        session.execute(update(Balance).values(credited=Balance.credited + 1))
    path = tmp_path / "night.prom"

    ended = call("nightly", "--json", "--metrics", str(path), env=env)

    assert ended.exit_code == 3
    facts = json.loads(ended.stdout)
    assert (facts["outcome"], facts["nights"]) == ("not_whole", [])
    assert "I-04" in {finding["id"] for finding in facts["findings"]}
    assert "I-04" in ended.stderr
    assert (figures(path)["due"], figures(path)["outcomenot_whole"]) == (1, 1)
    assert figures(path)["findings"] == len(facts["findings"])


def test_a_step_that_fails_ends_with_status_one(env: dict[str, str], tmp_path: Path) -> None:
    assert call("nightly", "--business-date", "2026-01-05", env=env).exit_code == 0
    (file,) = (tmp_path / "council-tax").glob("*.csv")
    file.write_bytes(b"H,CTX,1\r\n")

    ended = call("nightly", "--business-date", "2026-01-05", env=env)

    assert ended.exit_code == 1
    assert file.name in ended.stderr


def test_the_figures_of_a_night_are_left_where_the_settings_say(env: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "figures" / "tallystick.prom"

    assert call("nightly", env={**env, "TALLYSTICK_NIGHT_METRICS": str(path)}).exit_code == 0

    read = figures(path)
    assert (read["nights"], read["due"], read["findings"], read["outcomedone"]) == (1, 0, 0, 1)
    assert stat.S_IMODE(path.stat().st_mode) == 0o644, "the node exporter is another user"
    assert {"step_secondsbuilding", "step_secondschecking", "last_good_timestamp_seconds"} <= read.keys()


def test_the_help_says_what_each_status_means() -> None:
    said = call("nightly", "--help").output
    for status in ("0 ", "1 ", "2 ", "3 ", "75 "):
        assert f"\n    {status}" in said
