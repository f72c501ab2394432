"""The table of who was told that credits end."""

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from ledger.tables import APPEND_ONLY, Base, count, day, identity, instant, table, words


class ExpiryNotice(Base):
    """A resident was told, once for each of 60, 30 and 7 days before, that what is in a purse ends."""

    __tablename__ = "expiry_notices"
    __table_args__ = table(APPEND_ONLY, CheckConstraint("days IN (60, 30, 7)", name="days"))

    resident_id: Mapped[identity] = mapped_column(ForeignKey("residents.id"), primary_key=True)
    unit: Mapped[words] = mapped_column(primary_key=True)
    expires_on: Mapped[day] = mapped_column(primary_key=True)
    days: Mapped[count] = mapped_column(primary_key=True)
    notice_id: Mapped[identity] = mapped_column(ForeignKey("notices.id"))
    told_at: Mapped[instant]
