"""Long lists as one file: read and sent a piece at a time, so that memory stays flat however long they are."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Generic, Protocol, TypeVar
from uuid import UUID

from flask import Response
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from ledger import store
from ledger.spreadsheets import Table, write_csv, write_rows
from shared_web.core import core
from shared_web.downloads import file_answer

IN_A_PIECE = 1_000


class Line(Protocol):
    """What a list is of: its id says where the next piece goes on."""

    @property
    def id(self) -> UUID:
        """Greater than that of any line that comes later in the list."""


OneLine = TypeVar("OneLine", bound=Line)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed(Generic[OneLine]):
    """A list, the newest line first: how `most` lines from the one `before` on are read, how many these are in all,
    and what stands in the file of each.
    """

    lines: Callable[[Session, UUID | None, int], list[OneLine]]
    count: Callable[[Session, UUID | None], int]
    table: Callable[[Sequence[OneLine]], Table]

    def first(self, session: Session) -> list[OneLine]:
        """The newest piece: what is written later than this stands in no later one."""
        return self.lines(session, None, IN_A_PIECE)

    def all_of(self, session: Session, first: Sequence[OneLine]) -> int:
        """How many lines the file has that begins with this piece."""
        return len(first) + (self.count(session, first[-1].id) if len(first) == IN_A_PIECE else 0)


def csv_of(listed: Listed[OneLine], first: Sequence[OneLine], *, name: str) -> Response:
    """All of a list as a CSV file that computes nothing; each piece is read once the one before it is sent."""
    return file_answer(_pieces(core().engine(), listed, first), name=name)


def _pieces(engine: Engine, listed: Listed[OneLine], piece: Sequence[OneLine]) -> Iterator[str]:
    text = StringIO(newline="")
    write_csv(listed.table(piece), text)
    yield text.getvalue()
    while len(piece) == IN_A_PIECE:
        last = piece[-1].id
        piece = store.read(engine, lambda session, last=last: listed.lines(session, last, IN_A_PIECE))
        text = StringIO(newline="")
        write_rows(listed.table(piece), text)
        yield text.getvalue()
