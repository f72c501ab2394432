"""Deliver what is due: each notice by itself, so that one that fails holds up no other, and is tried again."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy import Engine, select, update

from ledger import store
from ledger.field_keys import open_sealed
from ledger.identifiers import to_text
from ledger.notices.backends import Backend, Outgoing
from ledger.notices.models import Notice
from ledger.notices.rules import wait_after

AT_ONCE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class _Waiting:
    id: UUID
    topic: str
    payload: bytes | None
    at: datetime
    attempts: int


def deliver_due(engine: Engine, *, backend: Backend, field_keys: Sequence[str], now: datetime) -> int:
    """Deliver up to a hundred notices that are due, the oldest first; how many went.

    A notice is taken on (its attempt counted, its next one set) before it goes out, and emptied after: so two who
    deliver at once do not send it twice, and one that breaks off in between sends it again later.
    """
    return sum(_deliver(engine, notice, backend, field_keys, now) for notice in _due(engine, now))


def _due(engine: Engine, now: datetime) -> list[_Waiting]:
    query = (
        select(Notice.id, Notice.topic, Notice.payload, Notice.at, Notice.attempts)
        .where(Notice.delivered_at.is_(None), Notice.next_at <= now)
        .order_by(Notice.next_at, Notice.id)
        .limit(AT_ONCE)
    )
    with store.reading(engine) as session:
        return [_Waiting(**row._mapping) for row in session.execute(query)]


def _deliver(engine: Engine, notice: _Waiting, backend: Backend, field_keys: Sequence[str], now: datetime) -> bool:
    if not _take_on(engine, notice, now):
        return False
    try:
        _send(notice, backend, field_keys)
    except Exception as error:
        failed = structlog.get_logger("notices")
        failed.warning("notice_failed", notice_id=to_text(notice.id), topic=notice.topic, error=type(error).__name__)
        return False
    _empty(engine, notice.id, now)
    return True


def _take_on(engine: Engine, notice: _Waiting, now: datetime) -> bool:
    attempts = notice.attempts + 1
    mine = (Notice.id == notice.id, Notice.attempts == notice.attempts, Notice.delivered_at.is_(None))
    taken = update(Notice).where(*mine).values(attempts=attempts, next_at=now + wait_after(attempts))
    return store.run(engine, lambda session: session.connection().execute(taken).rowcount == 1)


def _send(notice: _Waiting, backend: Backend, field_keys: Sequence[str]) -> None:
    assert notice.payload is not None, "only what was delivered is empty"
    content = json.loads(open_sealed(notice.payload, field_keys))
    if content["to"] is not None:
        backend(Outgoing(id=notice.id, topic=notice.topic, at=notice.at, **content))


def _empty(engine: Engine, notice_id: UUID, now: datetime) -> None:
    delivered = update(Notice).where(Notice.id == notice_id).values(payload=None, delivered_at=now)
    store.run(engine, lambda session: session.connection().execute(delivered).rowcount)
