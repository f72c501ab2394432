"""Let two officers decide what a setting of the scheme says from a day on."""

import sqlalchemy as sa
from alembic import op

from ledger import tables
from ledger.migrations.guards import protect

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

APPEND_ONLY: dict[str, dict[str, list[str]]] = {
    "scheme_settings": {
        "pk_scheme_settings": ["name", "number"],
        "uq_scheme_settings_proposal_id": ["proposal_id"],
    }
}
UPDATED: list[str] = []


def upgrade() -> None:
    """Let two officers decide what a setting of the scheme says from a day on."""
    op.create_table(
        "scheme_settings",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("number", tables.WHOLE, autoincrement=False, nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("starts_on", tables.Day(), nullable=False),
        sa.Column("decision_reference", sa.Text(), nullable=False),
        sa.Column("proposal_id", tables.Identity(), nullable=False),
        sa.Column("set_at", tables.Instant(), nullable=False),
        sa.CheckConstraint("number >= 1", name=op.f("ck_scheme_settings_number")),
        sa.CheckConstraint("decision_reference <> ''", name=op.f("ck_scheme_settings_decision_reference")),
        sa.ForeignKeyConstraint(["proposal_id"], ["proposals.id"], name=op.f("fk_scheme_settings_proposal_id")),
        sa.PrimaryKeyConstraint("name", "number", name=op.f("pk_scheme_settings")),
        sa.UniqueConstraint("proposal_id", name=op.f("uq_scheme_settings_proposal_id")),
        info={"written": "append-only"},
        sqlite_strict=True,
    )
    protect(APPEND_ONLY, UPDATED)
