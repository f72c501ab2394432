"""Answered requests: the same key with the same bytes gets the same answer, byte for byte, for ever."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import CTE, BigInteger, Boolean, ColumnElement, Row, Text, bindparam, func, select
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from ledger.book.drawing import given, insert_from
from ledger.book.errors import KeyReused
from ledger.book.models import Request
from ledger.errors import LedgerError
from ledger.outages import lock_timed_out
from ledger.prepared import Prepared
from ledger.store import insert_unless_taken
from ledger.tables import table_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request as it came: whose key, which route, and the SHA-256 of its raw body.

    `action` and `request_id` are what the audit calls it by; no answer depends on them.
    """

    principal: str
    key: str
    route: str
    digest: bytes
    action: str = ""
    request_id: str = ""

    @property
    def turn(self) -> int:
        """What twins take turns by: 64 bits of whose key it is and the key."""
        return int.from_bytes(sha256(f"{self.principal} {self.key}".encode()).digest()[:8], signed=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What was answered. The body holds ids, amounts and times, never a name, address or reference."""

    status: int
    content_type: str
    body: bytes


_REQUESTS = table_of(Request)
_HAS_KEY = (_REQUESTS.c.principal == bindparam("principal", type_=Text)) & (
    _REQUESTS.c.key == bindparam("key", type_=Text)
)
_TURN = bindparam("turn", type_=BigInteger)
_KEPT = [_REQUESTS.c[name] for name in ("principal", "route", "digest", "status", "content_type", "body")]
_FIND = Prepared(select(*_KEPT).where(_HAS_KEY))


def _find_or_turn() -> Prepared:
    """The answer under a key, and whether this unit of work has the key's turn."""
    first = select(func.pg_try_advisory_xact_lock(_TURN).label("is_first")).cte("first")
    return Prepared(select(first, *_KEPT).select_from(first.outerjoin(_REQUESTS, _HAS_KEY)))


_FIND_OR_TURN = _find_or_turn()


class AnsweredByTwin(LedgerError):
    """A twin of this request was answered first: roll back, read its answer, replay it."""

    code = "in_progress"


def find_answer(connection: Connection, asked: Asked) -> Answer | None:
    """The answer this request was given before, or None. Raises KeyReused for another request under the key."""
    row = _FIND(connection, _asked_row(asked)).one_or_none()
    return None if row is None else _answer_in(row, asked)


def answer_or_turn(connection: Connection, asked: Asked) -> Answer | None:
    """As `find_answer`; where there is none, twins of this request wait until this unit of work has ended.

    Raises AnsweredByTwin where a twin is still being answered after the time a lock is waited for. SQLite has one
    writer at a time, so that a unit of work that writes has its turn as soon as it has begun.
    """
    if connection.dialect.name != "postgresql":
        return find_answer(connection, asked)
    found = _FIND_OR_TURN(connection, _asked_row(asked) | {"turn": asked.turn}).one()
    if found.principal is not None:
        return _answer_in(found, asked)
    if found.is_first:
        return None
    _wait_for_turn(connection, asked)
    return find_answer(connection, asked)


def _wait_for_turn(connection: Connection, asked: Asked) -> None:
    try:
        connection.execute(select(func.pg_advisory_xact_lock(_TURN)), {"turn": asked.turn})
    except DBAPIError as error:
        if lock_timed_out(error):
            raise AnsweredByTwin("a twin is being answered") from error
        raise


def _answer_in(row: Row[Any], asked: Asked) -> Answer:
    if (row.route, bytes(row.digest)) != (asked.route, asked.digest):
        raise KeyReused("this key was used for another request")
    return Answer(status=row.status, content_type=row.content_type, body=bytes(row.body))


def record_answer(connection: Connection, asked: Asked, answer: Answer, *, at: datetime) -> None:
    """Keep the answer with the work it answers: the last insert of the unit of work. Raises AnsweredByTwin."""
    row = _asked_row(asked) | _answer_row(answer) | {"at": at}
    if not insert_unless_taken(connection, Request, row):
        raise AnsweredByTwin("a twin was answered first")


def is_first() -> ColumnElement[bool]:
    """Whether no twin is being answered, so that the one statement may go on: else it does nothing."""
    return func.pg_try_advisory_xact_lock(given("turn"), type_=Boolean)


def keep_answer(posted: CTE) -> CTE:
    """As `record_answer`, a part of the one statement that also does the work: kept at the `posted_at` of its row.

    A twin that was first, or another request under the key, is a unique violation: then nothing is written.
    """
    values = {
        Request.principal: given("asked_principal"),
        Request.key: given("asked_key"),
        Request.route: given("asked_route"),
        Request.digest: given("asked_digest"),
        Request.status: given("kept_status"),
        Request.content_type: given("kept_content_type"),
        Request.body: given("kept_body"),
        Request.at: posted.c.posted_at,
    }
    return insert_from(Request, values, posted).cte("kept")


def answer_values(asked: Asked, answer: Answer) -> dict[str, Any]:
    """The values that a statement with `is_first` and `keep_answer` is executed with.

    None is named as a column that the statement updates: SQLAlchemy would set that column to it.
    """
    told = {f"asked_{name}": value for name, value in _asked_row(asked).items()} | {"turn": asked.turn}
    told |= {"asked_action": asked.action or asked.route, "asked_request": asked.request_id}
    return told | {f"kept_{name}": value for name, value in _answer_row(answer).items()}


def _asked_row(asked: Asked) -> dict[str, Any]:
    return {"principal": asked.principal, "key": asked.key, "route": asked.route, "digest": asked.digest}


def _answer_row(answer: Answer) -> dict[str, Any]:
    return {"status": answer.status, "content_type": answer.content_type, "body": answer.body}
