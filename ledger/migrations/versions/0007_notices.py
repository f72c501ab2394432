"""Tell people things: the outbox."""

import sqlalchemy as sa
from alembic import op

from ledger import tables
from ledger.migrations.guards import protect

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

APPEND_ONLY: dict[str, dict[str, list[str]]] = {}
UPDATED = ["notices"]


def _notices() -> None:
    op.create_table(
        "notices",
        sa.Column("id", tables.Identity(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=True),
        sa.Column("at", tables.Instant(), nullable=False),
        sa.Column("attempts", tables.WHOLE, nullable=False),
        sa.Column("next_at", tables.Instant(), nullable=False),
        sa.Column("delivered_at", tables.Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        info={"written": "updated"},
        sqlite_strict=True,
    )
    op.create_index(
        "ix_notices_waiting",
        "notices",
        ["next_at"],
        unique=False,
        postgresql_where=sa.text("delivered_at IS NULL"),
        sqlite_where=sa.text("delivered_at IS NULL"),
    )


def upgrade() -> None:
    """Tell people things: the outbox."""
    _notices()
    protect(APPEND_ONLY, UPDATED)
