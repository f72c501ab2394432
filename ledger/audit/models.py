"""The table of what was done: a row for each unit of work that a request or a command wrote in."""

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ledger.tables import APPEND_ONLY, Base, facts, identity, instant, table, words


class AuditRow(Base):
    """What was done: by whom, from which sign-in (the device), to what, why, in which request; ids and figures only.

    `idempotency_key` is that of the request whose answer was kept with it, which is one row for each key. Its id begins
    with its instant, so that rows in the order of their ids are in the order of time.
    """

    __tablename__ = "audit_rows"
    __table_args__ = table(
        APPEND_ONLY,
        UniqueConstraint("actor", "idempotency_key"),
        CheckConstraint("action <> ''", name="action"),
        CheckConstraint("(subject_kind IS NULL) = (subject_id IS NULL)", name="subject"),
        Index("ix_audit_rows_subject_id", "subject_id"),
    )

    id: Mapped[identity] = mapped_column(primary_key=True)
    at: Mapped[instant]
    actor: Mapped[words]
    sign_in_id: Mapped[identity | None]
    action: Mapped[words]
    subject_kind: Mapped[words | None]
    subject_id: Mapped[words | None]
    reason: Mapped[words | None]
    request_id: Mapped[words]
    idempotency_key: Mapped[words | None]
    details: Mapped[facts | None]
