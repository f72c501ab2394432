"""The files that were kept when a month was closed: the same bytes ever after, each with its SHA-256."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.engine import Connection

from ledger.book.period_models import PeriodPackFile
from ledger.errors import NotFound
from ledger.store import insert_once

SUMS = "SHA256SUMS"
"""The file that names every other with its SHA-256, as `sha256sum --check` reads it; its own digest is the pack's."""
_NAME = re.compile(r"[0-9A-Za-z._-]{1,80}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class PackFile:
    """A file of a pack, without its bytes."""

    name: str
    sha256: str
    size: int
    kept_at: datetime


def sums_of(files: Mapping[str, bytes]) -> bytes:
    """The text of `SHA256SUMS` for these files, by name."""
    lines = (f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files))
    return "".join(lines).encode("ascii")


def keep_pack(connection: Connection, *, closing_id: UUID, files: Mapping[str, bytes], at: datetime) -> bool:
    """Keep a closing's files, once: a pack that is kept already stays as it is, whole; whether this one was kept."""
    whole = {**files, SUMS: sums_of(files)}
    for name in sorted(whole):
        same = (PeriodPackFile.closing_id == closing_id) & (PeriodPackFile.name == name)
        row = {
            "closing_id": closing_id,
            "name": name,
            "content": whole[name],
            "digest": hashlib.sha256(whole[name]).digest(),
            "kept_at": at,
        }
        if not insert_once(connection, PeriodPackFile, row, taken=same):
            return False
    return True


def has_pack(connection: Connection, *, closing_id: UUID) -> bool:
    """Whether a closing has its pack."""
    query = select(PeriodPackFile.name).where(PeriodPackFile.closing_id == closing_id).limit(1)
    return connection.execute(query).first() is not None


def pack_files(connection: Connection, *, closing_id: UUID) -> list[PackFile]:
    """What a closing's pack is made of, by name; nothing where it has none."""
    query = select(PeriodPackFile).where(PeriodPackFile.closing_id == closing_id).order_by(PeriodPackFile.name)
    return [
        PackFile(name=row.name, sha256=bytes(row.digest).hex(), size=len(row.content), kept_at=row.kept_at)
        for row in connection.execute(query)
    ]


def pack_bytes(connection: Connection, *, closing_id: UUID, name: str) -> bytes:
    """One file of a closing's pack, byte for byte as it was kept. Raises NotFound, also for what could be no name."""
    if not _NAME.fullmatch(name):
        raise NotFound("file of the month-end pack")
    same = (PeriodPackFile.closing_id == closing_id) & (PeriodPackFile.name == name)
    content = connection.execute(select(PeriodPackFile.content).where(same)).scalar_one_or_none()
    if content is None:
        raise NotFound("file of the month-end pack")
    return bytes(content)
