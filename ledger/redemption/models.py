"""The tables of redemption: codes, what was drawn of them, and the redemptions tills took."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from ledger.redemption.rules import CodeState, PresentationKind
from ledger.tables import APPEND_ONLY, UPDATED, Base, identity, instant, minor_units, one_of, raw_bytes, table, words


class Code(Base):
    """A resident's permission to take up to `cap` (minor units), once. One is live at a time."""

    __tablename__ = "codes"
    __table_args__ = table(
        UPDATED,
        one_of("state", CodeState),
        CheckConstraint("cap BETWEEN 1 AND 1000000", name="cap"),
        CheckConstraint("(state = 'issued') = (ended_at IS NULL)", name="ended"),
        Index(
            "uq_codes_live",
            "resident_id",
            unique=True,
            postgresql_where=text("state = 'issued'"),
            sqlite_where=text("state = 'issued'"),
        ),
    )

    id: Mapped[identity] = mapped_column(primary_key=True)
    resident_id: Mapped[identity] = mapped_column(ForeignKey("residents.id"))
    cap: Mapped[minor_units]
    state: Mapped[words]
    issued_at: Mapped[instant]
    ended_at: Mapped[instant | None]


class Presentation(Base):
    """One drawing of a code: its token as HMAC-SHA-256, good until `expires_at` by the server's clock."""

    __tablename__ = "presentations"
    __table_args__ = table(
        APPEND_ONLY,
        UniqueConstraint("token_digest"),
        one_of("kind", PresentationKind),
        CheckConstraint("drawn_at < expires_at", name="life"),
        Index("ix_presentations_code_id", "code_id"),
    )

    id: Mapped[identity] = mapped_column(primary_key=True)
    code_id: Mapped[identity] = mapped_column(ForeignKey("codes.id"))
    kind: Mapped[words]
    token_digest: Mapped[raw_bytes]
    drawn_at: Mapped[instant]
    expires_at: Mapped[instant]


class Redemption(Base):
    """What a till took: minor units. `UNIQUE (code_id)` makes a second impossible; `returned` is what went back."""

    __tablename__ = "redemptions"
    __table_args__ = table(
        UPDATED,
        UniqueConstraint("code_id"),
        UniqueConstraint("reference"),
        UniqueConstraint("transaction_id"),
        CheckConstraint("amount BETWEEN 1 AND 1000000", name="amount"),
        CheckConstraint("returned BETWEEN 0 AND amount", name="returned"),
        Index("ix_redemptions_merchant_id_at", "merchant_id", "at"),
        Index("ix_redemptions_resident_id", "resident_id"),
    )

    id: Mapped[identity] = mapped_column(primary_key=True)
    reference: Mapped[words]
    code_id: Mapped[identity] = mapped_column(ForeignKey("codes.id"))
    resident_id: Mapped[identity] = mapped_column(ForeignKey("residents.id"))
    merchant_id: Mapped[identity] = mapped_column(ForeignKey("organisations.id"))
    till_id: Mapped[identity] = mapped_column(ForeignKey("sign_ins.id"))
    operator_id: Mapped[identity] = mapped_column(ForeignKey("operators.id"))
    amount: Mapped[minor_units]
    transaction_id: Mapped[identity] = mapped_column(ForeignKey("transactions.id"))
    at: Mapped[instant]
    returned: Mapped[minor_units]
    voided_at: Mapped[instant | None]
