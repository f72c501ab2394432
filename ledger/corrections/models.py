"""The tables of putting right: corrections with their reasons, and disputes with their outcomes."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ledger.corrections.rules import CorrectionKind, DisputeState
from ledger.tables import APPEND_ONLY, UPDATED, Base, day, identity, instant, one_of, table, words


class Correction(Base):
    """Why a transaction puts something right: reason, where the evidence is, who asked, and what two agreed on.

    `about` is the transaction put right; an adjustment may be about none. What the reason says may be of a person, so
    it stands here and not in the book.
    """

    __tablename__ = "corrections"
    __table_args__ = table(
        APPEND_ONLY,
        UniqueConstraint("transaction_id"),
        UniqueConstraint("proposal_id"),
        one_of("kind", CorrectionKind),
        CheckConstraint("kind <> 'adjustment' OR proposal_id IS NOT NULL", name="two_people"),
        CheckConstraint("kind <> 'reversal' OR about IS NOT NULL", name="says_of_what"),
        CheckConstraint("reason <> '' AND evidence <> ''", name="says_why"),
        Index("ix_corrections_about", "about"),
    )

    id: Mapped[identity] = mapped_column(primary_key=True)
    kind: Mapped[words]
    transaction_id: Mapped[identity] = mapped_column(ForeignKey("transactions.id"))
    about: Mapped[identity | None] = mapped_column(ForeignKey("transactions.id"))
    reason: Mapped[words]
    evidence: Mapped[words]
    officer_id: Mapped[identity] = mapped_column(ForeignKey("officers.id"))
    proposal_id: Mapped[identity | None] = mapped_column(ForeignKey("proposals.id"))
    at: Mapped[instant]


class Dispute(Base):
    """A resident or a shop says that a transaction is wrong; the council answers by `due_on`, once.

    The migration has the database refuse any change of what was said.
    """

    __tablename__ = "disputes"
    __table_args__ = table(
        UPDATED,
        UniqueConstraint("reference"),
        UniqueConstraint("transaction_id", "resident_id"),
        UniqueConstraint("transaction_id", "merchant_id"),
        one_of("state", DisputeState),
        CheckConstraint("(resident_id IS NULL) <> (merchant_id IS NULL)", name="one_side"),
        CheckConstraint("(state = 'open') = (answered_at IS NULL)", name="answered"),
        CheckConstraint("(answered_at IS NULL) = (officer_id IS NULL)", name="answered_by"),
        CheckConstraint("(answered_at IS NULL) = (answer IS NULL)", name="answer"),
        CheckConstraint("(state = 'upheld') = (correction_id IS NOT NULL)", name="upheld_by"),
        Index("ix_disputes_resident_id", "resident_id"),
        Index("ix_disputes_merchant_id", "merchant_id"),
    )

    id: Mapped[identity] = mapped_column(primary_key=True)
    reference: Mapped[words]
    transaction_id: Mapped[identity] = mapped_column(ForeignKey("transactions.id"))
    resident_id: Mapped[identity | None] = mapped_column(ForeignKey("residents.id"))
    merchant_id: Mapped[identity | None] = mapped_column(ForeignKey("organisations.id"))
    reason: Mapped[words]
    made_at: Mapped[instant]
    due_on: Mapped[day]
    state: Mapped[words]
    answered_at: Mapped[instant | None]
    officer_id: Mapped[identity | None] = mapped_column(ForeignKey("officers.id"))
    answer: Mapped[words | None]
    correction_id: Mapped[identity | None] = mapped_column(ForeignKey("corrections.id"))
