"""Rows that a statement may read as if they stood in a table already: how many are written by one statement."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from operator import attrgetter
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Dialect,
    FromClause,
    MetaData,
    Table,
    Text,
    bindparam,
    cast,
    func,
    insert,
    null,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine

from ledger.tables import Details, Identity, Portable

_SQLITE = sqlite.dialect()
_HEX = attrgetter("hex")


def staged(connection: Connection, table: Table, columns: Mapping[str, Sequence[Any]]) -> FromClause:
    """Values by column, all of one length, as something to select from, in their order; each of its column's type.

    PostgreSQL unfolds one array for each column (`unnest`). SQLite fills a temporary table, which stands until rows
    of the same table are staged again on this connection: select from it before that.
    """
    dialect = connection.dialect
    stored = {name: _as_stored(table.c[name].type, values, dialect) for name, values in columns.items()}
    if dialect.name == "postgresql":
        return _unfolded(table, stored)
    return _filled(connection, table, stored)


def insert_staged(connection: Connection, table: Table, columns: Mapping[str, Sequence[Any]]) -> None:
    """Insert rows, given by column, by one statement however many they are."""
    rows = staged(connection, table, columns)
    connection.execute(insert(table).from_select(list(columns), select(rows)))


def unfolded(table: Table, name: str, *columns: str) -> FromClause:
    """As `staged`, on PostgreSQL, of lists that come under the names `parameters_of` gives when it is executed."""
    arrays = [
        cast(bindparam(f"{name}_{column}", type_=_ListOf(table.c[column].type)), _array_of(table.c[column].type))
        for column in columns
    ]
    return _unnested(table, columns, arrays, name)


def parameters_of(name: str, columns: Mapping[str, Sequence[Any]]) -> dict[str, Sequence[Any]]:
    """The values of `unfolded`, by column, as its statement is executed with them."""
    return {f"{name}_{column}": values for column, values in columns.items()}


def among(column: Any, values: Collection[Any]) -> ColumnElement[bool]:
    """Whether a column is one of these numbers or ids, sent as one value however many they are."""
    return _Among(column, bindparam(None, values, _ListOf(column.type), unique=True))


def listed(column: Any, name: str) -> ColumnElement[bool]:
    """As `among`, of what comes under this name when the statement is executed: such a statement is built once."""
    return _Among(column, bindparam(name, type_=_ListOf(column.type)))


class _ListOf(TypeDecorator[Any]):
    """Many values of one type as one text: an array on PostgreSQL, JSON on SQLite."""

    impl = Text
    cache_ok = True

    def __init__(self, of: TypeEngine[Any]) -> None:
        super().__init__()
        self.of = of

    def process_bind_param(self, value: Any, dialect: Dialect) -> str:
        stored = _as_stored(self.of, list(value), dialect)
        return _literal(stored) if dialect.name == "postgresql" else json.dumps(stored)


class _Among(FunctionElement[bool]):
    """A column, and the list it is looked for in. No Boolean: SQLite would be asked whether it equals 1, and scan."""

    inherit_cache = True


@compiles(_Among)
def _in_json(element: _Among, compiler: Any, **options: Any) -> str:
    column, values = element.clauses
    return str(compiler.process(column.in_(select(func.json_each(values).table_valued("value").c.value)), **options))


@compiles(_Among, "postgresql")
def _in_array(element: _Among, compiler: Any, **options: Any) -> str:
    column, values = element.clauses
    unfolded = func.unnest(cast(values, _array_of(column.type)))
    return str(compiler.process(column.in_(select(unfolded)), **options))


def _as_stored(type_: TypeEngine[Any], values: Sequence[Any], dialect: Dialect) -> Sequence[Any]:
    """The values as SQLite keeps them: whole numbers, and texts that PostgreSQL reads too.

    It reads ids without their hyphens as well, which take a third of the time to write.
    """
    if not isinstance(type_, Portable):
        return values
    if isinstance(type_, Identity):
        written = _HEX if dialect.name == "postgresql" else str
        return [value if value is None else written(value) for value in values]
    if isinstance(type_, Details):  # which cannot be looked up
        return [type_.process_bind_param(value, _SQLITE) for value in values]
    texts = {value: type_.process_bind_param(value, _SQLITE) for value in set(values)}
    return [texts[value] for value in values]


def _unfolded(table: Table, stored: Mapping[str, Sequence[Any]]) -> FromClause:
    """What is the same in every row is sent once, beside the arrays of what differs."""
    first, *others = stored
    same = {name for name in others if len(stored[name]) > 1 and len(set(stored[name])) == 1}
    arrays = [_array(table.c[name].type, values) for name, values in stored.items() if name not in same]
    rows = _unnested(table, [first, *(name for name in others if name not in same)], arrays, f"staged_{table.name}")
    columns = [_once(table.c[name], stored[name][0]) if name in same else rows.c[name] for name in stored]
    return select(*columns).subquery()


def _once(column: Column[Any], value: Any) -> ColumnElement[Any]:
    native = column.type.native if isinstance(column.type, Portable) else column.type
    return cast(null() if value is None else _sent(str(value)), native).label(column.name)


def _unnested(table: Table, columns: Sequence[str], arrays: Sequence[ColumnElement[Any]], name: str) -> FromClause:
    typed = [Column(column, table.c[column].type) for column in columns]
    return func.unnest(*arrays).table_valued(*typed).render_derived(name=name)


def _array(type_: TypeEngine[Any], values: Collection[Any]) -> ColumnElement[Any]:
    """An array sent as one text, which the database reads: the driver need not look at each element."""
    if isinstance(type_, Text | Details):
        quoted = {value: _quote(value) for value in set(values)}
        values = [quoted[value] for value in values]
    return cast(_sent(_literal(values)), _array_of(type_))


def _array_of(type_: TypeEngine[Any]) -> TypeEngine[Any]:
    return postgresql.ARRAY(type_.native if isinstance(type_, Portable) else type_)


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
