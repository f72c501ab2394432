"""The `tallystick` command: what it does, what it says, and the status it ends with."""

import json
import stat
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from commands import COMMANDS, main
from ledger.earning.programmes import open_programme
from ledger.identifiers import to_text
from ledger.migrations.upgrade import head
from ledger.occasion import Occasion
from ledger.people.queries import find_person, permissions_of
from ledger.people.rules import Permission, Realm
from ledger.store import Patience, make_engine, reading, unit_of_work
from tests.service import environment

PROJECTS = """No_,Easting,Northing,Postcode,Name,Description,Note_,
1,531514,179810,SE18TU,Chaplin Close  Tenants,Chaplin Close Back Door Veg Patch,Housing association,
2,531185,179665,SE17RH,,A garden without a name,School,
"""


def call(*arguments: str, env: dict[str, str] | None = None) -> Result:
    """What a command prints and how it ends; the environment is this one alone."""
    clean = dict.fromkeys(("DATABASE_URL", "SECRET_KEY", "TALLYSTICK_DATA"), None)
    return CliRunner().invoke(main, arguments, env={**clean, **(env or {})}, catch_exceptions=False)


@pytest.fixture
def env(database_url: str, tmp_path: Path) -> dict[str, str]:
    """The environment of a command beside a migrated database."""
    return environment(database_url=database_url, data=tmp_path)


def test_every_command_explains_itself() -> None:
    overview = call("--help").output
    for name in COMMANDS:
        assert name in overview
        assert call(name, "--help").exit_code == 0


def test_an_unknown_command_is_a_usage_error() -> None:
    assert call("settle").exit_code == 2


def test_missing_settings_are_all_listed() -> None:
    ended = call("check-books")
    assert ended.exit_code == 2
    assert "SECRET_KEY is missing." in ended.output
    assert "DATABASE_URL is missing." in ended.output


def test_whole_books_are_said_to_be_whole(env: dict[str, str], tmp_path: Path) -> None:
    ended = call("check-books", env=env)
    assert (ended.exit_code, ended.stdout) == (0, "The books are whole: no difference.\n")
    facts = json.loads(call("check-books", "--json", env=env).stdout)
    assert facts["whole"]
    assert facts["findings"] == []
    assert json.loads((tmp_path / "books-checked.json").read_text())["findings"] == 0


def test_a_night_is_one_json_object_and_the_same_again(env: dict[str, str], tmp_path: Path) -> None:
    ended = call("nightly", "--business-date", "2026-01-05", "--json", env=env)
    assert ended.exit_code == 0, ended.output
    (facts,) = json.loads(ended.stdout)["nights"]
    assert facts["business_date"] == "2026-01-05"
    assert facts["state"] == "released", "a file with nothing in it leaves by itself"
    assert facts["counts"]["lines"] == 0
    assert set(facts["files"][0]) == {"name", "path", "sha256", "records", "pence"}
    assert Path(facts["files"][0]["path"]).is_relative_to(tmp_path)
    assert json.loads(call("nightly", "--business-date", "2026-01-05", "--json", env=env).stdout)["nights"] == [facts]
    assert facts["files"][0]["sha256"] in call("nightly", "--business-date", "2026-01-05", env=env).stdout


def test_a_night_that_has_not_come_is_a_problem_and_no_day_a_usage_error(env: dict[str, str]) -> None:
    assert call("nightly", "--business-date", "2999-01-01", env=env).exit_code == 1
    assert call("nightly", "--business-date", "yesterday", env=env).exit_code == 2


def test_a_database_at_another_revision_says_what_to_do(tmp_path: Path) -> None:
    env = environment(database_url=f"sqlite:///{tmp_path}/new.sqlite", data=tmp_path)
    ended = call("check-books", env=env)
    assert ended.exit_code == 1
    assert "Run `tallystick db upgrade` first." in ended.output
    assert call("db", "upgrade", env=env).stdout == f"The database stands at {head()}.\n"
    assert call("db", "upgrade", env=env).exit_code == 0
    assert call("check-books", env=env).exit_code == 0


def test_a_database_that_cannot_be_reached_says_try_again(tmp_path: Path) -> None:
    env = environment(database_url="postgresql+psycopg://nobody@127.0.0.1:1/nothing", data=tmp_path)
    assert call("check-books", env=env).exit_code == 75


def test_a_database_that_is_busy_says_try_again(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "commands.environment.FOR_COMMANDS", Patience(lock_seconds=0.1, busy_seconds=0.1, statement_seconds=0)
    )
    env = environment(database_url=sqlite_url, data=tmp_path)
    engine = create_engine(sqlite_url, poolclass=NullPool)
    with engine.connect() as other:
        other.execute(text("BEGIN IMMEDIATE"))
        ended = call("officer", "add", "--name", "Grace", "--email", "grace@example.org", env=env)
    assert (ended.exit_code, ended.stderr) == (75, "The database is busy. Try again.\n")


def test_an_officer_is_added_once_and_their_app_shown(env: dict[str, str]) -> None:
    arguments = ("officer", "add", "--name", "Grace", "--email", "grace@example.org", "--permission", "approve")
    added = call(*arguments, env=env)
    assert added.exit_code == 0
    assert "otpauth://totp/" in added.stdout
    assert "█" in added.stdout
    assert call(*arguments, env=env).exit_code == 1
    assert call(*arguments, "--permission", "everything", env=env).exit_code == 2
    engine = make_engine(env["DATABASE_URL"])
    with reading(engine) as session:
        officer_id = find_person(session, realm=Realm.OFFICE, email="grace@example.org")
        assert officer_id
        assert permissions_of(session, officer_id=officer_id) == {Permission.APPROVE}
    engine.dispose()


def test_keys_are_drawn_once_for_their_owners_eyes(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    ended = call("keys", "new", "--to", str(folder))
    assert ended.exit_code == 0
    named = dict(line.split("=") for line in ended.stdout.splitlines()[1:])
    assert set(named) == {"SECRET_KEY_FILE", "TALLYSTICK_FIELD_KEYS_FILE", "TALLYSTICK_CODE_KEY_FILE"}
    texts = {path: Path(path).read_text() for path in named.values()}
    assert len(set(texts.values())) == 3
    assert {stat.S_IMODE(Path(path).stat().st_mode) for path in texts} == {0o600}
    assert not [text for text in texts.values() if text.strip() in ended.output]
    again = call("keys", "new", "--to", str(folder))
    assert again.exit_code == 1
    assert "never written over" in again.output
    assert {path: Path(path).read_text() for path in texts} == texts


def test_the_keys_that_were_drawn_are_keys(sqlite_url: str, tmp_path: Path) -> None:
    named = dict(
        line.split("=") for line in call("keys", "new", "--to", str(tmp_path / "keys")).stdout.splitlines()[1:]
    )
    env = environment(database_url=sqlite_url, data=tmp_path)
    for name in ("SECRET_KEY", "TALLYSTICK_FIELD_KEYS", "TALLYSTICK_CODE_KEY"):
        del env[name]
    assert call("check-books", env=env).exit_code == 2
    assert call("check-books", env={**env, **named}).exit_code == 0


def test_a_folder_tells_its_own_settings(sqlite_url: str, tmp_path: Path) -> None:
    values = environment(database_url=sqlite_url, data=tmp_path / "elsewhere")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "settings.env").write_text("".join(f"{name}='{value}'\n" for name, value in values.items()))
    assert call("check-books", "--data", str(folder)).exit_code == 0
    assert (folder / "books-checked.json").exists()
    assert call("check-books", env={"TALLYSTICK_DATA": str(folder)}).exit_code == 0


def test_activities_are_imported_row_by_row_and_once(env: dict[str, str], occasion: Occasion, tmp_path: Path) -> None:
    engine = make_engine(env["DATABASE_URL"])
    with unit_of_work(engine) as session:
        programme = open_programme(
            session,
            name="Growing",
            decision_reference="Cabinet 1",
            starts_on=date(2026, 1, 1),
            ends_on=date(2999, 1, 1),
            occasion=occasion,
        )
    engine.dispose()
    file = tmp_path / "projects.csv"
    file.write_text(PROJECTS)
    arguments = ("import", "activities", str(file), "--programme", to_text(programme))
    ended = call(*arguments, "--json", env=env)
    facts = json.loads(ended.stdout)
    assert sum(facts["counts"].values()) == len(facts["rows"]) == 2
    assert [row["added"] for row in facts["rows"]] == [True, False]
    assert (facts["counts"]["refused"], ended.exit_code) == (1, 1)
    again = call(*arguments, env=env)
    assert "2 rows:" in again.stdout
    assert not any(row["added"] for row in json.loads(call(*arguments, "--json", env=env).stdout)["rows"])


def test_a_file_of_something_else_and_an_unknown_programme_are_problems(env: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "projects.csv"
    file.write_text("a,b\n1,2\n")
    nowhere = "0" * 26
    assert call("import", "activities", str(file), "--programme", nowhere, env=env).exit_code == 1
    assert call("import", "activities", str(file), "--programme", "mine", env=env).exit_code == 2
    assert call("import", "activities", "no-such-file", "--programme", nowhere, env=env).exit_code == 2
