"""Say who did what and who looked at whom; tell a person by their app, a grant by its proposal, a void proposal."""

import sqlalchemy as sa
from alembic import op

from ledger import tables
from ledger.migrations.guards import protect

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

APPEND_ONLY: dict[str, dict[str, list[str]]] = {
    "audit_rows": {
        "pk_audit_rows": ["id"],
        "uq_audit_rows_actor_idempotency_key": ["actor", "idempotency_key"],
    },
    "look_ups": {"pk_look_ups": ["id"]},
}
UPDATED: list[str] = []


def _audit_rows() -> None:
    op.create_table(
        "audit_rows",
        sa.Column("id", tables.Identity(), nullable=False),
        sa.Column("at", tables.Instant(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("sign_in_id", tables.Identity(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=True),
        sa.Column("subject_id", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=True),
        sa.Column("details", tables.Details(), nullable=True),
        sa.CheckConstraint("action <> ''", name=op.f("ck_audit_rows_action")),
        sa.CheckConstraint("(subject_kind IS NULL) = (subject_id IS NULL)", name=op.f("ck_audit_rows_subject")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_rows")),
        sa.UniqueConstraint("actor", "idempotency_key", name=op.f("uq_audit_rows_actor_idempotency_key")),
        info={"written": "append-only"},
        sqlite_strict=True,
    )
    op.create_index("ix_audit_rows_subject_id", "audit_rows", ["subject_id"])


def _look_ups() -> None:
    op.create_table(
        "look_ups",
        sa.Column("id", tables.Identity(), nullable=False),
        sa.Column("at", tables.Instant(), nullable=False),
        sa.Column("officer_id", tables.Identity(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("shown", tables.Details(), nullable=False),
        sa.Column("sampled", tables.Truth(), nullable=False),
        sa.CheckConstraint("by IN ('name', 'email', 'account')", name=op.f("ck_look_ups_by")),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_look_ups_reason")),
        sa.ForeignKeyConstraint(["officer_id"], ["officers.id"], name=op.f("fk_look_ups_officer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_look_ups")),
        info={"written": "append-only"},
        sqlite_strict=True,
    )


def _people() -> None:
    """Columns of tables that stand: both databases add one that may be empty without writing the table anew."""
    op.add_column("officers", sa.Column("totp_digest", sa.LargeBinary(), nullable=True))
    op.add_column("permission_grants", sa.Column("proposal_id", tables.Identity(), nullable=True))
    op.add_column("proposals", sa.Column("voided_at", tables.Instant(), nullable=True))
    op.add_column("proposals", sa.Column("voided_because", sa.Text(), nullable=True))


def upgrade() -> None:
    """Say who did what and who looked at whom; tell a person by their app, a grant by its proposal, a void proposal."""
    _audit_rows()
    _look_ups()
    _people()
    protect(APPEND_ONLY, UPDATED)
