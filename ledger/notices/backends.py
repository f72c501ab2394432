"""The ways out of the outbox: `log` tells the log that there was a notice, `file` writes it to a file."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog

from ledger.identifiers import to_text
from ledger.lasting import append_lasting


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A notice on its way to somebody, in clear."""

    id: UUID
    topic: str
    at: datetime
    to: str = field(repr=False)
    subject: str
    text: str = field(repr=False)


Backend = Callable[[Outgoing], None]


def chosen(name: str, *, data: Path) -> Backend:
    """The backend that the settings name: "log", or "file" with its outbox in the data folder."""
    return {"log": log, "file": file(outbox_path(data))}[name]


def outbox_path(data: Path) -> Path:
    """Where in the data folder the backend `file` writes."""
    return data / "notices" / "outbox.jsonl"


def log(notice: Outgoing) -> None:
    """Log the topic and the id; never to whom, nor what it says."""
    structlog.get_logger("notices").info("notice", topic=notice.topic, notice_id=to_text(notice.id))


def file(path: Path) -> Backend:
    """A backend that appends each notice to `path` as one line of JSON, for the eyes of its owner only."""

    def append(notice: Outgoing) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        line = {
            "id": to_text(notice.id),
            "topic": notice.topic,
            "at": notice.at.isoformat(),
            "to": notice.to,
            "subject": notice.subject,
            "text": notice.text,
        }
        append_lasting(path, json.dumps(line, ensure_ascii=False).encode() + b"\n")

    return append


def read_file_outbox(path: Path, limit: int) -> list[dict[str, Any]]:
    """The last `limit` notices that `file` wrote (id, topic, at, to, subject, text), the newest last."""
    if not path.exists():
        return []
    lines = path.read_text(encoding="utf-8").split("\n")
    return [json.loads(line) for line in lines[-limit - 1 :] if line]
