"""How much of each cap its owner has used, and what closed months did to cohorts; purses are accounts of the book."""

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from ledger.tables import APPEND_ONLY, UPDATED, Base, count, day, identity, minor_units, table, words


class CapUse(Base):
    """What an owner has used of one cap in one period: minor units, or minutes for the cap on hours."""

    __tablename__ = "cap_uses"
    __table_args__ = table(UPDATED, CheckConstraint("used >= 0", name="used"))

    owner_id: Mapped[identity] = mapped_column(primary_key=True)
    cap: Mapped[words] = mapped_column(primary_key=True)
    period_starts_on: Mapped[day] = mapped_column(primary_key=True)
    used: Mapped[count]


class ClosedCohort(Base):
    """What a closed month did to all purses of one last good day: minor units, each net of what undid it."""

    __tablename__ = "closed_cohorts"
    __table_args__ = table(APPEND_ONLY)

    closing_id: Mapped[identity] = mapped_column(ForeignKey("period_closings.id"), primary_key=True)
    unit: Mapped[words] = mapped_column(primary_key=True)
    expires_on: Mapped[day] = mapped_column(primary_key=True)
    awarded: Mapped[minor_units]
    redeemed: Mapped[minor_units]
    expired: Mapped[minor_units]
