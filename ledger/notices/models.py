"""The outbox: what people are to be told, encrypted until it is delivered, then emptied."""

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from ledger.tables import UPDATED, Base, count, identity, instant, raw_bytes, table, words


class Notice(Base):
    """One message. `payload` (Fernet) holds address, subject and text, and is null once delivered."""

    __tablename__ = "notices"
    __table_args__ = table(
        UPDATED,
        Index(
            "ix_notices_waiting",
            "next_at",
            postgresql_where=text("delivered_at IS NULL"),
            sqlite_where=text("delivered_at IS NULL"),
        ),
    )

    id: Mapped[identity] = mapped_column(primary_key=True)
    topic: Mapped[words]
    payload: Mapped[raw_bytes | None]
    at: Mapped[instant]
    attempts: Mapped[count]
    next_at: Mapped[instant]
    delivered_at: Mapped[instant | None]
