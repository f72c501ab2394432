"""What a check of the books finds, and how a check asks for the first row that breaks its rule."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select
from sqlalchemy.orm import Session

from ledger.identifiers import to_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A broken invariant: its id such as "I-04", the first row that breaks it, and what is wrong in a sentence."""

    id: str
    subject: str
    message: str


Check = Callable[[Session], Iterator[Finding]]
"""One check: it only reads, and yields at most one finding for each rule it holds to."""


def first(session: Session, query: Select[*tuple[Any, ...]]) -> Any:
    """The first row of a query, or None."""
    return session.connection().execute(query.limit(1)).first()


def each(session: Session, query: Select[*tuple[Any, ...]], *, at_a_time: int = 10_000) -> Iterator[Any]:
    """The rows of a query, fetched so many at a time; its cursor is closed however the reader ends."""
    with session.connection().execute(query.execution_options(yield_per=at_a_time)) as rows:
        yield from rows


def named(kind: str, identity: UUID | int) -> str:
    """A row as findings name it: "transaction 01M8…", "account 12"."""
    return f"{kind} {identity if isinstance(identity, int) else to_text(identity)}"
