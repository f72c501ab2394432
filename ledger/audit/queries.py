"""What was done, as whoever may see it looks it up: by day, by who, by what and by what it was done to."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from ledger.audit.models import AuditRow
from ledger.clock import london_midnight


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditLine:
    """One row, as it was written."""

    id: UUID
    at: datetime
    actor: str
    sign_in_id: UUID | None
    action: str
    subject_kind: str | None
    subject_id: str | None
    reason: str | None
    request_id: str
    idempotency_key: str | None
    details: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What is looked for; what is left out narrows nothing.

    `day` is London's; `actor` is how one begins ("office:", or one whole); `action` a part of one, where `actions` are
    whole ones that count too; `subject` an id.
    """

    day: date | None = None
    actor: str = ""
    action: str = ""
    actions: Collection[str] = ()
    subject: str = ""


def audit_lines(session: Session, search: Search, *, before: UUID | None = None, most: int) -> list[AuditLine]:
    """The newest rows that are looked for, at most so many, from the one `before` on into the past."""
    query = select(*AuditRow.__table__.columns).where(*_conditions(search, before))
    rows = session.execute(query.order_by(AuditRow.id.desc()).limit(most))
    return [AuditLine(**row._mapping) for row in rows]


def count_audit_lines(session: Session, search: Search, *, before: UUID | None = None) -> int:
    """How many rows are looked for, from the one `before` on into the past."""
    return session.execute(select(func.count(AuditRow.id)).where(*_conditions(search, before))).scalar_one()


def _conditions(search: Search, before: UUID | None) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [] if before is None else [AuditRow.id < before]
    if search.day is not None:
        first, end = london_midnight(search.day), london_midnight(search.day + timedelta(days=1))
        found += [
            AuditRow.id >= _first_id(first),
            AuditRow.id < _first_id(end),
            AuditRow.at >= first,
            AuditRow.at < end,
        ]
    if search.actor:
        found.append(AuditRow.actor.startswith(search.actor, autoescape=True))
    if search.action:
        named = AuditRow.action.contains(search.action, autoescape=True)
        found.append(or_(named, AuditRow.action.in_(search.actions)))
    if search.subject:
        found.append(AuditRow.subject_id == search.subject)
    return found


def _first_id(at: datetime) -> UUID:
    """The least id that a row of this instant could have (RFC 9562, version 7: its first 48 bits are milliseconds)."""
    return UUID(int=int(at.timestamp() * 1000) << 80)
