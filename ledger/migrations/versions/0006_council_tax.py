"""Take credits off council tax: links, batches, items."""

import sqlalchemy as sa
from alembic import op

from ledger import tables
from ledger.migrations.guards import protect

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

APPEND_ONLY: dict[str, dict[str, list[str]]] = {}
UPDATED = ["council_tax_batches", "council_tax_links", "council_tax_items"]


def _council_tax_batches() -> None:
    op.create_table(
        "council_tax_batches",
        sa.Column("id", tables.Identity(), nullable=False),
        sa.Column("sequence", tables.WHOLE, nullable=False),
        sa.Column("business_date", tables.Day(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("built_at", tables.Instant(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("file_bytes", sa.LargeBinary(), nullable=True),
        sa.Column("digest", sa.LargeBinary(), nullable=True),
        sa.Column("lines", tables.WHOLE, nullable=False),
        sa.Column("reductions", tables.WHOLE, nullable=False),
        sa.Column("reversals", tables.WHOLE, nullable=False),
        sa.Column("hash_total", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state IN ('open', 'built', 'approved', 'released', 'answered', 'reconciled')",
            name=op.f("ck_council_tax_batches_state"),
        ),
        sa.CheckConstraint(
            "lines >= 0 AND reductions >= 0 AND reversals >= 0", name=op.f("ck_council_tax_batches_totals")
        ),
        sa.CheckConstraint(
            "state = 'open' OR (file_bytes IS NOT NULL AND digest IS NOT NULL)",
            name=op.f("ck_council_tax_batches_built"),
        ),
        sa.CheckConstraint("sequence BETWEEN 1 AND 999999", name=op.f("ck_council_tax_batches_sequence")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_council_tax_batches")),
        sa.UniqueConstraint("business_date", name=op.f("uq_council_tax_batches_business_date")),
        sa.UniqueConstraint("digest", name=op.f("uq_council_tax_batches_digest")),
        sa.UniqueConstraint("sequence", name=op.f("uq_council_tax_batches_sequence")),
        info={"written": "updated"},
        sqlite_strict=True,
    )


def _council_tax_links() -> None:
    op.create_table(
        "council_tax_links",
        sa.Column("id", tables.Identity(), nullable=False),
        sa.Column("resident_id", tables.Identity(), nullable=False),
        sa.Column("account_ref", sa.Text(), nullable=False),
        sa.Column("check_character", sa.Text(), nullable=False),
        sa.Column("uprn", sa.Text(), nullable=True),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("linked_at", tables.Instant(), nullable=False),
        sa.Column("ended_at", tables.Instant(), nullable=True),
        sa.CheckConstraint("role IN ('liable', 'household_member')", name=op.f("ck_council_tax_links_role")),
        sa.CheckConstraint("uprn IS NULL OR length(uprn) BETWEEN 1 AND 12", name=op.f("ck_council_tax_links_uprn")),
        sa.ForeignKeyConstraint(["resident_id"], ["residents.id"], name=op.f("fk_council_tax_links_resident_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_council_tax_links")),
        info={"written": "updated"},
        sqlite_strict=True,
    )
    op.create_index("ix_council_tax_links_account_ref", "council_tax_links", ["account_ref"], unique=False)
    op.create_index(
        "uq_council_tax_links_live",
        "council_tax_links",
        ["resident_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
        sqlite_where=sa.text("ended_at IS NULL"),
    )


def _item_checks() -> list[sa.Constraint]:
    return [
        sa.CheckConstraint("code IN ('RED', 'REV', 'PRV')", name=op.f("ck_council_tax_items_code")),
        sa.CheckConstraint(
            "reason IN ('VOL', 'GIF', 'ORG', 'RES', 'FRD', 'COR')", name=op.f("ck_council_tax_items_reason")
        ),
        sa.CheckConstraint(
            "state IN ('held', 'cancelled', 'batched', 'sent', 'applied', 'partly_applied', 'refused', 'deferred', 'clawed_back')",
            name=op.f("ck_council_tax_items_state"),
        ),
        sa.CheckConstraint("(batch_id IS NULL) = (line IS NULL)", name=op.f("ck_council_tax_items_batch_line")),
        sa.CheckConstraint(
            "(state = 'cancelled') = (cancelled_at IS NOT NULL)", name=op.f("ck_council_tax_items_cancelled")
        ),
        sa.CheckConstraint(
            "code <> 'RED' OR (state IN ('held', 'cancelled')) = (transaction_id IS NULL)",
            name=op.f("ck_council_tax_items_posted"),
        ),
        sa.CheckConstraint("amount BETWEEN 1 AND 9999999", name=op.f("ck_council_tax_items_amount")),
        sa.CheckConstraint("returned BETWEEN 0 AND amount", name=op.f("ck_council_tax_items_returned")),
    ]


def _item_keys() -> list[sa.Constraint]:
    return [
        sa.ForeignKeyConstraint(["batch_id"], ["council_tax_batches.id"], name=op.f("fk_council_tax_items_batch_id")),
        sa.ForeignKeyConstraint(["hold_id"], ["holds.id"], name=op.f("fk_council_tax_items_hold_id")),
        sa.ForeignKeyConstraint(["link_id"], ["council_tax_links.id"], name=op.f("fk_council_tax_items_link_id")),
        sa.ForeignKeyConstraint(["resident_id"], ["residents.id"], name=op.f("fk_council_tax_items_resident_id")),
        sa.ForeignKeyConstraint(
            ["transaction_id"], ["transactions.id"], name=op.f("fk_council_tax_items_transaction_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_council_tax_items")),
        sa.UniqueConstraint("batch_id", "line", name=op.f("uq_council_tax_items_batch_id_line")),
        sa.UniqueConstraint("hold_id", name=op.f("uq_council_tax_items_hold_id")),
        sa.UniqueConstraint("reference", name=op.f("uq_council_tax_items_reference")),
        sa.UniqueConstraint("transaction_id", name=op.f("uq_council_tax_items_transaction_id")),
    ]


def _council_tax_items() -> None:
    op.create_table(
        "council_tax_items",
        sa.Column("id", tables.Identity(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("resident_id", tables.Identity(), nullable=False),
        sa.Column("link_id", tables.Identity(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("amount", tables.WHOLE, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("hold_id", tables.Identity(), nullable=False),
        sa.Column("applied_at", tables.Instant(), nullable=False),
        sa.Column("leaves_on", tables.Day(), nullable=False),
        sa.Column("cancelled_at", tables.Instant(), nullable=True),
        sa.Column("batch_id", tables.Identity(), nullable=True),
        sa.Column("line", tables.WHOLE, nullable=True),
        sa.Column("financial_year", tables.WHOLE, nullable=True),
        sa.Column("effective_from", tables.Day(), nullable=True),
        sa.Column("effective_to", tables.Day(), nullable=True),
        sa.Column("transaction_id", tables.Identity(), nullable=True),
        sa.Column("returned", tables.WHOLE, nullable=False),
        *_item_checks(),
        *_item_keys(),
        info={"written": "updated"},
        sqlite_strict=True,
    )
    op.create_index("ix_council_tax_items_resident_id", "council_tax_items", ["resident_id"], unique=False)
    op.create_index("ix_council_tax_items_state", "council_tax_items", ["state", "leaves_on"], unique=False)


def upgrade() -> None:
    """Take credits off council tax: links, batches, items."""
    _council_tax_batches()
    _council_tax_links()
    _council_tax_items()
    protect(APPEND_ONLY, UPDATED)
