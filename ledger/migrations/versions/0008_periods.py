"""Close months: what was frozen, what opened it again, and no transaction in a month that is closed."""

import sqlalchemy as sa
from alembic import op

from ledger import tables
from ledger.migrations.guards import protect, refuse_closed_months

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

APPEND_ONLY: dict[str, dict[str, list[str]]] = {
    "period_closings": {
        "pk_period_closings": ["id"],
        "uq_period_closings_month_number": ["month", "number"],
    },
    "period_totals": {"pk_period_totals": ["closing_id", "unit", "kind"]},
    "period_reopenings": {"pk_period_reopenings": ["closing_id"]},
}
UPDATED: list[str] = []


def _closings() -> None:
    op.create_table(
        "period_closings",
        sa.Column("id", tables.Identity(), nullable=False),
        sa.Column("month", tables.Day(), nullable=False),
        sa.Column("number", tables.WHOLE, nullable=False),
        sa.Column("closed_at", tables.Instant(), nullable=False),
        sa.Column("closed_by", sa.Text(), nullable=False),
        sa.CheckConstraint("number >= 1", name=op.f("ck_period_closings_number")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_period_closings")),
        sa.UniqueConstraint("month", "number", name=op.f("uq_period_closings_month_number")),
        info={"written": "append-only"},
        sqlite_strict=True,
    )


def _totals() -> None:
    op.create_table(
        "period_totals",
        sa.Column("closing_id", tables.Identity(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("debited", tables.WHOLE, nullable=False),
        sa.Column("credited", tables.WHOLE, nullable=False),
        sa.ForeignKeyConstraint(["closing_id"], ["period_closings.id"], name=op.f("fk_period_totals_closing_id")),
        sa.PrimaryKeyConstraint("closing_id", "unit", "kind", name=op.f("pk_period_totals")),
        info={"written": "append-only"},
        sqlite_strict=True,
    )


def _reopenings() -> None:
    op.create_table(
        "period_reopenings",
        sa.Column("closing_id", tables.Identity(), nullable=False),
        sa.Column("reopened_at", tables.Instant(), nullable=False),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        sa.Column("approved_by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint("proposed_by <> approved_by", name=op.f("ck_period_reopenings_two_people")),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_period_reopenings_reason")),
        sa.ForeignKeyConstraint(["closing_id"], ["period_closings.id"], name=op.f("fk_period_reopenings_closing_id")),
        sa.PrimaryKeyConstraint("closing_id", name=op.f("pk_period_reopenings")),
        info={"written": "append-only"},
        sqlite_strict=True,
    )


def upgrade() -> None:
    """Close months: what was frozen, what opened it again, and no transaction in a month that is closed."""
    _closings()
    _totals()
    _reopenings()
    refuse_closed_months()
    protect(APPEND_ONLY, UPDATED)
