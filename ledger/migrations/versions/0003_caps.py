"""Count what each owner has used of each cap."""

import sqlalchemy as sa
from alembic import op

from ledger import tables
from ledger.migrations.guards import protect

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

APPEND_ONLY: dict[str, dict[str, list[str]]] = {}
UPDATED = ["cap_uses"]


def _cap_uses() -> None:
    op.create_table(
        "cap_uses",
        sa.Column("owner_id", tables.Identity(), nullable=False),
        sa.Column("cap", sa.Text(), nullable=False),
        sa.Column("period_starts_on", tables.Day(), nullable=False),
        sa.Column("used", tables.WHOLE, nullable=False),
        sa.CheckConstraint("used >= 0", name=op.f("ck_cap_uses_used")),
        sa.PrimaryKeyConstraint("owner_id", "cap", "period_starts_on", name=op.f("pk_cap_uses")),
        info={"written": "updated"},
        sqlite_strict=True,
    )


def upgrade() -> None:
    """Count what each owner has used of each cap."""
    _cap_uses()
    protect(APPEND_ONLY, UPDATED)
