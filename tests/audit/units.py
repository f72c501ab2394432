"""The units of work of a database as its statements tell them: which tables each wrote."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event, select

from ledger.audit.models import AuditRow
from ledger.store import reading

WRITES = re.compile(r"\b(?:INSERT INTO|UPDATE) \"?(\w+)")


@contextmanager
def units_of_work(engine: Engine) -> Iterator[list[set[str]]]:
    """A list to which each unit of work adds, once it is committed, the tables that it wrote."""
    committed: list[set[str]] = []
    written: dict[int, set[str]] = {}

    def note(connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if found := set(WRITES.findall(statement)):
            written.setdefault(id(connection.connection.dbapi_connection), set()).update(found)
            if connection.get_isolation_level() == "AUTOCOMMIT":
                end(connection)

    def end(connection: Any) -> None:
        if tables := written.pop(id(connection.connection.dbapi_connection), None):
            committed.append(tables)

    def forget(connection: Any) -> None:
        written.pop(id(connection.connection.dbapi_connection), None)

    listeners = {"before_cursor_execute": note, "commit": end, "rollback": forget}
    for name, listener in listeners.items():
        event.listen(engine, name, listener)
    yield committed
    for name, listener in listeners.items():
        event.remove(engine, name, listener)


def rows(engine: Engine) -> list[AuditRow]:
    """Every row, the oldest first."""
    with reading(engine) as session:
        return list(session.execute(select(AuditRow).order_by(AuditRow.id)).scalars())
