"""Rows that a statement may read as if they stood in a table already: how many are written by one statement."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Column, ColumnElement, FromClause, MetaData, Select, Table, Text, bindparam, cast, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection
from sqlalchemy.types import TypeEngine

from ledger.tables import Details, Identity, Portable

_SQLITE = sqlite.dialect()


def staged(connection: Connection, table: Table, columns: Mapping[str, Sequence[Any]]) -> FromClause:
    """Values by column, all of one length, as something to select from, in their order; each of its column's type.

    PostgreSQL unfolds one array for each column (`unnest`). SQLite fills a temporary table, which stands until rows
    of the same table are staged again on this connection: select from it before that.
    """
    stored = {name: _as_stored(table.c[name].type, values) for name, values in columns.items()}
    if connection.dialect.name == "postgresql":
        return _unfolded(table, stored)
    return _filled(connection, table, stored)


def among(connection: Connection, column: Any, values: Collection[Any]) -> ColumnElement[bool]:
    """Whether a column is one of these numbers or ids, sent as one value however many they are."""
    listed: Select[Any]
    if connection.dialect.name == "postgresql":
        listed = select(func.unnest(_array(column.type, values)))
    else:
        stored = _sent(json.dumps(_as_stored(column.type, list(values))))
        listed = select(func.json_each(stored).table_valued("value").c.value)
    within: ColumnElement[bool] = column.in_(listed)
    return within


def _as_stored(type_: TypeEngine[Any], values: Sequence[Any]) -> Sequence[Any]:
    """The values as SQLite keeps them: whole numbers, and texts that PostgreSQL reads too."""
    if not isinstance(type_, Portable):
        return values
    if isinstance(type_, Details | Identity):  # which hardly ever repeat, or cannot be looked up
        return [type_.process_bind_param(value, _SQLITE) for value in values]
    texts = {value: type_.process_bind_param(value, _SQLITE) for value in set(values)}
    return [texts[value] for value in values]


def _unfolded(table: Table, stored: Mapping[str, Sequence[Any]]) -> FromClause:
    arrays = [_array(table.c[name].type, values) for name, values in stored.items()]
    names = [Column(name, table.c[name].type) for name in stored]
    return func.unnest(*arrays).table_valued(*names).render_derived(name=f"staged_{table.name}")


def _array(type_: TypeEngine[Any], values: Collection[Any]) -> ColumnElement[Any]:
    """An array sent as one text, which the database reads: the driver need not look at each element."""
    native = type_.native if isinstance(type_, Portable) else type_
    if isinstance(type_, Text | Details):
        quoted = {value: _quote(value) for value in set(values)}
        values = [quoted[value] for value in values]
    return cast(_sent(_literal(values)), postgresql.ARRAY(native))


def _literal(values: Iterable[Any]) -> str:
    return f"{{{','.join('NULL' if value is None else str(value) for value in values)}}}"


def _quote(text: str | None) -> str | None:
    if text is None:
        return None
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _sent(text: str) -> Any:
    return bindparam(None, text, Text, unique=True)


def _filled(connection: Connection, table: Table, stored: Mapping[str, Sequence[Any]]) -> Table:
    made = _temporary(table, tuple(stored))
    made.create(connection, checkfirst=True)
    connection.execute(made.delete())
    places = ", ".join("?" * len(stored))
    connection.exec_driver_sql(f"INSERT INTO {made.name} VALUES ({places})", list(zip(*stored.values(), strict=True)))  # noqa: S608 (names of our own tables)
    return made


@cache
def _temporary(table: Table, names: tuple[str, ...]) -> Table:
    """A table of this connection alone, for some columns of `table`."""
    columns = [Column(name, table.c[name].type) for name in names]
    return Table(f"staged_{table.name}_{len(names)}", MetaData(), *columns, prefixes=["TEMPORARY"])
