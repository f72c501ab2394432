"""The one place that writes what was done, in the unit of work that does it, or as a part of the one statement.

Left out are writes that no request and no command asks for or that say nothing of what was done: the delivery of
notices, the last use of a sign-in, the end of holds that lapsed with what ends with them, counts of tries, subtotals of
accounts, and that a night's step was done, which the night's own rows say. A try that was right has the row of what it
let happen.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import CTE, insert
from sqlalchemy.orm import Session

from ledger.audit.models import AuditRow
from ledger.book.drawing import always, given, insert_from
from ledger.identifiers import to_text
from ledger.occasion import Occasion
from ledger.prepared import Prepared
from ledger.tables import table_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What something was done to: its kind in a word, and its id or reference as people see it."""

    kind: str
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What is being done. `details` holds ids and figures only, never a name, an address or an account reference."""

    action: str
    request_id: str
    sign_in_id: UUID | None = None
    subject: Subject | None = None
    reason: str | None = None
    idempotency_key: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


_COLUMNS = tuple(column.name for column in table_of(AuditRow).columns)
_INSERT = Prepared(insert(table_of(AuditRow)).inline(), *_COLUMNS)


def record(session: Session, act: Act, *, occasion: Occasion) -> None:
    """Write down what this unit of work does; it is committed with it or not at all."""
    row = {
        "id": occasion.new_id(),
        "at": occasion.now,
        "actor": occasion.actor,
        "sign_in_id": act.sign_in_id,
        "action": act.action,
        "subject_kind": act.subject.kind if act.subject else None,
        "subject_id": act.subject.id if act.subject else None,
        "reason": act.reason,
        "request_id": act.request_id,
        "idempotency_key": act.idempotency_key,
        "details": dict(act.details) or None,
    }
    _INSERT(session.connection(), row)


def record_command(
    session: Session,
    command: str,
    *,
    subject: Subject | None = None,
    reason: str | None = None,
    details: Mapping[str, Any],
    occasion: Occasion,
) -> None:
    """As `record`, of a command, which is a request of its own and comes from no sign-in."""
    request_id = to_text(occasion.new_id())
    act = Act(action=f"command.{command}", request_id=request_id, subject=subject, reason=reason, details=details)
    record(session, act, occasion=occasion)


def recorded_with(posted: CTE, *, kind: str) -> CTE:
    """As `record`, a part of the one statement that also does the work, at the `posted_at` of its row.

    It is executed with `audit_id`, `actor`, `till_id`, `reference` (of the subject, which is of this kind), and what
    `requests.answer_values` gives.
    """
    values = {
        AuditRow.id: given("audit_id"),
        AuditRow.at: posted.c.posted_at,
        AuditRow.actor: given("actor"),
        AuditRow.sign_in_id: given("till_id"),
        AuditRow.action: given("asked_action"),
        AuditRow.subject_kind: always(kind),
        AuditRow.subject_id: given("reference"),
        AuditRow.request_id: given("asked_request"),
        AuditRow.idempotency_key: given("asked_key"),
    }
    return insert_from(AuditRow, values, posted).cte("audited")
