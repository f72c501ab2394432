"""The tables of closed months: each closing with its totals and its pack, and what opened it again."""

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ledger.tables import APPEND_ONLY, Base, count, day, identity, instant, minor_units, raw_bytes, table, words

CLOSED_MONTH = "ck_transactions_open_month"
"""The name under which the database refuses a transaction in a closed month: a trigger's, told as a CHECK's."""


class PeriodClosing(Base):
    """A London month was closed, for the first time or, `number` says, once more after it was opened again."""

    __tablename__ = "period_closings"
    __table_args__ = table(
        APPEND_ONLY,
        UniqueConstraint("month", "number"),
        CheckConstraint("number >= 1", name="number"),
    )

    id: Mapped[identity] = mapped_column(primary_key=True)
    month: Mapped[day]
    number: Mapped[count]
    closed_at: Mapped[instant]
    closed_by: Mapped[words]


class PeriodTotal(Base):
    """What all accounts of a kind and unit had been debited and credited by the month's last day; minor units."""

    __tablename__ = "period_totals"
    __table_args__ = table(APPEND_ONLY)

    closing_id: Mapped[identity] = mapped_column(ForeignKey("period_closings.id"), primary_key=True)
    unit: Mapped[words] = mapped_column(primary_key=True)
    kind: Mapped[words] = mapped_column(primary_key=True)
    debited: Mapped[minor_units]
    credited: Mapped[minor_units]


class PeriodReopening(Base):
    """A closing that no longer holds: why, and the two people who agreed on it."""

    __tablename__ = "period_reopenings"
    __table_args__ = table(
        APPEND_ONLY,
        CheckConstraint("proposed_by <> approved_by", name="two_people"),
        CheckConstraint("reason <> ''", name="reason"),
    )

    closing_id: Mapped[identity] = mapped_column(ForeignKey("period_closings.id"), primary_key=True)
    reopened_at: Mapped[instant]
    proposed_by: Mapped[words]
    approved_by: Mapped[words]
    reason: Mapped[words]


class PeriodPackFile(Base):
    """A file kept when a month was closed, with the SHA-256 of its bytes."""

    __tablename__ = "period_pack_files"
    __table_args__ = table(
        APPEND_ONLY,
        CheckConstraint("length(digest) = 32", name="digest"),
        CheckConstraint("name <> ''", name="name"),
    )

    closing_id: Mapped[identity] = mapped_column(ForeignKey("period_closings.id"), primary_key=True)
    name: Mapped[words] = mapped_column(primary_key=True)
    content: Mapped[raw_bytes]
    digest: Mapped[raw_bytes]
    kept_at: Mapped[instant]
