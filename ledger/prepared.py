"""Statements that are compiled once for each database and then executed as text.

At each execution of an expression SQLAlchemy looks its text up by what it is made of, which costs more than a small
statement takes in the database. What runs for every posting is therefore prepared; all else stays an expression.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import CursorResult, Dialect, Executable
from sqlalchemy.engine import Connection

Stored = Callable[[Any], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Text:
    """A statement as one database's driver takes it: its text, and by parameter how a value is stored."""

    text: str
    parameters: tuple[tuple[str, Stored | None], ...]
    by_place: bool

    def bound(self, row: Mapping[str, Any]) -> Any:
        stored = [(name, store(row[name]) if store else row[name]) for name, store in self.parameters]
        return tuple(value for _name, value in stored) if self.by_place else dict(stored)


class Prepared:
    """A statement of Core with named parameters; of an insert, `columns` are those it fills.

    Calling it executes it once for each of the rows of values. What it returns is as the driver gives it: the column
    types of the tables are asked on the way in alone.
    """

    def __init__(self, statement: Executable, *columns: str) -> None:
        self._statement: Any = statement
        self._columns = columns
        self._texts: dict[str, _Text] = {}

    def __call__(self, connection: Connection, *rows: Mapping[str, Any]) -> CursorResult[Any]:
        dialect = connection.dialect
        text = self._texts.get(dialect.name) or self._compile(dialect)
        bound = [text.bound(row) for row in rows]
        return connection.exec_driver_sql(text.text, bound[0] if len(bound) == 1 else bound)

    def text(self, dialect: Dialect) -> str:
        """What the driver of a database is handed."""
        return self._compile(dialect).text

    def _compile(self, dialect: Dialect) -> _Text:
        compiled = self._statement.compile(dialect=dialect, column_keys=self._columns or None)
        names = compiled.positiontup if compiled.positional else list(compiled.binds)
        stored = tuple(
            (name, compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect)) for name in names
        )
        made = _Text(text=_squeezed(str(compiled)), parameters=stored, by_place=compiled.positional)
        self._texts[dialect.name] = made
        return made


def _squeezed(text: str) -> str:
    """Without names that rename nothing, or that nothing calls: psycopg reads a text of over 4,096 characters anew
    each time, which takes longer than all else in the process.
    """
    text = re.sub(r"\b(\w+)\.(\w+) AS \2\b", r"\1.\2", text)
    return re.sub(r"(?<!\)) AS (anon_\d+)\b", lambda found: found[0] if text.count(found[1]) > 1 else "", text)
