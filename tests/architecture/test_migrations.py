"""Migrations: consecutive numbers, one head, and a schema that is the models' own on both databases."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, Engine, create_engine, inspect

from ledger.migrations.standing import ONLY_ON_POSTGRESQL
from ledger.migrations.upgrade import configuration, head, revision_of, upgrade
from ledger.schema import metadata

MADE_BY_THE_MIGRATION_ALONE = {("column", "xid"), *(("index", name) for name in ONLY_ON_POSTGRESQL)}
"""What no model names, since PostgreSQL alone has it."""


def is_of_the_models(_object: object, name: str | None, kind: str, _reflected: bool, _compare_to: object) -> bool:
    """Whether the comparison looks at a thing; its table is not told, so its name must be nowhere else."""
    return (kind, name) not in MADE_BY_THE_MIGRATION_ALONE


def test_migrations_are_numbered_consecutively_and_have_one_head() -> None:
    scripts = ScriptDirectory.from_config(configuration())
    in_order = [script.revision for script in reversed(list(scripts.walk_revisions()))]
    assert scripts.get_heads() == [head()]
    assert in_order == [f"{number:04}" for number in range(1, len(in_order) + 1)]


def test_a_migrated_database_is_at_the_head(engine: Engine) -> None:
    with engine.connect() as connection:
        assert revision_of(connection) == head()


def test_migrating_again_changes_nothing(sqlite_url: str, postgres_owner_url: str) -> None:
    assert upgrade(sqlite_url) == head()
    assert upgrade(postgres_owner_url, owner_role="tallystick_owner") == head()


@pytest.mark.filterwarnings("ignore:Did not recognize type 'xid8'")  # SQLAlchemy has no such type; see above
def test_the_migrated_schema_is_that_of_the_models(engine: Engine) -> None:
    options = {"compare_type": True, "include_object": is_of_the_models}
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection, opts=options), metadata()) == []


def test_every_check_of_the_models_is_in_the_migrated_schema(engine: Engine) -> None:
    """The comparison above does not look at CHECKs."""
    inspector = inspect(engine)
    for table in metadata().sorted_tables:
        modelled = {str(one.name) for one in table.constraints if isinstance(one, CheckConstraint)}
        assert {one["name"] for one in inspector.get_check_constraints(table.name)} == modelled


def test_every_table_says_how_it_is_written() -> None:
    ways = {table.name: table.info.get("written") for table in metadata().sorted_tables}
    assert {name: way for name, way in ways.items() if way not in ("append-only", "updated")} == {}


def test_the_service_may_do_to_each_table_what_it_is_written_for(postgres_owner_url: str) -> None:
    engine = create_engine(postgres_owner_url)
    question = "SELECT has_table_privilege('tallystick_service', %s, %s)"
    with engine.connect() as connection:
        for table in metadata().sorted_tables:
            rights = {"SELECT", "INSERT"} | ({"UPDATE"} if table.info["written"] == "updated" else set())
            asked = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")
            answers = {right: connection.exec_driver_sql(question, (table.name, right)).scalar() for right in asked}
            assert {right for right, granted in answers.items() if granted} == rights, table.name
    engine.dispose()
