"""Open the books: accounts, balances, transactions, transfers, entries, holds and requests."""

import sqlalchemy as sa
from alembic import op

from ledger import tables
from ledger.migrations.guards import make_refusal, open_balances, protect

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

APPEND_ONLY: dict[str, dict[str, list[str]]] = {
    "accounts": {
        "pk_accounts": ["id"],
        "uq_accounts_public_id": ["public_id"],
        "uq_accounts_owner": ["owner_id", "kind", "unit", "expires_on IS NULL"],
        "uq_accounts_owner_expires_on": ["owner_id", "kind", "unit", "expires_on"],
    },
    "entries": {"pk_entries": ["account_id", "version"]},
    "holds": {"pk_holds": ["id"]},
    "requests": {"pk_requests": ["principal", "key"]},
    "transactions": {"pk_transactions": ["id"], "uq_transactions_reverses": ["reverses"]},
    "account_events": {"pk_account_events": ["id"]},
    "hold_ends": {"pk_hold_ends": ["hold_id"]},
    "hold_lines": {"pk_hold_lines": ["hold_id", "line"], "uq_hold_lines_hold_id_account_id": ["hold_id", "account_id"]},
    "transfers": {"pk_transfers": ["seq"], "uq_transfers_transaction_id_line": ["transaction_id", "line"]},
}
UPDATED = ["balances", "rollups"]


def _accounts() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", tables.WHOLE, autoincrement=True, nullable=False),
        sa.Column("public_id", tables.Identity(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("owner_id", tables.Identity(), nullable=False),
        sa.Column("expires_on", tables.Day(), nullable=True),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.CheckConstraint("mode IN ('strict', 'rollup')", name=op.f("ck_accounts_mode")),
        sa.CheckConstraint("unit IN ('CR', 'TC', 'GBP')", name=op.f("ck_accounts_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("public_id", name=op.f("uq_accounts_public_id")),
        info={"written": "append-only"},
        sqlite_strict=True,
    )
    op.create_index(
        "uq_accounts_owner",
        "accounts",
        ["owner_id", "kind", "unit"],
        unique=True,
        postgresql_where=sa.text("expires_on IS NULL"),
        sqlite_where=sa.text("expires_on IS NULL"),
    )
    op.create_index(
        "uq_accounts_owner_expires_on",
        "accounts",
        ["owner_id", "kind", "unit", "expires_on"],
        unique=True,
        postgresql_where=sa.text("expires_on IS NOT NULL"),
        sqlite_where=sa.text("expires_on IS NOT NULL"),
    )


def _entries() -> None:
    op.create_table(
        "entries",
        sa.Column("account_id", tables.WHOLE, autoincrement=False, nullable=False),
        sa.Column("version", tables.WHOLE, autoincrement=False, nullable=False),
        sa.Column("transaction_id", tables.Identity(), nullable=False),
        sa.Column("line", tables.WHOLE, nullable=False),
        sa.Column("change", tables.WHOLE, nullable=False),
        sa.Column("balance", tables.WHOLE, nullable=False),
        sa.Column("headroom", tables.WHOLE, nullable=False),
        sa.CheckConstraint("change <> 0", name=op.f("ck_entries_change")),
        sa.CheckConstraint("headroom >= 0", name=op.f("ck_entries_headroom")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_entries_version")),
        sa.PrimaryKeyConstraint("account_id", "version", name=op.f("pk_entries")),
        info={"written": "append-only"},
        sqlite_strict=True,
    )


def _holds() -> None:
    op.create_table(
        "holds",
        sa.Column("id", tables.Identity(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("placed_at", tables.Instant(), nullable=False),
        sa.Column("expires_at", tables.Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holds")),
        info={"written": "append-only"},
        sqlite_strict=True,
    )
    op.create_index(
        "ix_holds_expires_at",
        "holds",
        ["expires_at"],
        unique=False,
        postgresql_where=sa.text("expires_at IS NOT NULL"),
        sqlite_where=sa.text("expires_at IS NOT NULL"),
    )


def _requests() -> None:
    op.create_table(
        "requests",
        sa.Column("principal", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("route", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("status", tables.WHOLE, nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("at", tables.Instant(), nullable=False),
        sa.CheckConstraint("status BETWEEN 200 AND 499", name=op.f("ck_requests_status")),
        sa.PrimaryKeyConstraint("principal", "key", name=op.f("pk_requests")),
        info={"written": "append-only"},
        sqlite_strict=True,
    )


def _transactions() -> None:
    op.create_table(
        "transactions",
        sa.Column("id", tables.Identity(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("effective_on", tables.Day(), nullable=False),
        sa.Column("posted_at", tables.Instant(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("narrative", sa.Text(), nullable=False),
        sa.Column("details", tables.Details(), nullable=False),
        sa.Column("reverses", tables.Identity(), nullable=True),
        sa.Column("corrects", tables.Identity(), nullable=True),
        sa.CheckConstraint("reverses IS NULL OR corrects IS NULL", name=op.f("ck_transactions_cites_one")),
        sa.ForeignKeyConstraint(["corrects"], ["transactions.id"], name=op.f("fk_transactions_corrects")),
        sa.ForeignKeyConstraint(["reverses"], ["transactions.id"], name=op.f("fk_transactions_reverses")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transactions")),
        sa.UniqueConstraint("reverses", name=op.f("uq_transactions_reverses")),
        info={"written": "append-only"},
        sqlite_strict=True,
    )
    op.create_index("ix_transactions_corrects", "transactions", ["corrects"], unique=False)


def _account_events() -> None:
    op.create_table(
        "account_events",
        sa.Column("id", tables.WHOLE, autoincrement=True, nullable=False),
        sa.Column("account_id", tables.WHOLE, nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("at", tables.Instant(), nullable=False),
        sa.Column("transaction_id", tables.Identity(), nullable=True),
        sa.CheckConstraint("event IN ('freeze', 'close', 'reopen')", name=op.f("ck_account_events_event")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_account_events_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_events")),
        info={"written": "append-only"},
        sqlite_strict=True,
    )


def _balances() -> None:
    op.create_table(
        "balances",
        sa.Column("account_id", tables.WHOLE, autoincrement=False, nullable=False),
        sa.Column("credited", tables.WHOLE, nullable=False),
        sa.Column("debited", tables.WHOLE, nullable=False),
        sa.Column("held", tables.WHOLE, nullable=False),
        sa.Column("version", tables.WHOLE, nullable=False),
        sa.Column("posted_at", tables.Instant(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.CheckConstraint("status IN ('open', 'frozen', 'closed')", name=op.f("ck_balances_status")),
        sa.CheckConstraint("credited - debited - held >= 0", name=op.f("ck_balances_floor")),
        sa.CheckConstraint("credited BETWEEN 0 AND 1000000000000000", name=op.f("ck_balances_credited")),
        sa.CheckConstraint("debited BETWEEN 0 AND 1000000000000000", name=op.f("ck_balances_debited")),
        sa.CheckConstraint("held BETWEEN 0 AND 1000000000000000", name=op.f("ck_balances_held")),
        sa.CheckConstraint("version >= 0", name=op.f("ck_balances_version")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_balances_account_id")),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_balances")),
        info={"written": "updated"},
        sqlite_strict=True,
    )


def _hold_ends() -> None:
    op.create_table(
        "hold_ends",
        sa.Column("hold_id", tables.Identity(), nullable=False),
        sa.Column("ending", sa.Text(), nullable=False),
        sa.Column("at", tables.Instant(), nullable=False),
        sa.Column("transaction_id", tables.Identity(), nullable=True),
        sa.CheckConstraint(
            "(ending = 'captured') = (transaction_id IS NOT NULL)", name=op.f("ck_hold_ends_captured_by")
        ),
        sa.CheckConstraint("ending IN ('captured', 'voided', 'expired')", name=op.f("ck_hold_ends_ending")),
        sa.ForeignKeyConstraint(["hold_id"], ["holds.id"], name=op.f("fk_hold_ends_hold_id")),
        sa.ForeignKeyConstraint(["transaction_id"], ["transactions.id"], name=op.f("fk_hold_ends_transaction_id")),
        sa.PrimaryKeyConstraint("hold_id", name=op.f("pk_hold_ends")),
        info={"written": "append-only"},
        sqlite_strict=True,
    )


def _hold_lines() -> None:
    op.create_table(
        "hold_lines",
        sa.Column("hold_id", tables.Identity(), nullable=False),
        sa.Column("line", tables.WHOLE, autoincrement=False, nullable=False),
        sa.Column("account_id", tables.WHOLE, nullable=False),
        sa.Column("amount", tables.WHOLE, nullable=False),
        sa.CheckConstraint("amount BETWEEN 1 AND 1000000000000", name=op.f("ck_hold_lines_amount")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_hold_lines_account_id")),
        sa.ForeignKeyConstraint(["hold_id"], ["holds.id"], name=op.f("fk_hold_lines_hold_id")),
        sa.PrimaryKeyConstraint("hold_id", "line", name=op.f("pk_hold_lines")),
        sa.UniqueConstraint("hold_id", "account_id", name=op.f("uq_hold_lines_hold_id_account_id")),
        info={"written": "append-only"},
        sqlite_strict=True,
    )
    op.create_index("ix_hold_lines_account_id", "hold_lines", ["account_id"], unique=False)


def _rollups() -> None:
    op.create_table(
        "rollups",
        sa.Column("account_id", tables.WHOLE, autoincrement=False, nullable=False),
        sa.Column("credited", tables.WHOLE, nullable=False),
        sa.Column("debited", tables.WHOLE, nullable=False),
        sa.Column("through", tables.WHOLE, nullable=False),
        sa.CheckConstraint("credited >= 0", name=op.f("ck_rollups_credited")),
        sa.CheckConstraint("debited >= 0", name=op.f("ck_rollups_debited")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_rollups_account_id")),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_rollups")),
        info={"written": "updated"},
        sqlite_strict=True,
    )


def _transfers() -> None:
    op.create_table(
        "transfers",
        sa.Column("seq", tables.WHOLE, autoincrement=True, nullable=False),
        sa.Column("transaction_id", tables.Identity(), nullable=False),
        sa.Column("line", tables.WHOLE, nullable=False),
        sa.Column("debit_account", tables.WHOLE, nullable=False),
        sa.Column("credit_account", tables.WHOLE, nullable=False),
        sa.Column("amount", tables.WHOLE, nullable=False),
        sa.CheckConstraint("amount BETWEEN 1 AND 1000000000000", name=op.f("ck_transfers_amount")),
        sa.CheckConstraint("debit_account <> credit_account", name=op.f("ck_transfers_two_accounts")),
        sa.CheckConstraint("line >= 1", name=op.f("ck_transfers_line")),
        sa.ForeignKeyConstraint(["credit_account"], ["accounts.id"], name=op.f("fk_transfers_credit_account")),
        sa.ForeignKeyConstraint(["debit_account"], ["accounts.id"], name=op.f("fk_transfers_debit_account")),
        sa.ForeignKeyConstraint(["transaction_id"], ["transactions.id"], name=op.f("fk_transfers_transaction_id")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_transfers")),
        sa.UniqueConstraint("transaction_id", "line", name=op.f("uq_transfers_transaction_id_line")),
        info={"written": "append-only"},
        sqlite_strict=True,
    )
    op.create_index("ix_transfers_credit_account", "transfers", ["credit_account", "seq", "amount"], unique=False)
    op.create_index("ix_transfers_debit_account", "transfers", ["debit_account", "seq", "amount"], unique=False)


def _horizon() -> None:
    """A rollup's horizon is a PostgreSQL transaction id, under which nothing can still commit, never a `seq`."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE transfers ADD COLUMN xid xid8 NOT NULL DEFAULT pg_current_xact_id()")
        for side in ("credit_account", "debit_account"):
            op.execute(f"CREATE INDEX ix_transfers_{side}_xid ON transfers ({side}, xid) INCLUDE (amount)")


def upgrade() -> None:
    """Open the books: accounts, balances, transactions, transfers, entries, holds and requests."""
    make_refusal()
    _accounts()
    _entries()
    _holds()
    _requests()
    _transactions()
    _account_events()
    _balances()
    _hold_ends()
    _hold_lines()
    _rollups()
    _transfers()
    _horizon()
    open_balances()
    protect(APPEND_ONLY, UPDATED)
