"""Append-only tables, refused by the database itself: UPDATE, DELETE, upsert, TRUNCATE, INSERT OR REPLACE."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, Index, Table, create_engine, delete, insert, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import RowMapping
from sqlalchemy.exc import DBAPIError

from ledger.schema import metadata
from ledger.store import make_engine, unique_keys
from tests.book.rows import append_only_tables, contents, write_some
from tests.book.town import new_id

pytestmark = pytest.mark.slow

TABLES = append_only_tables()


@pytest.fixture
def written(engine: Engine) -> Engine:
    """A database with something in every append-only table."""
    write_some(engine)
    return engine


def _refused(engine: Engine, statement: Any, *, because: str) -> None:
    with pytest.raises(DBAPIError) as refusal, engine.begin() as connection:
        connection.execute(statement)
    said = f"{refusal.value.orig} {getattr(refusal.value.orig, 'sqlstate', '')}"
    assert because in said, said


def _condition(table: Table, key: str, dialect: str) -> Any:
    index = next((index for index in table.indexes if index.name == key), None)
    return index.dialect_options[dialect]["where"] if isinstance(index, Index) else None


def _row_under(engine: Engine, table: Table, key: str, columns: tuple[str, ...]) -> RowMapping:
    query = select(table).where(*(table.c[column].is_not(None) for column in columns))
    condition = _condition(table, key, engine.dialect.name)
    with engine.connect() as connection:
        return connection.execute(query if condition is None else query.where(condition)).mappings().first()


def _changed_outside(table: Table, row: RowMapping, columns: tuple[str, ...]) -> dict[str, Any]:
    """The same key, and other values in every other unique key."""
    others = {column for _, key in unique_keys(table) for column in key} - set(columns)
    return {name: _another(value) if name in others else value for name, value in row.items()}


def _another(value: Any) -> Any:
    if isinstance(value, UUID):
        return new_id()
    if isinstance(value, bytes):
        return value + b"!"
    return value + 1000 if isinstance(value, int) else value


CASES = [(table, key, columns) for table in TABLES for key, columns in unique_keys(table)]
"""Every unique key of every table. What is refused changes nothing, so that one database does for all of them."""


def test_every_append_only_table_has_a_row_to_defend(written: Engine) -> None:
    assert [table.name for table in TABLES if not contents(written, table)] == []


def test_rows_are_never_updated_nor_deleted_by_the_owner_of_the_tables(written: Engine, owner_engine: Engine) -> None:
    with _nothing_changes(written):
        for table in TABLES:
            column = next(iter(table.columns))
            _refused(owner_engine, update(table).values({column: column}), because="append-only: UPDATE")
            _refused(owner_engine, delete(table), because="append-only: DELETE")


def test_no_upsert_changes_a_row_through_any_unique_key(written: Engine, owner_engine: Engine) -> None:
    dialect: Any = sqlite if written.dialect.name == "sqlite" else postgresql
    with _nothing_changes(written):
        for table, key, columns in CASES:
            row = _changed_outside(table, _row_under(written, table, key, columns), columns)
            condition = _condition(table, key, written.dialect.name)
            upsert = dialect.insert(table).values(row)
            upsert = upsert.on_conflict_do_update(index_elements=columns, index_where=condition, set_=row)
            _refused(owner_engine, upsert, because="append-only")


@contextmanager
def _nothing_changes(engine: Engine) -> Iterator[None]:
    before = {table.name: contents(engine, table) for table in TABLES}
    yield
    assert [table.name for table in TABLES if contents(engine, table) != before[table.name]] == []


def test_insert_or_replace_changes_no_row_through_any_unique_key(sqlite_written: Engine) -> None:
    with _nothing_changes(sqlite_written):
        for table, key, columns in CASES:
            row = _changed_outside(table, _row_under(sqlite_written, table, key, columns), columns)
            _refused(sqlite_written, insert(table).prefix_with("OR REPLACE").values(row), because="append-only")


@pytest.fixture
def sqlite_written(sqlite_url: str) -> Iterator[Engine]:
    """A SQLite database with something in every append-only table, opened without our own pragmas."""
    from_us = make_engine(sqlite_url)
    write_some(from_us)
    from_us.dispose()
    plain = create_engine(sqlite_url)
    yield plain
    plain.dispose()


def test_nor_through_the_hidden_rowid(sqlite_written: Engine) -> None:
    with _nothing_changes(sqlite_written):
        for table in TABLES:
            columns = ", ".join(column.name for column in table.columns)
            select_all = f"SELECT rowid, {columns} FROM {table.name}"
            replace = f"INSERT OR REPLACE INTO {table.name} (rowid, {columns}) {select_all}"
            _refused(sqlite_written, text(replace), because="append-only")


def test_truncate_is_refused_to_the_service_by_privilege_and_to_the_owner_by_trigger(
    postgres_written: Engine, postgres_owner: Engine
) -> None:
    with _nothing_changes(postgres_written):
        for table in TABLES:
            _refused(postgres_written, text(f"TRUNCATE {table.name} CASCADE"), because="42501")
            _refused(postgres_owner, text(f"TRUNCATE {table.name} CASCADE"), because="append-only: TRUNCATE")


@pytest.fixture
def postgres_written(postgres_url: str) -> Iterator[Engine]:
    """A PostgreSQL database with something in every append-only table, as the service role."""
    made = make_engine(postgres_url)
    write_some(made)
    yield made
    made.dispose()


@pytest.fixture
def postgres_owner(postgres_owner_url: str) -> Iterator[Engine]:
    """The same database as the owner of its tables."""
    made = make_engine(postgres_owner_url)
    yield made
    made.dispose()


def test_the_service_role_may_update_no_append_only_table_and_delete_from_none(postgres_written: Engine) -> None:
    for table in metadata().sorted_tables:
        column = next(iter(table.columns))
        _refused(postgres_written, delete(table), because="42501")
        if table.info["written"] == "append-only":
            _refused(postgres_written, update(table).values({column: column}), because="42501")


def test_guards_hold_even_where_triggers_are_switched_to_replica(postgres_written: Engine) -> None:
    with postgres_written.connect() as connection:
        enabled = connection.execute(
            text(
                "SELECT tgrelid::regclass::text, tgname FROM pg_trigger"
                " WHERE NOT tgisinternal AND tgenabled <> 'A' ORDER BY 1"
            )
        ).all()

    assert enabled == []
