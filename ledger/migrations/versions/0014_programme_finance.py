"""Let programmes have ceilings, activities tariffs from a day on, and organisers ask for more."""

import sqlalchemy as sa
from alembic import op

from ledger import tables
from ledger.migrations.guards import protect

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

APPEND_ONLY: dict[str, dict[str, list[str]]] = {
    "programme_ceilings": {"pk_programme_ceilings": ["programme_id", "number"]},
    "tariff_versions": {
        "pk_tariff_versions": ["activity_id", "number"],
        "uq_tariff_versions_proposal_id": ["proposal_id"],
    },
}
UPDATED: list[str] = ["asks"]


def _ceilings() -> None:
    op.create_table(
        "programme_ceilings",
        sa.Column("programme_id", tables.Identity(), nullable=False),
        sa.Column("number", tables.WHOLE, autoincrement=False, nullable=False),
        sa.Column("amount", tables.WHOLE, nullable=False),
        sa.Column("decision_reference", sa.Text(), nullable=False),
        sa.Column("set_at", tables.Instant(), nullable=False),
        sa.Column("set_by", sa.Text(), nullable=False),
        sa.CheckConstraint("number >= 1", name=op.f("ck_programme_ceilings_number")),
        sa.CheckConstraint("amount BETWEEN 1 AND 1000000000", name=op.f("ck_programme_ceilings_amount")),
        sa.ForeignKeyConstraint(["programme_id"], ["programmes.id"], name=op.f("fk_programme_ceilings_programme_id")),
        sa.PrimaryKeyConstraint("programme_id", "number", name=op.f("pk_programme_ceilings")),
        info={"written": "append-only"},
        sqlite_strict=True,
    )


def _tariffs() -> None:
    op.create_table(
        "tariff_versions",
        sa.Column("activity_id", tables.Identity(), nullable=False),
        sa.Column("number", tables.WHOLE, autoincrement=False, nullable=False),
        sa.Column("tariff", tables.WHOLE, nullable=False),
        sa.Column("tariff_per", sa.Text(), nullable=False),
        sa.Column("starts_on", tables.Day(), nullable=False),
        sa.Column("decision_reference", sa.Text(), nullable=False),
        sa.Column("proposal_id", tables.Identity(), nullable=False),
        sa.Column("set_at", tables.Instant(), nullable=False),
        sa.CheckConstraint("tariff_per IN ('hour', 'session', 'action')", name=op.f("ck_tariff_versions_tariff_per")),
        sa.CheckConstraint("number >= 1", name=op.f("ck_tariff_versions_number")),
        sa.CheckConstraint("tariff BETWEEN 1 AND 1000000", name=op.f("ck_tariff_versions_tariff")),
        sa.ForeignKeyConstraint(["activity_id"], ["activities.id"], name=op.f("fk_tariff_versions_activity_id")),
        sa.ForeignKeyConstraint(["proposal_id"], ["proposals.id"], name=op.f("fk_tariff_versions_proposal_id")),
        sa.PrimaryKeyConstraint("activity_id", "number", name=op.f("pk_tariff_versions")),
        sa.UniqueConstraint("proposal_id", name=op.f("uq_tariff_versions_proposal_id")),
        info={"written": "append-only"},
        sqlite_strict=True,
    )


def _asks() -> None:
    op.create_table(
        "asks",
        sa.Column("id", tables.Identity(), nullable=False),
        sa.Column("programme_id", tables.Identity(), nullable=False),
        sa.Column("organiser_id", tables.Identity(), nullable=False),
        sa.Column("amount", tables.WHOLE, nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("asked_by", tables.Identity(), nullable=False),
        sa.Column("asked_at", tables.Instant(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("decided_at", tables.Instant(), nullable=True),
        sa.Column("decided_by", tables.Identity(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("proposal_id", tables.Identity(), nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'taken_up', 'declined')", name=op.f("ck_asks_state")),
        sa.CheckConstraint("amount BETWEEN 1 AND 1000000", name=op.f("ck_asks_amount")),
        sa.CheckConstraint("(state = 'waiting') = (decided_at IS NULL)", name=op.f("ck_asks_decided")),
        sa.CheckConstraint("state <> 'declined' OR reason IS NOT NULL", name=op.f("ck_asks_declined_says_why")),
        sa.ForeignKeyConstraint(["asked_by"], ["operators.id"], name=op.f("fk_asks_asked_by")),
        sa.ForeignKeyConstraint(["decided_by"], ["officers.id"], name=op.f("fk_asks_decided_by")),
        sa.ForeignKeyConstraint(["organiser_id"], ["organisations.id"], name=op.f("fk_asks_organiser_id")),
        sa.ForeignKeyConstraint(["programme_id"], ["programmes.id"], name=op.f("fk_asks_programme_id")),
        sa.ForeignKeyConstraint(["proposal_id"], ["proposals.id"], name=op.f("fk_asks_proposal_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_asks")),
        info={"written": "updated"},
        sqlite_strict=True,
    )
    op.create_index("ix_asks_organiser_id", "asks", ["organiser_id"], unique=False)
    op.create_index(
        "uq_asks_waiting",
        "asks",
        ["programme_id", "organiser_id"],
        unique=True,
        postgresql_where=sa.text("state = 'waiting'"),
        sqlite_where=sa.text("state = 'waiting'"),
    )


def upgrade() -> None:
    """Let programmes have ceilings, activities tariffs from a day on, and organisers ask for more."""
    _ceilings()
    _tariffs()
    _asks()
    protect(APPEND_ONLY, UPDATED)
