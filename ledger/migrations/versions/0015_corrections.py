"""Put right: corrections with reason and evidence, disputes with deadline and outcome."""

import sqlalchemy as sa
from alembic import op

from ledger import tables
from ledger.migrations.guards import fixed, protect

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

APPEND_ONLY: dict[str, dict[str, list[str]]] = {
    "corrections": {
        "pk_corrections": ["id"],
        "uq_corrections_transaction_id": ["transaction_id"],
        "uq_corrections_proposal_id": ["proposal_id"],
    }
}
UPDATED = ["disputes"]
SAID = ["id", "reference", "transaction_id", "resident_id", "merchant_id", "reason", "made_at", "due_on"]
"""What whoever disputes said, and until when an answer is due: neither ever changes."""


def _corrections() -> None:
    op.create_table(
        "corrections",
        sa.Column("id", tables.Identity(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("transaction_id", tables.Identity(), nullable=False),
        sa.Column("about", tables.Identity(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("officer_id", tables.Identity(), nullable=False),
        sa.Column("proposal_id", tables.Identity(), nullable=True),
        sa.Column("at", tables.Instant(), nullable=False),
        sa.CheckConstraint("kind IN ('reversal', 'adjustment')", name=op.f("ck_corrections_kind")),
        sa.CheckConstraint("kind <> 'adjustment' OR proposal_id IS NOT NULL", name=op.f("ck_corrections_two_people")),
        sa.CheckConstraint("kind <> 'reversal' OR about IS NOT NULL", name=op.f("ck_corrections_says_of_what")),
        sa.CheckConstraint("reason <> '' AND evidence <> ''", name=op.f("ck_corrections_says_why")),
        sa.ForeignKeyConstraint(["about"], ["transactions.id"], name=op.f("fk_corrections_about")),
        sa.ForeignKeyConstraint(["officer_id"], ["officers.id"], name=op.f("fk_corrections_officer_id")),
        sa.ForeignKeyConstraint(["proposal_id"], ["proposals.id"], name=op.f("fk_corrections_proposal_id")),
        sa.ForeignKeyConstraint(["transaction_id"], ["transactions.id"], name=op.f("fk_corrections_transaction_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_corrections")),
        sa.UniqueConstraint("transaction_id", name=op.f("uq_corrections_transaction_id")),
        sa.UniqueConstraint("proposal_id", name=op.f("uq_corrections_proposal_id")),
        info={"written": "append-only"},
        sqlite_strict=True,
    )
    op.create_index("ix_corrections_about", "corrections", ["about"], unique=False)


def _disputes() -> None:
    op.create_table(
        "disputes",
        sa.Column("id", tables.Identity(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("transaction_id", tables.Identity(), nullable=False),
        sa.Column("resident_id", tables.Identity(), nullable=True),
        sa.Column("merchant_id", tables.Identity(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("made_at", tables.Instant(), nullable=False),
        sa.Column("due_on", tables.Day(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("answered_at", tables.Instant(), nullable=True),
        sa.Column("officer_id", tables.Identity(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("correction_id", tables.Identity(), nullable=True),
        sa.CheckConstraint("state IN ('open', 'upheld', 'not_upheld')", name=op.f("ck_disputes_state")),
        sa.CheckConstraint("(resident_id IS NULL) <> (merchant_id IS NULL)", name=op.f("ck_disputes_one_side")),
        sa.CheckConstraint("(state = 'open') = (answered_at IS NULL)", name=op.f("ck_disputes_answered")),
        sa.CheckConstraint("(answered_at IS NULL) = (officer_id IS NULL)", name=op.f("ck_disputes_answered_by")),
        sa.CheckConstraint("(answered_at IS NULL) = (answer IS NULL)", name=op.f("ck_disputes_answer")),
        sa.CheckConstraint("(state = 'upheld') = (correction_id IS NOT NULL)", name=op.f("ck_disputes_upheld_by")),
        sa.ForeignKeyConstraint(["correction_id"], ["corrections.id"], name=op.f("fk_disputes_correction_id")),
        sa.ForeignKeyConstraint(["merchant_id"], ["organisations.id"], name=op.f("fk_disputes_merchant_id")),
        sa.ForeignKeyConstraint(["officer_id"], ["officers.id"], name=op.f("fk_disputes_officer_id")),
        sa.ForeignKeyConstraint(["resident_id"], ["residents.id"], name=op.f("fk_disputes_resident_id")),
        sa.ForeignKeyConstraint(["transaction_id"], ["transactions.id"], name=op.f("fk_disputes_transaction_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disputes")),
        sa.UniqueConstraint("reference", name=op.f("uq_disputes_reference")),
        sa.UniqueConstraint("transaction_id", "resident_id", name=op.f("uq_disputes_transaction_id_resident_id")),
        sa.UniqueConstraint("transaction_id", "merchant_id", name=op.f("uq_disputes_transaction_id_merchant_id")),
        info={"written": "updated"},
        sqlite_strict=True,
    )
    op.create_index("ix_disputes_resident_id", "disputes", ["resident_id"], unique=False)
    op.create_index("ix_disputes_merchant_id", "disputes", ["merchant_id"], unique=False)


def upgrade() -> None:
    """Put right: corrections with reason and evidence, disputes with deadline and outcome."""
    _corrections()
    _disputes()
    protect(APPEND_ONLY, UPDATED)
    fixed("disputes", SAID)
