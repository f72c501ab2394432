"""The tables of the council-tax reduction: links, items, nightly batches and the lines of their files."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from ledger.council_tax.rules import BatchState, ItemCode, ItemState, LinkRole, Reason
from ledger.tables import (
    UPDATED,
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


class CouncilTaxLink(Base):
    """A resident's word that a council-tax account is theirs or their household's. Text: it has leading zeros.

    `account_ref` is the base, `check_character` empty where the council has none. One live link a resident.
    """

    __tablename__ = "council_tax_links"
    __table_args__ = table(
        UPDATED,
        one_of("role", LinkRole),
        CheckConstraint("uprn IS NULL OR length(uprn) BETWEEN 1 AND 12", name="uprn"),
        Index(
            "uq_council_tax_links_live",
            "resident_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
            sqlite_where=text("ended_at IS NULL"),
        ),
        Index("ix_council_tax_links_account_ref", "account_ref"),
    )

    id: Mapped[identity] = mapped_column(primary_key=True)
    resident_id: Mapped[identity] = mapped_column(ForeignKey("residents.id"))
    account_ref: Mapped[words]
    check_character: Mapped[words]
    uprn: Mapped[words | None]
    role: Mapped[words]
    linked_at: Mapped[instant]
    ended_at: Mapped[instant | None]


class CouncilTaxBatch(Base):
    """One night's file for the revenues system: its bytes, its digest, its control totals (pence).

    `open` only inside the unit of work that builds it: the row's keys make a second builder wait for the first.
    """

    __tablename__ = "council_tax_batches"
    __table_args__ = table(
        UPDATED,
        one_of("state", BatchState),
        UniqueConstraint("sequence"),
        UniqueConstraint("business_date"),
        UniqueConstraint("digest"),
        CheckConstraint("sequence BETWEEN 1 AND 999999", name="sequence"),
        CheckConstraint("lines >= 0 AND reductions >= 0 AND reversals >= 0", name="totals"),
        CheckConstraint("state = 'open' OR (file_bytes IS NOT NULL AND digest IS NOT NULL)", name="built"),
    )

    id: Mapped[identity] = mapped_column(primary_key=True)
    sequence: Mapped[count]
    business_date: Mapped[day]
    state: Mapped[words]
    built_at: Mapped[instant]
    file_name: Mapped[words]
    file_bytes: Mapped[raw_bytes | None]
    digest: Mapped[raw_bytes | None]
    lines: Mapped[count]
    reductions: Mapped[minor_units]
    reversals: Mapped[minor_units]
    hash_total: Mapped[words]


class CouncilTaxItem(Base):
    """One application of credits to a council-tax account; its id is the file's `txn_id`. Pence.

    `leaves_on` is the business date promised when it was made: its financial year is the one its caps count in. A
    reversal is an item too: of `original_id`, asked for by an officer who said why; it holds nothing. `transaction_id`
    is the capture of a reduction, and what a reversal posted; `retry_on` the day a deferred one leaves again.
    """

    __tablename__ = "council_tax_items"
    __table_args__ = table(
        UPDATED,
        one_of("state", ItemState),
        one_of("code", ItemCode),
        one_of("reason", Reason),
        CheckConstraint("amount BETWEEN 1 AND 9999999", name="amount"),
        CheckConstraint("returned BETWEEN 0 AND amount", name="returned"),
        CheckConstraint("(batch_id IS NULL) = (line IS NULL)", name="batch_line"),
        CheckConstraint("(state = 'cancelled') = (cancelled_at IS NOT NULL)", name="cancelled"),
        CheckConstraint("code <> 'RED' OR (state IN ('held', 'cancelled')) = (transaction_id IS NULL)", name="posted"),
        CheckConstraint("(code = 'RED') = (original_id IS NULL)", name="original"),
        CheckConstraint("(code = 'RED') = (hold_id IS NOT NULL)", name="held"),
        CheckConstraint("(code = 'RED') = (asked_by IS NULL) AND (asked_by IS NULL) = (why IS NULL)", name="asked"),
        UniqueConstraint("reference"),
        UniqueConstraint("hold_id"),
        UniqueConstraint("batch_id", "line"),
        UniqueConstraint("transaction_id"),
        Index("ix_council_tax_items_resident_id", "resident_id"),
        Index("ix_council_tax_items_state", "state", "leaves_on"),
    )

    id: Mapped[identity] = mapped_column(primary_key=True)
    reference: Mapped[words]
    resident_id: Mapped[identity] = mapped_column(ForeignKey("residents.id"))
    link_id: Mapped[identity] = mapped_column(ForeignKey("council_tax_links.id"))
    code: Mapped[words]
    reason: Mapped[words]
    amount: Mapped[minor_units]
    state: Mapped[words]
    hold_id: Mapped[identity | None] = mapped_column(ForeignKey("holds.id"))
    applied_at: Mapped[instant]
    leaves_on: Mapped[day]
    cancelled_at: Mapped[instant | None]
    batch_id: Mapped[identity | None] = mapped_column(ForeignKey("council_tax_batches.id"))
    line: Mapped[count | None]
    financial_year: Mapped[count | None]
    effective_from: Mapped[day | None]
    effective_to: Mapped[day | None]
    transaction_id: Mapped[identity | None] = mapped_column(ForeignKey("transactions.id"))
    returned: Mapped[minor_units]
    original_id: Mapped[identity | None] = mapped_column(ForeignKey("council_tax_items.id"))
    asked_by: Mapped[identity | None] = mapped_column(ForeignKey("officers.id"))
    why: Mapped[words | None]
    retry_on: Mapped[day | None]


class CouncilTaxLine(Base):
    """A line of a batch's file, and the capture that its item had then; a deferred item has one in each of its files.

    `taken_out_at` is when the file was sent back before its release, and so built anew without it.
    """

    __tablename__ = "council_tax_lines"
    __table_args__ = table(
        UPDATED,
        CheckConstraint("line >= 1", name="line"),
        UniqueConstraint("item_id", "batch_id"),
        Index("ix_council_tax_lines_transaction_id", "transaction_id"),
    )

    batch_id: Mapped[identity] = mapped_column(ForeignKey("council_tax_batches.id"), primary_key=True)
    line: Mapped[count] = mapped_column(primary_key=True, autoincrement=False)
    item_id: Mapped[identity] = mapped_column(ForeignKey("council_tax_items.id"))
    transaction_id: Mapped[identity | None] = mapped_column(ForeignKey("transactions.id"))
    taken_out_at: Mapped[instant | None]
