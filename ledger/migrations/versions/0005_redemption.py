"""Let tills take codes: codes, presentations, redemptions."""

import sqlalchemy as sa
from alembic import op

from ledger import tables
from ledger.migrations.guards import protect

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

APPEND_ONLY: dict[str, dict[str, list[str]]] = {
    "presentations": {"pk_presentations": ["id"], "uq_presentations_token_digest": ["token_digest"]}
}
UPDATED = ["codes", "redemptions"]


def _codes() -> None:
    op.create_table(
        "codes",
        sa.Column("id", tables.Identity(), nullable=False),
        sa.Column("resident_id", tables.Identity(), nullable=False),
        sa.Column("cap", tables.WHOLE, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("issued_at", tables.Instant(), nullable=False),
        sa.Column("ended_at", tables.Instant(), nullable=True),
        sa.CheckConstraint("(state = 'issued') = (ended_at IS NULL)", name=op.f("ck_codes_ended")),
        sa.CheckConstraint(
            "state IN ('issued', 'redeemed', 'superseded', 'expired', 'revoked')", name=op.f("ck_codes_state")
        ),
        sa.CheckConstraint("cap BETWEEN 1 AND 1000000", name=op.f("ck_codes_cap")),
        sa.ForeignKeyConstraint(["resident_id"], ["residents.id"], name=op.f("fk_codes_resident_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_codes")),
        info={"written": "updated"},
        sqlite_strict=True,
    )
    op.create_index(
        "uq_codes_live",
        "codes",
        ["resident_id"],
        unique=True,
        postgresql_where=sa.text("state = 'issued'"),
        sqlite_where=sa.text("state = 'issued'"),
    )


def _presentations() -> None:
    op.create_table(
        "presentations",
        sa.Column("id", tables.Identity(), nullable=False),
        sa.Column("code_id", tables.Identity(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("token_digest", sa.LargeBinary(), nullable=False),
        sa.Column("drawn_at", tables.Instant(), nullable=False),
        sa.Column("expires_at", tables.Instant(), nullable=False),
        sa.CheckConstraint("kind IN ('qr', 'short')", name=op.f("ck_presentations_kind")),
        sa.CheckConstraint("drawn_at < expires_at", name=op.f("ck_presentations_life")),
        sa.ForeignKeyConstraint(["code_id"], ["codes.id"], name=op.f("fk_presentations_code_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_presentations")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_presentations_token_digest")),
        info={"written": "append-only"},
        sqlite_strict=True,
    )
    op.create_index("ix_presentations_code_id", "presentations", ["code_id"], unique=False)


def _redemptions() -> None:
    op.create_table(
        "redemptions",
        sa.Column("id", tables.Identity(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("code_id", tables.Identity(), nullable=False),
        sa.Column("resident_id", tables.Identity(), nullable=False),
        sa.Column("merchant_id", tables.Identity(), nullable=False),
        sa.Column("till_id", tables.Identity(), nullable=False),
        sa.Column("operator_id", tables.Identity(), nullable=False),
        sa.Column("amount", tables.WHOLE, nullable=False),
        sa.Column("transaction_id", tables.Identity(), nullable=False),
        sa.Column("at", tables.Instant(), nullable=False),
        sa.Column("returned", tables.WHOLE, nullable=False),
        sa.Column("voided_at", tables.Instant(), nullable=True),
        sa.CheckConstraint("amount BETWEEN 1 AND 1000000", name=op.f("ck_redemptions_amount")),
        sa.CheckConstraint("returned BETWEEN 0 AND amount", name=op.f("ck_redemptions_returned")),
        sa.ForeignKeyConstraint(["code_id"], ["codes.id"], name=op.f("fk_redemptions_code_id")),
        sa.ForeignKeyConstraint(["merchant_id"], ["organisations.id"], name=op.f("fk_redemptions_merchant_id")),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"], name=op.f("fk_redemptions_operator_id")),
        sa.ForeignKeyConstraint(["resident_id"], ["residents.id"], name=op.f("fk_redemptions_resident_id")),
        sa.ForeignKeyConstraint(["till_id"], ["sign_ins.id"], name=op.f("fk_redemptions_till_id")),
        sa.ForeignKeyConstraint(["transaction_id"], ["transactions.id"], name=op.f("fk_redemptions_transaction_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_redemptions")),
        sa.UniqueConstraint("code_id", name=op.f("uq_redemptions_code_id")),
        sa.UniqueConstraint("reference", name=op.f("uq_redemptions_reference")),
        sa.UniqueConstraint("transaction_id", name=op.f("uq_redemptions_transaction_id")),
        info={"written": "updated"},
        sqlite_strict=True,
    )
    op.create_index("ix_redemptions_merchant_id_at", "redemptions", ["merchant_id", "at"], unique=False)
    op.create_index("ix_redemptions_resident_id", "redemptions", ["resident_id"], unique=False)


def upgrade() -> None:
    """Let tills take codes: codes, presentations, redemptions."""
    _codes()
    _presentations()
    _redemptions()
    protect(APPEND_ONLY, UPDATED)
