"""Nights: each business date with its runner, each step that was done, and who was told that credits end."""

import sqlalchemy as sa
from alembic import op

from ledger import tables
from ledger.migrations.guards import protect

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

APPEND_ONLY: dict[str, dict[str, list[str]]] = {
    "night_steps": {"pk_night_steps": ["night_id", "run", "step"]},
    "expiry_notices": {"pk_expiry_notices": ["resident_id", "unit", "expires_on", "days"]},
}
UPDATED: list[str] = ["nights"]


def _nights() -> None:
    op.create_table(
        "nights",
        sa.Column("id", tables.Identity(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("business_date", tables.Day(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("run", tables.WHOLE, nullable=False),
        sa.Column("runner", sa.Text(), nullable=False),
        sa.Column("started_at", tables.Instant(), nullable=False),
        sa.Column("heartbeat_at", tables.Instant(), nullable=False),
        sa.Column("ended_at", tables.Instant(), nullable=True),
        sa.CheckConstraint("kind IN ('night')", name=op.f("ck_nights_kind")),
        sa.CheckConstraint(
            "state IN ('running', 'done', 'early', 'stopped', 'not_whole')", name=op.f("ck_nights_state")
        ),
        sa.CheckConstraint("run >= 1", name=op.f("ck_nights_run")),
        sa.CheckConstraint("(state = 'running') = (ended_at IS NULL)", name=op.f("ck_nights_ended")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nights")),
        sa.UniqueConstraint("kind", "business_date", name=op.f("uq_nights_kind_business_date")),
        info={"written": "updated"},
        sqlite_strict=True,
    )


def _night_steps() -> None:
    op.create_table(
        "night_steps",
        sa.Column("night_id", tables.Identity(), nullable=False),
        sa.Column("run", tables.WHOLE, nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("at", tables.Instant(), nullable=False),
        sa.Column("figures", tables.Details(), nullable=False),
        sa.CheckConstraint("run >= 1", name=op.f("ck_night_steps_run")),
        sa.CheckConstraint("step <> ''", name=op.f("ck_night_steps_step")),
        sa.ForeignKeyConstraint(["night_id"], ["nights.id"], name=op.f("fk_night_steps_night_id")),
        sa.PrimaryKeyConstraint("night_id", "run", "step", name=op.f("pk_night_steps")),
        info={"written": "append-only"},
        sqlite_strict=True,
    )


def _expiry_notices() -> None:
    op.create_table(
        "expiry_notices",
        sa.Column("resident_id", tables.Identity(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("expires_on", tables.Day(), nullable=False),
        sa.Column("days", tables.WHOLE, nullable=False),
        sa.Column("notice_id", tables.Identity(), nullable=False),
        sa.Column("told_at", tables.Instant(), nullable=False),
        sa.CheckConstraint("days IN (60, 30, 7)", name=op.f("ck_expiry_notices_days")),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"], name=op.f("fk_expiry_notices_notice_id")),
        sa.ForeignKeyConstraint(["resident_id"], ["residents.id"], name=op.f("fk_expiry_notices_resident_id")),
        sa.PrimaryKeyConstraint("resident_id", "unit", "expires_on", "days", name=op.f("pk_expiry_notices")),
        info={"written": "append-only"},
        sqlite_strict=True,
    )


def upgrade() -> None:
    """Nights: each business date with its runner, each step that was done, and who was told that credits end."""
    _nights()
    _night_steps()
    _expiry_notices()
    protect(APPEND_ONLY, UPDATED)
