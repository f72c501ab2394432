"""The doctor: a deployment that is well is said to be, and each thing that is wrong is named with what to do."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.engine import Connection

from ledger.clock import london_date
from ledger.doctor import Diagnosis, diagnose
from ledger.migrations.standing import constraints_missing, postgresql_constraints, postgresql_triggers
from ledger.notices.operations import enqueue
from ledger.occasion import Occasion
from ledger.settings import Delivery, Settings
from ledger.store import make_engine, reading, unit_of_work
from tests.book.town import open_rollup, open_strict, pay
from tests.commands.test_commands import call
from tests.scheme.decided import decide_setting
from tests.service import environment, settings_for

pytestmark = pytest.mark.slow

ANOTHER_KEY = "YW5vdGhlci1rZXktYW5vdGhlci1rZXktYW5vdGhlci0="
LOOKED_AT = ["settings", "data folder", "database", "revision", "triggers", "constraints", "grants", "keys", "clock"]
LOOKED_AT += ["rules"]


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Those of a deployment that is well."""
    return settings_for(database_url=database_url, data=tmp_path)


def wrong(settings: Settings, now: datetime | None = None) -> dict[str, Diagnosis]:
    """What the doctor finds wrong, by name."""
    return {one.name: one for one in diagnose(settings, lambda: now or datetime.now(UTC)) if not one.well}


def test_a_deployment_that_is_well_is_ok_line_by_line(database_url: str, tmp_path: Path) -> None:
    env = environment(database_url=database_url, data=tmp_path)
    ended = call("doctor", env=env)
    assert ended.exit_code == 0, ended.output
    assert [line.rsplit(maxsplit=1) for line in ended.stdout.splitlines()] == [[name, "ok"] for name in LOOKED_AT]
    facts = json.loads(call("doctor", "--json", env=env).stdout)
    assert facts["well"]
    assert [check["name"] for check in facts["checks"]] == LOOKED_AT


def test_a_trigger_that_is_gone_is_named(settings: Settings, owner_engine: Engine) -> None:
    on = " ON transfers" if owner_engine.dialect.name == "postgresql" else ""
    with owner_engine.begin() as connection:
        connection.execute(text(f"DROP TRIGGER transfers_no_update{on}"))
    found = wrong(settings)
    assert found["triggers"].problems == ("the trigger transfers_no_update is missing",)
    assert found["triggers"].remedy


def test_a_trigger_that_is_weaker_is_named(sqlite_url: str, tmp_path: Path) -> None:
    engine = make_engine(sqlite_url)
    with engine.begin() as connection:
        connection.execute(text("DROP TRIGGER transfers_no_delete"))
        connection.execute(text("CREATE TRIGGER transfers_no_delete BEFORE DELETE ON transfers BEGIN SELECT 1; END"))
    engine.dispose()
    found = wrong(settings_for(database_url=sqlite_url, data=tmp_path))
    assert found["triggers"].problems == ("the trigger transfers_no_delete is not as this release makes it",)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_what_is_off_or_granted_too_much_on_postgresql_is_named(settings: Settings, owner_engine: Engine) -> None:
    with owner_engine.begin() as connection:
        connection.execute(text("ALTER TABLE entries DISABLE TRIGGER entries_no_delete"))
        connection.execute(text("ALTER TABLE balances DROP CONSTRAINT ck_balances_floor"))
        connection.execute(text("GRANT DELETE ON entries TO tallystick_service"))
        connection.execute(text("GRANT UPDATE (amount) ON transfers TO tallystick_service"))
        connection.execute(text("REVOKE INSERT ON holds FROM tallystick_service"))
    found = wrong(settings)
    assert found["triggers"].problems == ("the trigger entries_no_delete is not enabled always",)
    assert found["constraints"].problems == ("the constraint or index ck_balances_floor is missing",)
    assert set(found["grants"].problems) == {
        "the role tallystick_service may DELETE entries",
        "the role tallystick_service may UPDATE transfers",
        "the role tallystick_service may not INSERT holds",
    }


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_guards_whose_function_was_replaced_are_named(settings: Settings, owner_engine: Engine) -> None:
    silent = "CREATE OR REPLACE FUNCTION {}() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'"
    with owner_engine.begin() as connection:
        for function in ("refuse_change", "refuse_closed_month"):
            connection.execute(text(silent.format(function)))
    found = wrong(settings)["triggers"].problems
    assert "the trigger transfers_no_update refuses nothing" in found
    assert len(found) == len(postgresql_triggers()) - 1


def test_a_constraint_and_an_index_that_are_gone_are_named_on_sqlite(sqlite_url: str) -> None:
    engine = make_engine(sqlite_url)
    with engine.begin() as connection:
        connection.execute(text("DROP INDEX uq_accounts_owner"))
        connection.execute(text("PRAGMA writable_schema = ON"))
        statement = connection.execute(text("SELECT sql FROM sqlite_master WHERE name = 'balances'")).scalar_one()
        weaker = re.sub(r"CONSTRAINT ck_balances_floor CHECK \([^)]*\),\s*", "", statement)
        changed = text("UPDATE sqlite_master SET sql = :weaker WHERE name = 'balances'")
        connection.execute(changed, {"weaker": weaker})
    with reading(engine) as session:
        found = constraints_missing(session.connection())
    engine.dispose()
    assert found == [
        "the constraint ck_balances_floor of balances is missing",
        "the index uq_accounts_owner is missing",
    ]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_the_releases_list_is_all_that_its_migrations_make_on_postgresql(engine: Engine) -> None:
    with engine.connect() as connection:
        assert names(connection, "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal") == postgresql_triggers()
        schema = "connamespace = 'public'::regnamespace"
        made = names(connection, f"SELECT conname FROM pg_constraint WHERE {schema}")
        made |= names(connection, "SELECT indexname FROM pg_indexes WHERE schemaname = 'public'")
        assert made - {"alembic_version_pkc"} == postgresql_constraints()


def names(connection: Connection, query: str) -> set[str]:
    """The first column of a query."""
    return set(connection.execute(text(query)).scalars())


def test_a_key_that_opens_nothing_here_is_named(settings: Settings, engine: Engine, occasion: Occasion) -> None:
    with unit_of_work(engine) as session:
        words = {"topic": "test", "to": None, "subject": "Test", "text": "Test"}
        enqueue(session, **words, field_keys=settings.field_keys, occasion=occasion)
    assert "keys" not in wrong(settings)
    found = wrong(replace(settings, field_keys=(ANOTHER_KEY,)))
    assert found["keys"].problems == ("none of TALLYSTICK_FIELD_KEYS opens a waiting notice",)
    assert "keys" not in wrong(replace(settings, field_keys=(ANOTHER_KEY, *settings.field_keys)))


def test_keys_that_are_no_keys_and_settings_that_are_missing_are_named(sqlite_url: str, tmp_path: Path) -> None:
    env = environment(database_url=sqlite_url, data=tmp_path, TALLYSTICK_FIELD_KEYS="no key", TALLYSTICK_CODE_KEY="0f")
    del env["TALLYSTICK_SCHEME_NAME"]
    ended = call("doctor", env=env)
    assert ended.exit_code == 1
    settings_line, keys_line = ended.stdout.splitlines()
    assert "TALLYSTICK_SCHEME_NAME is missing." in settings_line
    assert "TALLYSTICK_FIELD_KEYS" in keys_line
    assert "TALLYSTICK_CODE_KEY" in keys_line


def test_a_folder_that_others_may_look_into_is_named(settings: Settings) -> None:
    settings.data.chmod(0o755)
    assert wrong(settings)["data folder"].remedy == f"chmod 700 {settings.data}"
    assert "is not there" in wrong(replace(settings, data=settings.data / "gone"))["data folder"].problems[0]


def test_the_folders_of_the_register_and_of_delivered_files_are_looked_at_where_they_stand_elsewhere(
    settings: Settings, tmp_path: Path
) -> None:
    register, files = tmp_path / "register", tmp_path / "files"
    elsewhere = replace(settings, file_register=register / "council-tax.register", delivery=Delivery(target=str(files)))
    found = wrong(elsewhere)
    assert found["register folder"].problems == (f"{register} is not there",)
    assert found["delivery folder"].remedy == f"mkdir -m 700 {files}"
    register.mkdir()
    files.write_bytes(b"")
    assert set(wrong(elsewhere)) == {"delivery folder"}
    assert wrong(replace(settings, delivery=Delivery(target="sftp://name@host:22/folder"))) == {}


def test_clocks_that_differ_and_a_posting_of_tomorrow_are_named(settings: Settings, engine: Engine) -> None:
    now = datetime.now(UTC)
    with unit_of_work(engine) as session:
        connection = session.connection()
        pay(connection, open_rollup(connection), open_strict(connection), 100, at=now + timedelta(days=1))
    (tomorrow,) = wrong(settings)["clock"].problems
    assert "has not come yet" in tomorrow
    (apart,) = wrong(settings, now + timedelta(days=2))["clock"].problems
    assert apart.startswith("the database's clock is -172")


def test_an_old_database_and_one_that_is_not_there_are_named(tmp_path: Path) -> None:
    new = settings_for(database_url=f"sqlite:///{tmp_path}/new.sqlite", data=tmp_path)
    assert wrong(new)["revision"].remedy == "Run `tallystick db upgrade`."
    away = settings_for(database_url="postgresql+psycopg://nobody@127.0.0.1:1/nothing", data=tmp_path)
    assert wrong(away)["database"].problems[0].startswith("it cannot be read: connection")
    (tmp_path / "words.sqlite").write_text("These are words, and no database at all. " * 100)
    words = settings_for(database_url=f"sqlite:///{tmp_path}/words.sqlite", data=tmp_path)
    assert wrong(words)["database"].problems == ("it cannot be read: file is not a database",)


def test_a_rule_that_two_officers_decided_otherwise_is_named_and_nothing_is_wrong(
    settings: Settings, database_url: str, tmp_path: Path, owner_engine: Engine
) -> None:
    yesterday = london_date(datetime.now(UTC)) - timedelta(days=1)
    before = datetime.now(UTC) - timedelta(days=3)
    with unit_of_work(owner_engine) as session:
        decide_setting(session, "redemption_limit", "15.00", starts_on=yesterday, now=before)
        decide_setting(session, "fresh_minutes", "15", starts_on=yesterday, now=before)
    ended = call("doctor", env=environment(database_url=database_url, data=tmp_path))
    (rules,) = (one for one in diagnose(settings, lambda: datetime.now(UTC)) if one.name == "rules")
    assert rules.well
    said = f"it was decided by two officers (OMD-2026-200), from {yesterday}."
    assert f"TALLYSTICK_REDEMPTION_LIMIT is 20.00 here, and 15.00 holds: {said}" in ended.stdout
    assert "TALLYSTICK_FRESH_MINUTES" not in ended.stdout, "both say the same"
