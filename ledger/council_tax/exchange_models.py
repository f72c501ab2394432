"""The tables of the exchange with the revenues system: who released a batch, and what was answered to each line."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from ledger.council_tax.rules import AnswerKind, Outcome
from ledger.tables import (
    APPEND_ONLY,
    Base,
    count,
    day,
    identity,
    instant,
    minor_units,
    one_of,
    raw_bytes,
    table,
    words,
)


class CouncilTaxApproval(Base):
    """What a first officer approved of a batch, for a second to release; its newest is the one that counts."""

    __tablename__ = "council_tax_approvals"
    __table_args__ = table(APPEND_ONLY, Index("ix_council_tax_approvals_batch_id", "batch_id"))

    proposal_id: Mapped[identity] = mapped_column(ForeignKey("proposals.id"), primary_key=True)
    batch_id: Mapped[identity] = mapped_column(ForeignKey("council_tax_batches.id"))


class CouncilTaxRelease(Base):
    """That a batch may leave: by the proposal that two officers agreed on, or by itself where it is empty."""

    __tablename__ = "council_tax_releases"
    __table_args__ = table(APPEND_ONLY)

    batch_id: Mapped[identity] = mapped_column(ForeignKey("council_tax_batches.id"), primary_key=True)
    proposal_id: Mapped[identity | None] = mapped_column(ForeignKey("proposals.id"))
    released_at: Mapped[instant]


class CouncilTaxRebuild(Base):
    """That a file was sent back before its release and built anew, empty: the digest and the lines it had before."""

    __tablename__ = "council_tax_rebuilds"
    __table_args__ = table(APPEND_ONLY, CheckConstraint("reason <> ''", name="reason"))

    batch_id: Mapped[identity] = mapped_column(ForeignKey("council_tax_batches.id"), primary_key=True)
    digest: Mapped[raw_bytes]
    lines: Mapped[count]
    sent_back_by: Mapped[identity] = mapped_column(ForeignKey("officers.id"))
    reason: Mapped[words]
    rebuilt_at: Mapped[instant]


class CouncilTaxAnswer(Base):
    """A file of the revenues system that was taken in, byte for byte: the answer to a batch, or later changes."""

    __tablename__ = "council_tax_answers"
    __table_args__ = table(
        APPEND_ONLY,
        one_of("kind", AnswerKind),
        UniqueConstraint("kind", "sequence"),
        UniqueConstraint("digest"),
        CheckConstraint("(kind = 'CTR') = (batch_id IS NOT NULL)", name="batch"),
        CheckConstraint("sequence BETWEEN 1 AND 999999", name="sequence"),
    )

    id: Mapped[identity] = mapped_column(primary_key=True)
    kind: Mapped[words]
    sequence: Mapped[count]
    batch_id: Mapped[identity | None] = mapped_column(ForeignKey("council_tax_batches.id"))
    code: Mapped[words]
    digest: Mapped[raw_bytes]
    file_bytes: Mapped[raw_bytes]
    taken_at: Mapped[instant]
    taken_by: Mapped[words]


class CouncilTaxAnswerLine(Base):
    """What was said of one item: pence applied, or taken back later (U); what was posted for it. Final once."""

    __tablename__ = "council_tax_answer_lines"
    __table_args__ = table(
        APPEND_ONLY,
        one_of("outcome", Outcome),
        CheckConstraint("amount BETWEEN 0 AND 9999999", name="amount"),
        Index("ix_council_tax_answer_lines_item_id", "item_id"),
        Index(
            "uq_council_tax_answer_lines_final",
            "item_id",
            unique=True,
            postgresql_where=text("outcome IN ('A', 'P', 'R')"),
            sqlite_where=text("outcome IN ('A', 'P', 'R')"),
        ),
    )

    answer_id: Mapped[identity] = mapped_column(ForeignKey("council_tax_answers.id"), primary_key=True)
    line: Mapped[count] = mapped_column(primary_key=True, autoincrement=False)
    item_id: Mapped[identity] = mapped_column(ForeignKey("council_tax_items.id"))
    outcome: Mapped[words]
    code: Mapped[words]
    amount: Mapped[minor_units]
    posted_on: Mapped[day | None]
    bill: Mapped[words | None]
    retry_on: Mapped[day | None]
    applied_id: Mapped[identity | None] = mapped_column(ForeignKey("transactions.id"))
    returned_id: Mapped[identity | None] = mapped_column(ForeignKey("transactions.id"))
