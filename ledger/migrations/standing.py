"""What stands in a database beside its columns (triggers, constraints, indexes, grants), against this release."""

import re
from collections.abc import Iterator
from functools import cache

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Table, create_engine, text
from sqlalchemy.engine import Connection

from ledger.migrations.guards import SERVICE_ROLE
from ledger.migrations.upgrade import migrate
from ledger.schema import metadata
from ledger.store import unique_keys

_NAMED = re.compile(r"CONSTRAINT\s+\"?(\w+)")
_KINDS = ("trigger", "table", "index")
_OPENS_BALANCES, _OPEN_MONTH = "accounts_open", "transactions_open_month"


def triggers_missing(connection: Connection) -> list[str]:
    """A sentence for each trigger of the release that is gone, off, or not as its migration made it."""
    return list(_lost_triggers(connection) if _on_postgresql(connection) else _changed(connection, "trigger"))


def constraints_missing(connection: Connection) -> list[str]:
    """A sentence for each named constraint and each index of the release that is gone or not as it was made."""
    if _on_postgresql(connection):
        return list(_lost_constraints(connection))
    return [*_changed(connection, "table"), *_changed(connection, "index")]


def grants_too_wide(connection: Connection) -> list[str]:
    """A sentence for each right that the service role, or this login, lacks or has too many; SQLite has no roles."""
    if not _on_postgresql(connection):
        return []
    login = connection.execute(text("SELECT current_user")).scalar_one()
    known = set(connection.execute(text("SELECT rolname FROM pg_roles")).scalars())
    if SERVICE_ROLE not in known:
        return [f"the role {SERVICE_ROLE} is missing"]
    return [
        sentence
        for role in sorted({SERVICE_ROLE, login})
        for table in metadata().sorted_tables
        for sentence in _rights(connection, role, table)
    ]


def postgresql_triggers() -> set[str]:
    """The release's triggers on PostgreSQL: SQLite's guards by the same names, and what only one of the two has."""
    guards = {name for name in _release()["trigger"] if name.endswith(("_no_update", "_no_delete", "_fixed"))}
    truncates = {name.replace("_no_delete", "_no_truncate") for name in guards if name.endswith("_no_delete")}
    return {*guards, *truncates, _OPENS_BALANCES, _OPEN_MONTH}


ONLY_ON_POSTGRESQL = {"ix_transfers_credit_account_xid", "ix_transfers_debit_account_xid"}
"""Indexes on a column that SQLite does not have."""


def postgresql_constraints() -> set[str]:
    """The release's constraints and indexes on PostgreSQL: those the models name, and those it alone has."""
    return {name for table in metadata().sorted_tables for name in _names(table)} | ONLY_ON_POSTGRESQL


def _names(table: Table) -> Iterator[str]:
    yield from (name for name, _ in unique_keys(table))
    yield from (str(index.name) for index in table.indexes)
    named = (one for one in table.constraints if isinstance(one, CheckConstraint | ForeignKeyConstraint))
    yield from (str(one.name) for one in named)


@cache
def _release() -> dict[str, dict[str, str]]:
    """What this release's migrations make of an empty SQLite database in memory, by kind: each name and statement."""
    engine = create_engine("sqlite://")
    try:
        with engine.begin() as connection:
            migrate(connection)
            return {kind: _sqlite_master(connection, kind) for kind in _KINDS}
    finally:
        engine.dispose()


def _sqlite_master(connection: Connection, kind: str) -> dict[str, str]:
    query = text("SELECT name, sql FROM sqlite_master WHERE type = :kind AND sql IS NOT NULL")
    return {row.name: " ".join(row.sql.split()) for row in connection.execute(query, {"kind": kind})}


def _changed(connection: Connection, kind: str) -> Iterator[str]:
    stands = _sqlite_master(connection, kind)
    for name, statement in sorted(_release()[kind].items()):
        if name not in stands:
            yield f"the {kind} {name} is missing"
        elif _comparable(kind, stands[name]) != _comparable(kind, statement):
            lost = sorted(set(_NAMED.findall(statement)) - set(_NAMED.findall(stands[name])))
            yield from (f"the constraint {one} of {name} is missing" for one in lost)
            if not lost:
                yield f"the {kind} {name} is not as this release makes it"


def _comparable(kind: str, statement: str) -> str | list[str]:
    """A table's constraints stand in any order."""
    return sorted(re.split(r",? (?=CONSTRAINT )|, (?=\w+ [A-Z]+)| \) ", statement)) if kind == "table" else statement


def _lost_triggers(connection: Connection) -> Iterator[str]:
    query = text(
        "SELECT tgname AS name, tgenabled::text AS enabled,"
        " proname LIKE 'refuse_c%' AND prosrc LIKE '%RAISE EXCEPTION%' AS refuses FROM pg_trigger"
        " JOIN pg_class ON pg_class.oid = tgrelid JOIN pg_proc ON pg_proc.oid = tgfoid"
        " WHERE NOT tgisinternal AND relnamespace = 'public'::regnamespace"
    )
    stands = {row.name: row for row in connection.execute(query)}
    for name in sorted(postgresql_triggers()):
        if name not in stands:
            yield f"the trigger {name} is missing"
        elif stands[name].enabled != "A":
            yield f"the trigger {name} is not enabled always"
        elif name != _OPENS_BALANCES and not stands[name].refuses:
            yield f"the trigger {name} refuses nothing"


def _lost_constraints(connection: Connection) -> Iterator[str]:
    query = text(
        "SELECT conname AS name, convalidated AS whole FROM pg_constraint WHERE connamespace = 'public'::regnamespace"
        " UNION ALL SELECT relname, indisvalid FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid"
        " WHERE relnamespace = 'public'::regnamespace"
    )
    stands = {row.name: row.whole for row in connection.execute(query)}
    for name in sorted(postgresql_constraints()):
        if name not in stands:
            yield f"the constraint or index {name} is missing"
        elif not stands[name]:
            yield f"the constraint or index {name} was not validated"


def _rights(connection: Connection, role: str, table: Table) -> Iterator[str]:
    may = {"SELECT", "INSERT"} | ({"UPDATE"} if table.info["written"] == "updated" else set())
    for right in ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE"):
        by_column = " OR has_any_column_privilege(:role, :table, 'UPDATE')" if right == "UPDATE" else ""
        asked = text(f"SELECT has_table_privilege(:role, :table, :right){by_column}")
        has = connection.execute(asked, {"role": role, "table": table.name, "right": right}).scalar_one()
        if has != (right in may):
            yield f"the role {role} {'may' if has else 'may not'} {right} {table.name}"


def _on_postgresql(connection: Connection) -> bool:
    return connection.dialect.name == "postgresql"
