"""Let an organiser's operator propose, for an officer to decide, and keep what became of awards from a file."""

import sqlalchemy as sa
from alembic import op

from ledger import tables
from ledger.migrations.guards import fixed, protect

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

APPEND_ONLY: dict[str, dict[str, list[str]]] = {
    "file_awards": {"pk_file_awards": ["id"], "uq_file_awards_proposal_id": ["proposal_id"]}
}
UPDATED: list[str] = []
PROPOSED = ["id", "reference", "kind", "content", "digest", "maker_id", "operator_id", "made_at"]
"""What was proposed, and by whom: neither ever changes."""

ONE_MAKER = "(maker_id IS NULL) <> (operator_id IS NULL)"


def _file_awards() -> None:
    op.create_table(
        "file_awards",
        sa.Column("id", tables.Identity(), nullable=False),
        sa.Column("session_id", tables.Identity(), nullable=False),
        sa.Column("operator_id", tables.Identity(), nullable=False),
        sa.Column("proposal_id", tables.Identity(), nullable=True),
        sa.Column("people", tables.WHOLE, nullable=False),
        sa.Column("amount", tables.WHOLE, nullable=False),
        sa.Column("refused", tables.Details(), nullable=False),
        sa.Column("at", tables.Instant(), nullable=False),
        sa.CheckConstraint("people BETWEEN 0 AND 500", name=op.f("ck_file_awards_people")),
        sa.CheckConstraint("(people = 0) = (amount = 0) AND amount >= 0", name=op.f("ck_file_awards_amount")),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"], name=op.f("fk_file_awards_operator_id")),
        sa.ForeignKeyConstraint(["proposal_id"], ["proposals.id"], name=op.f("fk_file_awards_proposal_id")),
        sa.ForeignKeyConstraint(["session_id"], ["activity_sessions.id"], name=op.f("fk_file_awards_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_file_awards")),
        sa.UniqueConstraint("proposal_id", name=op.f("uq_file_awards_proposal_id")),
        info={"written": "append-only"},
        sqlite_strict=True,
    )
    op.create_index("ix_file_awards_session_id", "file_awards", ["session_id"], unique=False)


def _makers() -> None:
    """A proposal is an officer's or an operator's."""
    if op.get_bind().dialect.name == "postgresql":
        op.add_column("proposals", sa.Column("operator_id", tables.Identity(), nullable=True))
        op.alter_column("proposals", "maker_id", nullable=True)
        op.create_foreign_key(op.f("fk_proposals_operator_id"), "proposals", "operators", ["operator_id"], ["id"])
        op.create_check_constraint(op.f("ck_proposals_one_maker"), "proposals", ONE_MAKER)
        op.execute("DROP TRIGGER proposals_fixed ON proposals")
    else:
        _makers_on_sqlite()
        op.execute("DROP TRIGGER proposals_fixed")
    fixed("proposals", PROPOSED)


def _makers_on_sqlite() -> None:
    """SQLite adds a column with its constraints, and takes NOT NULL from another in its schema's own text.

    Its manual names this way (ALTER TABLE, "Making other kinds of table schema changes"), since a table that others
    refer to is not written anew without switching foreign keys off.
    """
    op.execute(
        "ALTER TABLE proposals ADD COLUMN operator_id TEXT CONSTRAINT fk_proposals_operator_id"
        f" REFERENCES operators (id) CONSTRAINT ck_proposals_one_maker CHECK ({ONE_MAKER})"
    )
    version = op.get_bind().exec_driver_sql("PRAGMA schema_version").scalar_one()
    op.execute("PRAGMA writable_schema = ON")
    op.execute(
        "UPDATE sqlite_schema SET sql = replace(sql, 'maker_id TEXT NOT NULL', 'maker_id TEXT')"
        " WHERE type = 'table' AND name = 'proposals'"
    )
    op.execute(f"PRAGMA schema_version = {version + 1}")
    op.execute("PRAGMA writable_schema = RESET")


def upgrade() -> None:
    """Let an organiser's operator propose, for an officer to decide, and keep what became of awards from a file."""
    _makers()
    _file_awards()
    protect(APPEND_ONLY, UPDATED)
