"""Put a notice into the outbox, in the unit of work that gives cause for it."""

import json
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.orm import Session

from ledger.field_keys import seal
from ledger.notices.models import Notice
from ledger.occasion import Occasion


def enqueue(
    session: Session,
    *,
    topic: str,
    to: str | None,
    subject: str,
    text: str,
    field_keys: Sequence[str],
    occasion: Occasion,
) -> UUID:
    """The id of a new notice, due at once and encrypted until it is delivered.

    `to` is an e-mail address, or None for nobody: such a notice takes the same work on its way and nobody is told, so
    that asking for an unknown address is like asking for a known one.
    """
    payload = json.dumps({"to": to, "subject": subject, "text": text}, ensure_ascii=False)
    notice_id = occasion.new_id()
    row = {
        "id": notice_id,
        "topic": topic,
        "payload": seal(payload, field_keys),
        "at": occasion.now,
        "attempts": 0,
        "next_at": occasion.now,
        "delivered_at": None,
    }
    session.connection().execute(insert(Notice), row)
    return notice_id
