"""The tables of the book: accounts, balances, transactions, transfers, entries, holds and answered requests."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from ledger.book.rules import AccountEventKind, Ending, Mode, Status, Unit
from ledger.tables import (
    APPEND_ONLY,
    UPDATED,
    Base,
    count,
    day,
    facts,
    identity,
    instant,
    minor_units,
    one_of,
    raw_bytes,
    row_number,
    table,
    words,
)

CEILING = 10**15
"""No column of a balance passes it: sums of 64-bit amounts stay exact."""


class Account(Base):
    """A place where value rests. An owner has one of each kind and unit, or one for each `expires_on`."""

    __tablename__ = "accounts"
    __table_args__ = table(
        APPEND_ONLY,
        UniqueConstraint("public_id"),
        Index(
            "uq_accounts_owner",
            "owner_id",
            "kind",
            "unit",
            unique=True,
            postgresql_where=text("expires_on IS NULL"),
            sqlite_where=text("expires_on IS NULL"),
        ),
        Index(
            "uq_accounts_owner_expires_on",
            "owner_id",
            "kind",
            "unit",
            "expires_on",
            unique=True,
            postgresql_where=text("expires_on IS NOT NULL"),
            sqlite_where=text("expires_on IS NOT NULL"),
        ),
        one_of("unit", Unit),
        one_of("mode", Mode),
    )

    id: Mapped[row_number]
    public_id: Mapped[identity]
    kind: Mapped[words]
    unit: Mapped[words]
    owner_id: Mapped[identity]
    expires_on: Mapped[day | None]
    mode: Mapped[words]


class AccountEvent(Base):
    """A strict account was frozen, closed or opened again."""

    __tablename__ = "account_events"
    __table_args__ = table(APPEND_ONLY, one_of("event", AccountEventKind))

    id: Mapped[row_number]
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    event: Mapped[words]
    at: Mapped[instant]
    transaction_id: Mapped[identity | None]


class Balance(Base):
    """What a strict account holds now, in minor units; made by the statement that makes the account (a trigger)."""

    __tablename__ = "balances"
    __table_args__ = table(
        UPDATED,
        CheckConstraint(f"credited BETWEEN 0 AND {CEILING}", name="credited"),
        CheckConstraint(f"debited BETWEEN 0 AND {CEILING}", name="debited"),
        CheckConstraint(f"held BETWEEN 0 AND {CEILING}", name="held"),
        CheckConstraint("version >= 0", name="version"),
        CheckConstraint("credited - debited - held >= 0", name="floor"),
        one_of("status", Status),
    )

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), primary_key=True, autoincrement=False)
    credited: Mapped[minor_units]
    debited: Mapped[minor_units]
    held: Mapped[minor_units]
    version: Mapped[count]
    posted_at: Mapped[instant | None]
    status: Mapped[words]


class Rollup(Base):
    """A rollup account's subtotal of the transfers below the horizon `through`; also its lock."""

    __tablename__ = "rollups"
    __table_args__ = table(
        UPDATED,
        CheckConstraint("credited >= 0", name="credited"),
        CheckConstraint("debited >= 0", name="debited"),
    )

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), primary_key=True, autoincrement=False)
    credited: Mapped[minor_units]
    debited: Mapped[minor_units]
    through: Mapped[count]


class Transaction(Base):
    """A balanced record: one or more transfers that happened together. Its texts never hold personal data."""

    __tablename__ = "transactions"
    __table_args__ = table(
        APPEND_ONLY,
        UniqueConstraint("reverses"),
        CheckConstraint("reverses IS NULL OR corrects IS NULL", name="cites_one"),
        Index("ix_transactions_corrects", "corrects"),
    )

    id: Mapped[identity] = mapped_column(primary_key=True)
    kind: Mapped[words]
    effective_on: Mapped[day]
    posted_at: Mapped[instant]
    actor: Mapped[words]
    narrative: Mapped[words]
    details: Mapped[facts]
    reverses: Mapped[identity | None] = mapped_column(ForeignKey("transactions.id"))
    corrects: Mapped[identity | None] = mapped_column(ForeignKey("transactions.id"))


class Transfer(Base):
    """One debit, one credit, one amount in minor units of the unit both accounts share.

    PostgreSQL also keeps the `xid` that wrote it: the horizon of a rollup is a transaction id, never a `seq`.
    """

    __tablename__ = "transfers"
    __table_args__ = table(
        APPEND_ONLY,
        UniqueConstraint("transaction_id", "line"),
        CheckConstraint("line >= 1", name="line"),
        CheckConstraint("amount BETWEEN 1 AND 1000000000000", name="amount"),
        CheckConstraint("debit_account <> credit_account", name="two_accounts"),
        Index("ix_transfers_debit_account", "debit_account", "seq", "amount"),
        Index("ix_transfers_credit_account", "credit_account", "seq", "amount"),
    )

    seq: Mapped[row_number]
    transaction_id: Mapped[identity] = mapped_column(ForeignKey("transactions.id"))
    line: Mapped[count]
    debit_account: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    credit_account: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    amount: Mapped[minor_units]


class Entry(Base):
    """One strict side of a transfer, numbered: the change, the running balance, and what of it was not held."""

    __tablename__ = "entries"
    __table_args__ = table(
        APPEND_ONLY,
        CheckConstraint("version >= 1", name="version"),
        CheckConstraint("headroom >= 0", name="headroom"),
        CheckConstraint("change <> 0", name="change"),
    )

    account_id: Mapped[count] = mapped_column(primary_key=True, autoincrement=False)
    version: Mapped[count] = mapped_column(primary_key=True, autoincrement=False)
    transaction_id: Mapped[identity]
    line: Mapped[count]
    change: Mapped[minor_units]
    balance: Mapped[minor_units]
    headroom: Mapped[minor_units]


class Hold(Base):
    """Value set aside on purses until it is captured, voided or expires."""

    __tablename__ = "holds"
    __table_args__ = table(
        APPEND_ONLY,
        Index(
            "ix_holds_expires_at",
            "expires_at",
            sqlite_where=text("expires_at IS NOT NULL"),
            postgresql_where=text("expires_at IS NOT NULL"),
        ),
    )

    id: Mapped[identity] = mapped_column(primary_key=True)
    reason: Mapped[words]
    placed_at: Mapped[instant]
    expires_at: Mapped[instant | None]


class HoldLine(Base):
    """The part of a hold that one account bears; lines are in draw order."""

    __tablename__ = "hold_lines"
    __table_args__ = table(
        APPEND_ONLY,
        UniqueConstraint("hold_id", "account_id"),
        CheckConstraint("amount BETWEEN 1 AND 1000000000000", name="amount"),
        Index("ix_hold_lines_account_id", "account_id"),
    )

    hold_id: Mapped[identity] = mapped_column(ForeignKey("holds.id"), primary_key=True)
    line: Mapped[count] = mapped_column(primary_key=True, autoincrement=False)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    amount: Mapped[minor_units]


class HoldEnd(Base):
    """The one ending of a hold: its key makes a second impossible."""

    __tablename__ = "hold_ends"
    __table_args__ = table(
        APPEND_ONLY,
        one_of("ending", Ending),
        CheckConstraint("(ending = 'captured') = (transaction_id IS NOT NULL)", name="captured_by"),
    )

    hold_id: Mapped[identity] = mapped_column(ForeignKey("holds.id"), primary_key=True)
    ending: Mapped[words]
    at: Mapped[instant]
    transaction_id: Mapped[identity | None] = mapped_column(ForeignKey("transactions.id"))


class Request(Base):
    """A request that was answered, for ever: the same key and bytes get the same answer, byte for byte."""

    __tablename__ = "requests"
    __table_args__ = table(APPEND_ONLY, CheckConstraint("status BETWEEN 200 AND 499", name="status"))

    principal: Mapped[words] = mapped_column(primary_key=True)
    key: Mapped[words] = mapped_column(primary_key=True)
    route: Mapped[words]
    digest: Mapped[raw_bytes]
    status: Mapped[count]
    content_type: Mapped[words]
    body: Mapped[raw_bytes]
    at: Mapped[instant]
