"""Checks of the audit: what was answered has its row, and each row's device is one that signed in."""

from collections.abc import Iterator

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from ledger.audit.models import AuditRow
from ledger.book.models import Request
from ledger.check_books.findings import Finding, first, named
from ledger.people.models import SignIn


def answered_requests_are_audited(session: Session) -> Iterator[Finding]:
    """I-34: whatever was answered under a key has an audit row, and each row from a device names a sign-in.

    What was answered before the first row was written is older than the audit. Requests without a key leave no other
    trace to hold their rows against: that each writes one is shown by tests alone.
    """
    began = select(func.min(AuditRow.at)).scalar_subquery()
    has_row = exists().where(AuditRow.actor == Request.principal, AuditRow.idempotency_key == Request.key)
    unaudited = select(Request.key).where(Request.at > began, ~has_row).order_by(Request.at, Request.key)
    if row := first(session, unaudited):
        yield Finding(id="I-34", subject=f"request {row.key}", message="was answered, and no audit row says by whom")
    is_known = exists().where(SignIn.id == AuditRow.sign_in_id)
    from_nowhere = select(AuditRow.id).where(AuditRow.sign_in_id.is_not(None), ~is_known).order_by(AuditRow.id)
    if row := first(session, from_nowhere):
        yield Finding(id="I-34", subject=named("audit row", row.id), message="names a device that never signed in")
