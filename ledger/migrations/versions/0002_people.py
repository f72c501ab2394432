"""Let people in: residents, organisations, operators, officers, sign-ins, proposals."""

import sqlalchemy as sa
from alembic import op

from ledger import tables
from ledger.migrations.guards import fixed, protect

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

APPEND_ONLY: dict[str, dict[str, list[str]]] = {}
UPDATED = [
    "officers",
    "one_time_codes",
    "organisations",
    "residents",
    "try_counters",
    "operators",
    "permission_grants",
    "proposals",
    "sign_ins",
]
PROPOSED = ["id", "reference", "kind", "content", "digest", "maker_id", "made_at"]


def _officers() -> None:
    op.create_table(
        "officers",
        sa.Column("id", tables.Identity(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("totp_secret", sa.LargeBinary(), nullable=False),
        sa.Column("totp_step", tables.WHOLE, nullable=False),
        sa.Column("joined_at", tables.Instant(), nullable=False),
        sa.Column("left_at", tables.Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_officers")),
        sa.UniqueConstraint("email", name=op.f("uq_officers_email")),
        info={"written": "updated"},
        sqlite_strict=True,
    )


def _one_time_codes() -> None:
    op.create_table(
        "one_time_codes",
        sa.Column("id", tables.Identity(), nullable=False),
        sa.Column("realm", sa.Text(), nullable=False),
        sa.Column("person_id", tables.Identity(), nullable=True),
        sa.Column("code_digest", sa.LargeBinary(), nullable=False),
        sa.Column("issued_at", tables.Instant(), nullable=False),
        sa.Column("expires_at", tables.Instant(), nullable=False),
        sa.Column("tries", tables.WHOLE, nullable=False),
        sa.Column("confirmed_at", tables.Instant(), nullable=True),
        sa.Column("totp_at", tables.Instant(), nullable=True),
        sa.Column("used_at", tables.Instant(), nullable=True),
        sa.CheckConstraint(
            "realm IN ('resident', 'organiser', 'merchant', 'office')", name=op.f("ck_one_time_codes_realm")
        ),
        sa.CheckConstraint("tries BETWEEN 0 AND 5", name=op.f("ck_one_time_codes_tries")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_one_time_codes")),
        info={"written": "updated"},
        sqlite_strict=True,
    )


def _organisations() -> None:
    op.create_table(
        "organisations",
        sa.Column("id", tables.Identity(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("postcode", sa.Text(), nullable=True),
        sa.Column("telephone", sa.Text(), nullable=True),
        sa.Column("opening_hours", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("joined_at", tables.Instant(), nullable=False),
        sa.CheckConstraint("kind IN ('organiser', 'shop', 'leisure_centre')", name=op.f("ck_organisations_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisations")),
        sa.UniqueConstraint("source", name=op.f("uq_organisations_source")),
        info={"written": "updated"},
        sqlite_strict=True,
    )


def _residents() -> None:
    op.create_table(
        "residents",
        sa.Column("id", tables.Identity(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("postcode", sa.Text(), nullable=True),
        sa.Column("joined_at", tables.Instant(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.CheckConstraint("status IN ('open', 'frozen', 'closing', 'closed')", name=op.f("ck_residents_status")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_residents")),
        sa.UniqueConstraint("email", name=op.f("uq_residents_email")),
        info={"written": "updated"},
        sqlite_strict=True,
    )


def _try_counters() -> None:
    op.create_table(
        "try_counters",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("window_starts_at", tables.Instant(), nullable=False),
        sa.Column("used", tables.WHOLE, nullable=False),
        sa.CheckConstraint("used >= 0", name=op.f("ck_try_counters_used")),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_try_counters")),
        info={"written": "updated"},
        sqlite_strict=True,
    )


def _operators() -> None:
    op.create_table(
        "operators",
        sa.Column("id", tables.Identity(), nullable=False),
        sa.Column("organisation_id", tables.Identity(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("pin_hash", sa.Text(), nullable=True),
        sa.Column("joined_at", tables.Instant(), nullable=False),
        sa.Column("left_at", tables.Instant(), nullable=True),
        sa.CheckConstraint("role <> 'owner' OR email IS NOT NULL", name=op.f("ck_operators_owner_has_email")),
        sa.CheckConstraint("role IN ('owner', 'operator')", name=op.f("ck_operators_role")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_operators_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operators")),
        sa.UniqueConstraint("organisation_id", "email", name=op.f("uq_operators_organisation_id_email")),
        info={"written": "updated"},
        sqlite_strict=True,
    )
    op.create_index("ix_operators_email", "operators", ["email"], unique=False)


def _permission_grants() -> None:
    op.create_table(
        "permission_grants",
        sa.Column("id", tables.Identity(), nullable=False),
        sa.Column("officer_id", tables.Identity(), nullable=False),
        sa.Column("permission", sa.Text(), nullable=False),
        sa.Column("granted_at", tables.Instant(), nullable=False),
        sa.Column("granted_by", sa.Text(), nullable=False),
        sa.Column("ended_at", tables.Instant(), nullable=True),
        sa.CheckConstraint(
            "permission IN ('award', 'approve', 'export', 'settle', 'reverse', 'see_people', 'see_audit', 'administer')",
            name=op.f("ck_permission_grants_permission"),
        ),
        sa.ForeignKeyConstraint(["officer_id"], ["officers.id"], name=op.f("fk_permission_grants_officer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_permission_grants")),
        info={"written": "updated"},
        sqlite_strict=True,
    )
    op.create_index(
        "uq_permission_grants_live",
        "permission_grants",
        ["officer_id", "permission"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
        sqlite_where=sa.text("ended_at IS NULL"),
    )


def _proposals() -> None:
    op.create_table(
        "proposals",
        sa.Column("id", tables.Identity(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("content", tables.Details(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("maker_id", tables.Identity(), nullable=False),
        sa.Column("made_at", tables.Instant(), nullable=False),
        sa.Column("checker_id", tables.Identity(), nullable=True),
        sa.Column("decided_at", tables.Instant(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("used_at", tables.Instant(), nullable=True),
        sa.CheckConstraint("(state = 'proposed') = (checker_id IS NULL)", name=op.f("ck_proposals_decided_by")),
        sa.CheckConstraint("state <> 'sent_back' OR reason IS NOT NULL", name=op.f("ck_proposals_sent_back_says_why")),
        sa.CheckConstraint("state IN ('proposed', 'approved', 'sent_back', 'used')", name=op.f("ck_proposals_state")),
        sa.CheckConstraint("maker_id <> checker_id", name=op.f("ck_proposals_two_people")),
        sa.ForeignKeyConstraint(["checker_id"], ["officers.id"], name=op.f("fk_proposals_checker_id")),
        sa.ForeignKeyConstraint(["maker_id"], ["officers.id"], name=op.f("fk_proposals_maker_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposals")),
        sa.UniqueConstraint("reference", name=op.f("uq_proposals_reference")),
        info={"written": "updated"},
        sqlite_strict=True,
    )


def _sign_ins() -> None:
    op.create_table(
        "sign_ins",
        sa.Column("id", tables.Identity(), nullable=False),
        sa.Column("realm", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("person_id", tables.Identity(), nullable=False),
        sa.Column("organisation_id", tables.Identity(), nullable=True),
        sa.Column("token_digest", sa.LargeBinary(), nullable=False),
        sa.Column("till_name", sa.Text(), nullable=True),
        sa.Column("operator_id", tables.Identity(), nullable=True),
        sa.Column("signed_in_at", tables.Instant(), nullable=False),
        sa.Column("active_at", tables.Instant(), nullable=False),
        sa.Column("expires_at", tables.Instant(), nullable=False),
        sa.Column("ended_at", tables.Instant(), nullable=True),
        sa.CheckConstraint("(kind = 'till') = (till_name IS NOT NULL)", name=op.f("ck_sign_ins_till_has_name")),
        sa.CheckConstraint("kind = 'person' OR realm = 'merchant'", name=op.f("ck_sign_ins_till_is_merchant")),
        sa.CheckConstraint("kind IN ('person', 'till')", name=op.f("ck_sign_ins_kind")),
        sa.CheckConstraint("realm IN ('resident', 'organiser', 'merchant', 'office')", name=op.f("ck_sign_ins_realm")),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"], name=op.f("fk_sign_ins_operator_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_sign_ins_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_ins")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_sign_ins_token_digest")),
        info={"written": "updated"},
        sqlite_strict=True,
    )
    op.create_index("ix_sign_ins_person_id", "sign_ins", ["person_id"], unique=False)


def upgrade() -> None:
    """Let people in: residents, organisations, operators, officers, sign-ins, proposals."""
    _officers()
    _one_time_codes()
    _organisations()
    _residents()
    _try_counters()
    _operators()
    _permission_grants()
    _proposals()
    _sign_ins()
    protect(APPEND_ONLY, UPDATED)
    fixed("proposals", PROPOSED)
