"""Keep month-end packs, the files of each closing with their digests, and what it did to each cohort."""

import sqlalchemy as sa
from alembic import op

from ledger import tables
from ledger.migrations.guards import protect

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

APPEND_ONLY: dict[str, dict[str, list[str]]] = {
    "period_pack_files": {"pk_period_pack_files": ["closing_id", "name"]},
    "closed_cohorts": {"pk_closed_cohorts": ["closing_id", "unit", "expires_on"]},
}
UPDATED: list[str] = []


def _cohorts() -> None:
    op.create_table(
        "closed_cohorts",
        sa.Column("closing_id", tables.Identity(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("expires_on", tables.Day(), nullable=False),
        sa.Column("awarded", tables.WHOLE, nullable=False),
        sa.Column("redeemed", tables.WHOLE, nullable=False),
        sa.Column("expired", tables.WHOLE, nullable=False),
        sa.ForeignKeyConstraint(["closing_id"], ["period_closings.id"], name=op.f("fk_closed_cohorts_closing_id")),
        sa.PrimaryKeyConstraint("closing_id", "unit", "expires_on", name=op.f("pk_closed_cohorts")),
        info={"written": "append-only"},
        sqlite_strict=True,
    )


def upgrade() -> None:
    """Keep month-end packs, the files of each closing with their digests, and what it did to each cohort."""
    op.create_table(
        "period_pack_files",
        sa.Column("closing_id", tables.Identity(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("kept_at", tables.Instant(), nullable=False),
        sa.CheckConstraint("length(digest) = 32", name=op.f("ck_period_pack_files_digest")),
        sa.CheckConstraint("name <> ''", name=op.f("ck_period_pack_files_name")),
        sa.ForeignKeyConstraint(["closing_id"], ["period_closings.id"], name=op.f("fk_period_pack_files_closing_id")),
        sa.PrimaryKeyConstraint("closing_id", "name", name=op.f("pk_period_pack_files")),
        info={"written": "append-only"},
        sqlite_strict=True,
    )
    _cohorts()
    protect(APPEND_ONLY, UPDATED)
