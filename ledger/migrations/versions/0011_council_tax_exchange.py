"""Exchange council tax: who released a batch, what was answered to each line, and items that take a reduction back."""

import sqlalchemy as sa
from alembic import op

from ledger import tables
from ledger.migrations.guards import protect, refuse_delete

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

APPEND_ONLY: dict[str, dict[str, list[str]]] = {
    "council_tax_approvals": {"pk_council_tax_approvals": ["proposal_id"]},
    "council_tax_releases": {"pk_council_tax_releases": ["batch_id"]},
    "council_tax_rebuilds": {"pk_council_tax_rebuilds": ["batch_id"]},
    "council_tax_answers": {
        "pk_council_tax_answers": ["id"],
        "uq_council_tax_answers_kind_sequence": ["kind", "sequence"],
        "uq_council_tax_answers_digest": ["digest"],
    },
    "council_tax_answer_lines": {
        "pk_council_tax_answer_lines": ["answer_id", "line"],
        "uq_council_tax_answer_lines_final": ["item_id", "outcome IN ('A', 'P', 'R')"],
    },
}
UPDATED = ["council_tax_lines"]

ADDED_KEYS = (("original_id", "council_tax_items"), ("asked_by", "officers"))
KEPT = (
    *("id", "reference", "resident_id", "link_id", "code", "reason", "amount", "state", "hold_id", "applied_at"),
    *("leaves_on", "cancelled_at", "batch_id", "line", "financial_year", "effective_from", "effective_to"),
    *("transaction_id", "returned"),
)


def _key(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}"))


def _added() -> list[sa.Column[object]]:
    return [
        sa.Column("original_id", tables.Identity(), nullable=True),
        sa.Column("asked_by", tables.Identity(), nullable=True),
        sa.Column("why", sa.Text(), nullable=True),
        sa.Column("retry_on", tables.Day(), nullable=True),
    ]


def _added_checks() -> dict[str, str]:
    return {
        "original": "(code = 'RED') = (original_id IS NULL)",
        "held": "(code = 'RED') = (hold_id IS NOT NULL)",
        "asked": "(code = 'RED') = (asked_by IS NULL) AND (asked_by IS NULL) = (why IS NULL)",
    }


def _items_on_postgresql() -> None:
    op.alter_column("council_tax_items", "hold_id", nullable=True)
    for column in _added():
        op.add_column("council_tax_items", column)
    for name, check in _added_checks().items():
        op.create_check_constraint(op.f(f"ck_council_tax_items_{name}"), "council_tax_items", check)
    for name, table in ADDED_KEYS:
        op.create_foreign_key(op.f(f"fk_council_tax_items_{name}"), "council_tax_items", table, [name], ["id"])


def _items_on_sqlite() -> None:
    """SQLite lets no column become nullable: the table is made anew, with all its rows."""
    for index in ("resident_id", "state"):
        op.drop_index(f"ix_council_tax_items_{index}", "council_tax_items")
    op.execute("ALTER TABLE council_tax_items RENAME TO council_tax_items_before")
    op.create_table(
        "council_tax_items",
        *_item_columns(),
        *_added(),
        *_item_checks(),
        *(
            sa.CheckConstraint(check, name=op.f(f"ck_council_tax_items_{name}"))
            for name, check in _added_checks().items()
        ),
        *_item_keys(),
        *(_key("council_tax_items", name, table) for name, table in ADDED_KEYS),
        info={"written": "updated"},
        sqlite_strict=True,
    )
    kept = ", ".join(KEPT)
    op.execute(f"INSERT INTO council_tax_items ({kept}) SELECT {kept} FROM council_tax_items_before")
    op.execute("DROP TABLE council_tax_items_before")
    op.create_index("ix_council_tax_items_resident_id", "council_tax_items", ["resident_id"], unique=False)
    op.create_index("ix_council_tax_items_state", "council_tax_items", ["state", "leaves_on"], unique=False)
    refuse_delete("council_tax_items")


def _item_columns() -> list[sa.Column[object]]:
    return [
        sa.Column("id", tables.Identity(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("resident_id", tables.Identity(), nullable=False),
        sa.Column("link_id", tables.Identity(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("amount", tables.WHOLE, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("hold_id", tables.Identity(), nullable=True),
        sa.Column("applied_at", tables.Instant(), nullable=False),
        sa.Column("leaves_on", tables.Day(), nullable=False),
        sa.Column("cancelled_at", tables.Instant(), nullable=True),
        sa.Column("batch_id", tables.Identity(), nullable=True),
        sa.Column("line", tables.WHOLE, nullable=True),
        sa.Column("financial_year", tables.WHOLE, nullable=True),
        sa.Column("effective_from", tables.Day(), nullable=True),
        sa.Column("effective_to", tables.Day(), nullable=True),
        sa.Column("transaction_id", tables.Identity(), nullable=True),
        sa.Column("returned", tables.WHOLE, nullable=False),
    ]


def _item_checks() -> list[sa.Constraint]:
    checks = {
        "code": "code IN ('RED', 'REV', 'PRV')",
        "reason": "reason IN ('VOL', 'GIF', 'ORG', 'RES', 'FRD', 'COR')",
        "state": "state IN ('held', 'cancelled', 'batched', 'sent', 'applied', 'partly_applied', 'refused', 'deferred', 'clawed_back')",
        "batch_line": "(batch_id IS NULL) = (line IS NULL)",
        "cancelled": "(state = 'cancelled') = (cancelled_at IS NOT NULL)",
        "posted": "code <> 'RED' OR (state IN ('held', 'cancelled')) = (transaction_id IS NULL)",
        "amount": "amount BETWEEN 1 AND 9999999",
        "returned": "returned BETWEEN 0 AND amount",
    }
    return [sa.CheckConstraint(check, name=op.f(f"ck_council_tax_items_{name}")) for name, check in checks.items()]


def _item_keys() -> list[sa.Constraint]:
    keys = (
        ("batch_id", "council_tax_batches"),
        ("hold_id", "holds"),
        ("link_id", "council_tax_links"),
        ("resident_id", "residents"),
        ("transaction_id", "transactions"),
    )
    unique = (("batch_id", "line"), ("hold_id",), ("reference",), ("transaction_id",))
    return [
        sa.PrimaryKeyConstraint("id", name=op.f("pk_council_tax_items")),
        *(
            sa.ForeignKeyConstraint([name], [f"{table}.id"], name=op.f(f"fk_council_tax_items_{name}"))
            for name, table in keys
        ),
        *(sa.UniqueConstraint(*names, name=op.f(f"uq_council_tax_items_{'_'.join(names)}")) for names in unique),
    ]


def _lines() -> None:
    op.create_table(
        "council_tax_lines",
        sa.Column("batch_id", tables.Identity(), nullable=False),
        sa.Column("line", tables.WHOLE, nullable=False),
        sa.Column("item_id", tables.Identity(), nullable=False),
        sa.Column("transaction_id", tables.Identity(), nullable=True),
        sa.Column("taken_out_at", tables.Instant(), nullable=True),
        sa.CheckConstraint("line >= 1", name=op.f("ck_council_tax_lines_line")),
        _key("council_tax_lines", "batch_id", "council_tax_batches"),
        _key("council_tax_lines", "item_id", "council_tax_items"),
        _key("council_tax_lines", "transaction_id", "transactions"),
        sa.PrimaryKeyConstraint("batch_id", "line", name=op.f("pk_council_tax_lines")),
        sa.UniqueConstraint("item_id", "batch_id", name=op.f("uq_council_tax_lines_item_id_batch_id")),
        info={"written": "updated"},
        sqlite_strict=True,
    )
    op.create_index("ix_council_tax_lines_transaction_id", "council_tax_lines", ["transaction_id"], unique=False)
    op.execute(
        "INSERT INTO council_tax_lines (batch_id, line, item_id, transaction_id)"
        " SELECT batch_id, line, id, transaction_id FROM council_tax_items WHERE batch_id IS NOT NULL"
    )


def _approvals() -> None:
    op.create_table(
        "council_tax_approvals",
        sa.Column("proposal_id", tables.Identity(), nullable=False),
        sa.Column("batch_id", tables.Identity(), nullable=False),
        _key("council_tax_approvals", "batch_id", "council_tax_batches"),
        _key("council_tax_approvals", "proposal_id", "proposals"),
        sa.PrimaryKeyConstraint("proposal_id", name=op.f("pk_council_tax_approvals")),
        info={"written": "append-only"},
        sqlite_strict=True,
    )
    op.create_index("ix_council_tax_approvals_batch_id", "council_tax_approvals", ["batch_id"], unique=False)


def _releases() -> None:
    op.create_table(
        "council_tax_releases",
        sa.Column("batch_id", tables.Identity(), nullable=False),
        sa.Column("proposal_id", tables.Identity(), nullable=True),
        sa.Column("released_at", tables.Instant(), nullable=False),
        _key("council_tax_releases", "batch_id", "council_tax_batches"),
        _key("council_tax_releases", "proposal_id", "proposals"),
        sa.PrimaryKeyConstraint("batch_id", name=op.f("pk_council_tax_releases")),
        info={"written": "append-only"},
        sqlite_strict=True,
    )


def _rebuilds() -> None:
    op.create_table(
        "council_tax_rebuilds",
        sa.Column("batch_id", tables.Identity(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("lines", tables.WHOLE, nullable=False),
        sa.Column("sent_back_by", tables.Identity(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("rebuilt_at", tables.Instant(), nullable=False),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_council_tax_rebuilds_reason")),
        _key("council_tax_rebuilds", "batch_id", "council_tax_batches"),
        _key("council_tax_rebuilds", "sent_back_by", "officers"),
        sa.PrimaryKeyConstraint("batch_id", name=op.f("pk_council_tax_rebuilds")),
        info={"written": "append-only"},
        sqlite_strict=True,
    )


def _answers() -> None:
    op.create_table(
        "council_tax_answers",
        sa.Column("id", tables.Identity(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("sequence", tables.WHOLE, nullable=False),
        sa.Column("batch_id", tables.Identity(), nullable=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("file_bytes", sa.LargeBinary(), nullable=False),
        sa.Column("taken_at", tables.Instant(), nullable=False),
        sa.Column("taken_by", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('CTR', 'CTU')", name=op.f("ck_council_tax_answers_kind")),
        sa.CheckConstraint("(kind = 'CTR') = (batch_id IS NOT NULL)", name=op.f("ck_council_tax_answers_batch")),
        sa.CheckConstraint("sequence BETWEEN 1 AND 999999", name=op.f("ck_council_tax_answers_sequence")),
        _key("council_tax_answers", "batch_id", "council_tax_batches"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_council_tax_answers")),
        sa.UniqueConstraint("kind", "sequence", name=op.f("uq_council_tax_answers_kind_sequence")),
        sa.UniqueConstraint("digest", name=op.f("uq_council_tax_answers_digest")),
        info={"written": "append-only"},
        sqlite_strict=True,
    )


def _answer_lines() -> None:
    keys = (
        *(("answer_id", "council_tax_answers"), ("item_id", "council_tax_items")),
        *(("applied_id", "transactions"), ("returned_id", "transactions")),
    )
    final = sa.text("outcome IN ('A', 'P', 'R')")
    op.create_table(
        "council_tax_answer_lines",
        sa.Column("answer_id", tables.Identity(), nullable=False),
        sa.Column("line", tables.WHOLE, nullable=False),
        sa.Column("item_id", tables.Identity(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("amount", tables.WHOLE, nullable=False),
        sa.Column("posted_on", tables.Day(), nullable=True),
        sa.Column("bill", sa.Text(), nullable=True),
        sa.Column("retry_on", tables.Day(), nullable=True),
        sa.Column("applied_id", tables.Identity(), nullable=True),
        sa.Column("returned_id", tables.Identity(), nullable=True),
        sa.CheckConstraint("outcome IN ('A', 'P', 'R', 'D', 'U')", name=op.f("ck_council_tax_answer_lines_outcome")),
        sa.CheckConstraint("amount BETWEEN 0 AND 9999999", name=op.f("ck_council_tax_answer_lines_amount")),
        *(_key("council_tax_answer_lines", name, table) for name, table in keys),
        sa.PrimaryKeyConstraint("answer_id", "line", name=op.f("pk_council_tax_answer_lines")),
        info={"written": "append-only"},
        sqlite_strict=True,
    )
    op.create_index("ix_council_tax_answer_lines_item_id", "council_tax_answer_lines", ["item_id"], unique=False)
    op.create_index(
        "uq_council_tax_answer_lines_final",
        "council_tax_answer_lines",
        ["item_id"],
        unique=True,
        postgresql_where=final,
        sqlite_where=final,
    )


def upgrade() -> None:
    """Exchange council tax: releases, answers, and items that take a reduction back."""
    if op.get_bind().dialect.name == "postgresql":
        _items_on_postgresql()
    else:
        _items_on_sqlite()
    _lines()
    _approvals()
    _releases()
    _rebuilds()
    _answers()
    _answer_lines()
    protect(APPEND_ONLY, UPDATED)
