"""Let organisers thank people: programmes, allowances, activities, sessions, places, awards."""

import sqlalchemy as sa
from alembic import op

from ledger import tables
from ledger.migrations.guards import protect

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

APPEND_ONLY: dict[str, dict[str, list[str]]] = {
    "allowances": {"pk_allowances": ["id"], "uq_allowances_programme_id_organiser_id": ["programme_id", "organiser_id"]}
}
UPDATED = ["programmes", "activities", "activity_sessions", "awards", "places"]


def _programmes() -> None:
    op.create_table(
        "programmes",
        sa.Column("id", tables.Identity(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("decision_reference", sa.Text(), nullable=False),
        sa.Column("starts_on", tables.Day(), nullable=False),
        sa.Column("ends_on", tables.Day(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.CheckConstraint("state IN ('draft', 'open', 'closing', 'closed')", name=op.f("ck_programmes_state")),
        sa.CheckConstraint("starts_on <= ends_on", name=op.f("ck_programmes_dates")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programmes")),
        sa.UniqueConstraint("decision_reference", name=op.f("uq_programmes_decision_reference")),
        info={"written": "updated"},
        sqlite_strict=True,
    )


def _activities() -> None:
    op.create_table(
        "activities",
        sa.Column("id", tables.Identity(), nullable=False),
        sa.Column("organiser_id", tables.Identity(), nullable=False),
        sa.Column("programme_id", tables.Identity(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("postcode", sa.Text(), nullable=True),
        sa.Column("easting", tables.WHOLE, nullable=True),
        sa.Column("northing", tables.WHOLE, nullable=True),
        sa.Column("tariff", tables.WHOLE, nullable=False),
        sa.Column("tariff_per", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.CheckConstraint("tariff_per IN ('hour', 'session', 'action')", name=op.f("ck_activities_tariff_per")),
        sa.CheckConstraint("tariff BETWEEN 1 AND 1000000", name=op.f("ck_activities_tariff")),
        sa.ForeignKeyConstraint(["organiser_id"], ["organisations.id"], name=op.f("fk_activities_organiser_id")),
        sa.ForeignKeyConstraint(["programme_id"], ["programmes.id"], name=op.f("fk_activities_programme_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activities")),
        sa.UniqueConstraint("source", name=op.f("uq_activities_source")),
        info={"written": "updated"},
        sqlite_strict=True,
    )
    op.create_index("ix_activities_organiser_id", "activities", ["organiser_id"], unique=False)


def _allowances() -> None:
    op.create_table(
        "allowances",
        sa.Column("id", tables.Identity(), nullable=False),
        sa.Column("programme_id", tables.Identity(), nullable=False),
        sa.Column("organiser_id", tables.Identity(), nullable=False),
        sa.ForeignKeyConstraint(["organiser_id"], ["organisations.id"], name=op.f("fk_allowances_organiser_id")),
        sa.ForeignKeyConstraint(["programme_id"], ["programmes.id"], name=op.f("fk_allowances_programme_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allowances")),
        sa.UniqueConstraint("programme_id", "organiser_id", name=op.f("uq_allowances_programme_id_organiser_id")),
        info={"written": "append-only"},
        sqlite_strict=True,
    )


def _activity_sessions() -> None:
    op.create_table(
        "activity_sessions",
        sa.Column("id", tables.Identity(), nullable=False),
        sa.Column("activity_id", tables.Identity(), nullable=False),
        sa.Column("starts_at", tables.Instant(), nullable=False),
        sa.Column("ends_at", tables.Instant(), nullable=False),
        sa.Column("places", tables.WHOLE, nullable=False),
        sa.Column("taken", tables.WHOLE, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.CheckConstraint("state IN ('open', 'cancelled')", name=op.f("ck_activity_sessions_state")),
        sa.CheckConstraint("places BETWEEN 1 AND 500", name=op.f("ck_activity_sessions_places")),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_activity_sessions_times")),
        sa.CheckConstraint("taken BETWEEN 0 AND places", name=op.f("ck_activity_sessions_taken")),
        sa.ForeignKeyConstraint(["activity_id"], ["activities.id"], name=op.f("fk_activity_sessions_activity_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activity_sessions")),
        sa.UniqueConstraint("activity_id", "starts_at", name=op.f("uq_activity_sessions_activity_id_starts_at")),
        info={"written": "updated"},
        sqlite_strict=True,
    )
    op.create_index("ix_activity_sessions_starts_at", "activity_sessions", ["starts_at"], unique=False)


def _awards() -> None:
    op.create_table(
        "awards",
        sa.Column("id", tables.Identity(), nullable=False),
        sa.Column("session_id", tables.Identity(), nullable=False),
        sa.Column("resident_id", tables.Identity(), nullable=False),
        sa.Column("organiser_id", tables.Identity(), nullable=False),
        sa.Column("awarded_by", tables.Identity(), nullable=False),
        sa.Column("amount", tables.WHOLE, nullable=False),
        sa.Column("minutes", tables.WHOLE, nullable=False),
        sa.Column("transaction_id", tables.Identity(), nullable=False),
        sa.Column("at", tables.Instant(), nullable=False),
        sa.Column("returned", tables.WHOLE, nullable=False),
        sa.CheckConstraint("amount BETWEEN 1 AND 1000000", name=op.f("ck_awards_amount")),
        sa.CheckConstraint("returned BETWEEN 0 AND amount", name=op.f("ck_awards_returned")),
        sa.ForeignKeyConstraint(["awarded_by"], ["operators.id"], name=op.f("fk_awards_awarded_by")),
        sa.ForeignKeyConstraint(["organiser_id"], ["organisations.id"], name=op.f("fk_awards_organiser_id")),
        sa.ForeignKeyConstraint(["resident_id"], ["residents.id"], name=op.f("fk_awards_resident_id")),
        sa.ForeignKeyConstraint(["session_id"], ["activity_sessions.id"], name=op.f("fk_awards_session_id")),
        sa.ForeignKeyConstraint(["transaction_id"], ["transactions.id"], name=op.f("fk_awards_transaction_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_awards")),
        sa.UniqueConstraint("session_id", "resident_id", name=op.f("uq_awards_session_id_resident_id")),
        sa.UniqueConstraint("transaction_id", name=op.f("uq_awards_transaction_id")),
        info={"written": "updated"},
        sqlite_strict=True,
    )
    op.create_index("ix_awards_resident_id", "awards", ["resident_id"], unique=False)


def _places() -> None:
    op.create_table(
        "places",
        sa.Column("session_id", tables.Identity(), nullable=False),
        sa.Column("resident_id", tables.Identity(), nullable=False),
        sa.Column("taken_at", tables.Instant(), nullable=False),
        sa.Column("given_up_at", tables.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["resident_id"], ["residents.id"], name=op.f("fk_places_resident_id")),
        sa.ForeignKeyConstraint(["session_id"], ["activity_sessions.id"], name=op.f("fk_places_session_id")),
        sa.PrimaryKeyConstraint("session_id", "resident_id", name=op.f("pk_places")),
        info={"written": "updated"},
        sqlite_strict=True,
    )
    op.create_index("ix_places_resident_id", "places", ["resident_id"], unique=False)


def upgrade() -> None:
    """Let organisers thank people: programmes, allowances, activities, sessions, places, awards."""
    _programmes()
    _activities()
    _allowances()
    _activity_sessions()
    _awards()
    _places()
    protect(APPEND_ONLY, UPDATED)
