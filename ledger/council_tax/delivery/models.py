"""The table of what was tried to deliver a file."""

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from ledger.council_tax.delivery.rules import Outcome
from ledger.tables import APPEND_ONLY, Base, identity, instant, one_of, raw_bytes, table, words


class DeliveryAttempt(Base):
    """One try to deliver a file: where to, and how it ended. `digest` is the SHA-256 of the file as it was built."""

    __tablename__ = "delivery_attempts"
    __table_args__ = table(
        APPEND_ONLY,
        one_of("outcome", Outcome),
        CheckConstraint("(outcome IN ('delivered', 'there_already')) = (problem = '')", name="problem"),
        Index("ix_delivery_attempts_file_name", "file_name"),
    )

    id: Mapped[identity] = mapped_column(primary_key=True)
    file_name: Mapped[words]
    digest: Mapped[raw_bytes]
    target: Mapped[words]
    attempted_at: Mapped[instant]
    outcome: Mapped[words]
    problem: Mapped[words]


class SealedFile(Base):
    """A file as it leaves, encrypted for a recipient: encrypting again gives other bytes, and a file is sent once.

    `digest` is the SHA-256 of the file as it was built.
    """

    __tablename__ = "sealed_files"
    __table_args__ = table(APPEND_ONLY)

    digest: Mapped[raw_bytes] = mapped_column(primary_key=True)
    recipient: Mapped[words] = mapped_column(primary_key=True)
    sealed_bytes: Mapped[raw_bytes]
    sealed_at: Mapped[instant]
