"""How much of each cap its owner has used; purses themselves are accounts of the book."""

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ledger.tables import UPDATED, Base, count, day, identity, table, words


class CapUse(Base):
    """What an owner has used of one cap in one period: minor units, or minutes for the cap on hours."""

    __tablename__ = "cap_uses"
    __table_args__ = table(UPDATED, CheckConstraint("used >= 0", name="used"))

    owner_id: Mapped[identity] = mapped_column(primary_key=True)
    cap: Mapped[words] = mapped_column(primary_key=True)
    period_starts_on: Mapped[day] = mapped_column(primary_key=True)
    used: Mapped[count]
