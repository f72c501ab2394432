"""Answered requests: the same key with the same bytes gets the same answer, byte for byte, for ever."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import CTE, select
from sqlalchemy.engine import Connection

from ledger.book.drawing import given, insert_from
from ledger.book.errors import KeyReused
from ledger.book.models import Request
from ledger.errors import LedgerError
from ledger.store import insert_once


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request as it came: whose key, which route, and the SHA-256 of its raw body."""

    principal: str
    key: str
    route: str
    digest: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What was answered. The body holds ids, amounts and times, never a name, address or reference."""

    status: int
    content_type: str
    body: bytes


class AnsweredByTwin(LedgerError):
    """A twin of this request was answered first: roll back, read its answer, replay it."""

    code = "in_progress"


def find_answer(connection: Connection, asked: Asked) -> Answer | None:
    """The answer this request was given before, or None. Raises KeyReused for another request under the key."""
    same_key = (Request.principal == asked.principal, Request.key == asked.key)
    row = connection.execute(select(Request.__table__).where(*same_key)).one_or_none()
    if row is None:
        return None
    if (row.route, bytes(row.digest)) != (asked.route, asked.digest):
        raise KeyReused("this key was used for another request")
    return Answer(status=row.status, content_type=row.content_type, body=bytes(row.body))


def record_answer(connection: Connection, asked: Asked, answer: Answer, *, at: datetime) -> None:
    """Keep the answer with the work it answers: the last insert of the unit of work. Raises AnsweredByTwin."""
    row = _asked_row(asked) | _answer_row(answer) | {"at": at}
    taken = (Request.principal == asked.principal) & (Request.key == asked.key)
    if not insert_once(connection, Request, row, taken=taken):
        raise AnsweredByTwin("a twin was answered first")


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
    return insert_from(Request, values, posted).cte("answered")


def answer_values(asked: Asked, answer: Answer) -> dict[str, Any]:
    """The values that a statement with `keep_answer` is executed with.

    None is named as a column that the statement updates: SQLAlchemy would set that column to it.
    """
    told = {f"asked_{name}": value for name, value in _asked_row(asked).items()}
    return told | {f"kept_{name}": value for name, value in _answer_row(answer).items()}


def _asked_row(asked: Asked) -> dict[str, Any]:
    return {"principal": asked.principal, "key": asked.key, "route": asked.route, "digest": asked.digest}


def _answer_row(answer: Answer) -> dict[str, Any]:
    return {"status": answer.status, "content_type": answer.content_type, "body": answer.body}
