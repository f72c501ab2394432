"""Decisions on council tax: classes of reduction, what ended them, closings; and each attempt to deliver a file."""

import sqlalchemy as sa
from alembic import op

from ledger import tables
from ledger.migrations.guards import protect

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

APPEND_ONLY: dict[str, dict[str, list[str]]] = {
    "reduction_schemes": {
        "pk_reduction_schemes": ["id"],
        "uq_reduction_schemes_proposal_id": ["proposal_id"],
    },
    "reduction_scheme_endings": {"pk_reduction_scheme_endings": ["scheme_id"]},
    "council_tax_closings": {
        "pk_council_tax_closings": ["id"],
        "uq_council_tax_closings_financial_year": ["financial_year"],
    },
    "delivery_attempts": {"pk_delivery_attempts": ["id"]},
    "sealed_files": {"pk_sealed_files": ["digest", "recipient"]},
}
UPDATED: list[str] = []


def _schemes() -> None:
    op.create_table(
        "reduction_schemes",
        sa.Column("id", tables.Identity(), nullable=False),
        sa.Column("proposal_id", tables.Identity(), nullable=False),
        sa.Column("decision_reference", sa.Text(), nullable=False),
        sa.Column("decided_on", tables.Day(), nullable=False),
        sa.Column("class_wording", sa.Text(), nullable=False),
        sa.Column("account_cap", tables.WHOLE, nullable=False),
        sa.Column("resident_cap", tables.WHOLE, nullable=False),
        sa.Column("first_year", tables.WHOLE, nullable=False),
        sa.Column("last_year", tables.WHOLE, nullable=False),
        sa.Column("signed_by", sa.Text(), nullable=False),
        sa.Column("recorded_at", tables.Instant(), nullable=False),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        sa.Column("approved_by", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "decision_reference <> '' AND class_wording <> '' AND signed_by <> ''",
            name=op.f("ck_reduction_schemes_said"),
        ),
        sa.CheckConstraint("account_cap >= 1 AND resident_cap >= 1", name=op.f("ck_reduction_schemes_caps")),
        sa.CheckConstraint("first_year <= last_year", name=op.f("ck_reduction_schemes_years")),
        sa.CheckConstraint("proposed_by <> approved_by", name=op.f("ck_reduction_schemes_two_people")),
        sa.ForeignKeyConstraint(["proposal_id"], ["proposals.id"], name=op.f("fk_reduction_schemes_proposal_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reduction_schemes")),
        sa.UniqueConstraint("proposal_id", name=op.f("uq_reduction_schemes_proposal_id")),
        info={"written": "append-only"},
        sqlite_strict=True,
    )
    op.create_index("ix_reduction_schemes_first_year", "reduction_schemes", ["first_year", "last_year"])


def _endings() -> None:
    op.create_table(
        "reduction_scheme_endings",
        sa.Column("scheme_id", tables.Identity(), nullable=False),
        sa.Column("ended_at", tables.Instant(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        sa.Column("approved_by", sa.Text(), nullable=False),
        sa.CheckConstraint("proposed_by <> approved_by", name=op.f("ck_reduction_scheme_endings_two_people")),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_reduction_scheme_endings_reason")),
        sa.ForeignKeyConstraint(
            ["scheme_id"], ["reduction_schemes.id"], name=op.f("fk_reduction_scheme_endings_scheme_id")
        ),
        sa.PrimaryKeyConstraint("scheme_id", name=op.f("pk_reduction_scheme_endings")),
        info={"written": "append-only"},
        sqlite_strict=True,
    )


def _closings() -> None:
    op.create_table(
        "council_tax_closings",
        sa.Column("id", tables.Identity(), nullable=False),
        sa.Column("financial_year", tables.WHOLE, nullable=False),
        sa.Column("closes_on", tables.Day(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("published_at", tables.Instant(), nullable=False),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        sa.Column("approved_by", sa.Text(), nullable=False),
        sa.CheckConstraint("proposed_by <> approved_by", name=op.f("ck_council_tax_closings_two_people")),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_council_tax_closings_reason")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_council_tax_closings")),
        sa.UniqueConstraint("financial_year", name=op.f("uq_council_tax_closings_financial_year")),
        info={"written": "append-only"},
        sqlite_strict=True,
    )


def _attempts() -> None:
    op.create_table(
        "delivery_attempts",
        sa.Column("id", tables.Identity(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("attempted_at", tables.Instant(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('delivered', 'there_already', 'differs', 'failed')",
            name=op.f("ck_delivery_attempts_outcome"),
        ),
        sa.CheckConstraint(
            "(outcome IN ('delivered', 'there_already')) = (problem = '')", name=op.f("ck_delivery_attempts_problem")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_attempts")),
        info={"written": "append-only"},
        sqlite_strict=True,
    )
    op.create_index("ix_delivery_attempts_file_name", "delivery_attempts", ["file_name"])


def _sealed() -> None:
    op.create_table(
        "sealed_files",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("sealed_bytes", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_at", tables.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("digest", "recipient", name=op.f("pk_sealed_files")),
        info={"written": "append-only"},
        sqlite_strict=True,
    )


def upgrade() -> None:
    """Decisions on council tax: classes of reduction, what ended them, closings; and each attempt to deliver a file."""
    _schemes()
    _endings()
    _closings()
    _attempts()
    _sealed()
    protect(APPEND_ONLY, UPDATED)
