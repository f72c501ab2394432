"""The base of every table and the kinds of column, named once, each storable by SQLite STRICT and PostgreSQL."""

import json
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Dialect, Integer, LargeBinary, MetaData, Table, Text, types
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import DeclarativeBase, mapped_column

APPEND_ONLY = {"written": "append-only"}
UPDATED = {"written": "updated"}


_json = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode


class Portable(types.TypeDecorator[Any]):
    """A type that is native on PostgreSQL and TEXT on SQLite, whose STRICT tables know no other."""

    cache_ok = True
    native: types.TypeEngine[Any]

    def load_dialect_impl(self, dialect: Dialect) -> types.TypeEngine[Any]:
        return dialect.type_descriptor(self.native if dialect.name == "postgresql" else Text())

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any] | None:
        """How a value is read: PostgreSQL's driver gives what is asked for."""
        return None if dialect.name == "postgresql" else super().result_processor(dialect, coltype)


class Identity(Portable):
    """A UUID."""

    impl = Text
    cache_ok = True
    native = postgresql.UUID(as_uuid=True)

    def process_bind_param(self, value: UUID | None, dialect: Dialect) -> Any:
        return value if value is None or dialect.name == "postgresql" else str(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> UUID | None:
        return None if value is None else UUID(value)


class Instant(Portable):
    """An aware instant in UTC; on SQLite fixed-width text, so that text order is time order."""

    impl = Text
    cache_ok = True
    native = postgresql.TIMESTAMP(timezone=True)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        assert value.tzinfo is not None, "an instant must be aware"
        instant = value.astimezone(UTC)
        return instant if dialect.name == "postgresql" else instant.strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return datetime.fromisoformat(value) if isinstance(value, str) else value


class Day(Portable):
    """A London date."""

    impl = Text
    cache_ok = True
    native = postgresql.DATE()

    def process_bind_param(self, value: date | None, dialect: Dialect) -> Any:
        return value if value is None or dialect.name == "postgresql" else value.isoformat()

    def process_result_value(self, value: str | None, dialect: Dialect) -> date | None:
        return None if value is None else date.fromisoformat(value)


class Details(Portable):
    """A JSON object of ids and figures; sorted and compact, so that equal objects are equal text."""

    impl = Text
    cache_ok = True
    native = postgresql.JSONB()

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        if value is None or dialect.name == "postgresql":
            return value
        return _json(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else json.loads(value)


class Truth(types.TypeDecorator[bool]):
    """Yes or no; on SQLite an INTEGER."""

    impl = Integer
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> types.TypeEngine[Any]:
        return dialect.type_descriptor(postgresql.BOOLEAN() if dialect.name == "postgresql" else Integer())

    def process_bind_param(self, value: bool | None, dialect: Dialect) -> Any:
        return value if value is None or dialect.name == "postgresql" else int(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> bool | None:
        return None if value is None else bool(value)


WHOLE = BigInteger().with_variant(Integer(), "sqlite")
"""64 bits on both: SQLite's INTEGER is that already, and STRICT knows no BIGINT."""

identity = Annotated[UUID, mapped_column(Identity())]
instant = Annotated[datetime, mapped_column(Instant())]
day = Annotated[date, mapped_column(Day())]
minor_units = Annotated[int, mapped_column(WHOLE)]
count = Annotated[int, mapped_column(WHOLE)]
row_number = Annotated[int, mapped_column(WHOLE, primary_key=True, autoincrement=True)]
words = Annotated[str, mapped_column(Text)]
raw_bytes = Annotated[bytes, mapped_column(LargeBinary)]
facts = Annotated[dict[str, Any], mapped_column(Details())]
truth = Annotated[bool, mapped_column(Truth())]


class Base(DeclarativeBase):
    """Every table of the schema; constraint names follow one convention, CHECKs are named where they stand."""

    metadata = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        }
    )


def one_of(column: str, values: type[StrEnum] | Iterable[str]) -> CheckConstraint:
    """A CHECK, named for the column, that it holds one of these words."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


def table_of(model: type[DeclarativeBase]) -> Table:
    """The table of a mapped class, for statements about rows, not objects."""
    made = model.__table__
    assert isinstance(made, Table)
    return made


def table(written: dict[str, str], *constraints: Any) -> tuple[Any, ...]:
    """A model's `__table_args__`: its constraints, STRICT on SQLite, and whether its rows may ever change."""
    return (*constraints, {"sqlite_strict": True, "info": written})
