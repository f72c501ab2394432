"""The tables of the council's own decisions on council tax: classes of reduction, their endings, published closings."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ledger.tables import APPEND_ONLY, Base, count, day, identity, instant, minor_units, table, words


class ReductionScheme(Base):
    """A class of case whose liability is reduced (LGFA 1992 s13A(1)(c)): by which decision, how far, for which years.

    Caps are pence a financial year. Years are those in which a financial year begins.
    """

    __tablename__ = "reduction_schemes"
    __table_args__ = table(
        APPEND_ONLY,
        UniqueConstraint("proposal_id"),
        CheckConstraint("decision_reference <> '' AND class_wording <> '' AND signed_by <> ''", name="said"),
        CheckConstraint("account_cap >= 1 AND resident_cap >= 1", name="caps"),
        CheckConstraint("first_year <= last_year", name="years"),
        CheckConstraint("proposed_by <> approved_by", name="two_people"),
        Index("ix_reduction_schemes_first_year", "first_year", "last_year"),
    )

    id: Mapped[identity] = mapped_column(primary_key=True)
    proposal_id: Mapped[identity] = mapped_column(ForeignKey("proposals.id"))
    decision_reference: Mapped[words]
    decided_on: Mapped[day]
    class_wording: Mapped[words]
    account_cap: Mapped[minor_units]
    resident_cap: Mapped[minor_units]
    first_year: Mapped[count]
    last_year: Mapped[count]
    signed_by: Mapped[words]
    recorded_at: Mapped[instant]
    proposed_by: Mapped[words]
    approved_by: Mapped[words]


class ReductionSchemeEnding(Base):
    """A reduction scheme that no longer holds: why, and the two people who agreed on it."""

    __tablename__ = "reduction_scheme_endings"
    __table_args__ = table(
        APPEND_ONLY,
        CheckConstraint("proposed_by <> approved_by", name="two_people"),
        CheckConstraint("reason <> ''", name="reason"),
    )

    scheme_id: Mapped[identity] = mapped_column(ForeignKey("reduction_schemes.id"), primary_key=True)
    ended_at: Mapped[instant]
    reason: Mapped[words]
    proposed_by: Mapped[words]
    approved_by: Mapped[words]


class CouncilTaxClosing(Base):
    """From `closes_on` to the end of its financial year nobody's application is taken: published before, for everybody.

    A ceiling never refuses a single application (council_tax_file.md, Law).
    """

    __tablename__ = "council_tax_closings"
    __table_args__ = table(
        APPEND_ONLY,
        UniqueConstraint("financial_year"),
        CheckConstraint("proposed_by <> approved_by", name="two_people"),
        CheckConstraint("reason <> ''", name="reason"),
    )

    id: Mapped[identity] = mapped_column(primary_key=True)
    financial_year: Mapped[count]
    closes_on: Mapped[day]
    reason: Mapped[words]
    published_at: Mapped[instant]
    proposed_by: Mapped[words]
    approved_by: Mapped[words]
