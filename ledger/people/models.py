"""The tables of people: residents, organisations, operators, officers, sign-ins, one-time codes, tries, proposals."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from ledger.people.rules import (
    STORED_STATES,
    LookedUpBy,
    OperatorRole,
    OrganisationKind,
    Permission,
    Realm,
    ResidentStatus,
    SignInKind,
)
from ledger.tables import (
    APPEND_ONLY,
    UPDATED,
    Base,
    count,
    facts,
    identity,
    instant,
    one_of,
    raw_bytes,
    table,
    truth,
    words,
)


class Resident(Base):
    """A person who earns and spends. `email` is kept in lower case."""

    __tablename__ = "residents"
    __table_args__ = table(UPDATED, UniqueConstraint("email"), one_of("status", ResidentStatus))

    id: Mapped[identity] = mapped_column(primary_key=True)
    name: Mapped[words]
    email: Mapped[words]
    postcode: Mapped[words | None]
    joined_at: Mapped[instant]
    status: Mapped[words]


class Organisation(Base):
    """An organiser, a shop or a leisure centre. `source` names the row it was imported from."""

    __tablename__ = "organisations"
    __table_args__ = table(UPDATED, UniqueConstraint("source"), one_of("kind", OrganisationKind))

    id: Mapped[identity] = mapped_column(primary_key=True)
    kind: Mapped[words]
    name: Mapped[words]
    address: Mapped[words]
    postcode: Mapped[words | None]
    telephone: Mapped[words | None]
    opening_hours: Mapped[words | None]
    source: Mapped[words | None]
    joined_at: Mapped[instant]


class Operator(Base):
    """A person who acts for an organisation. An owner has an `email`; whoever works a till has a PIN (argon2id)."""

    __tablename__ = "operators"
    __table_args__ = table(
        UPDATED,
        one_of("role", OperatorRole),
        CheckConstraint("role <> 'owner' OR email IS NOT NULL", name="owner_has_email"),
        UniqueConstraint("organisation_id", "email"),
        Index("ix_operators_email", "email"),
    )

    id: Mapped[identity] = mapped_column(primary_key=True)
    organisation_id: Mapped[identity] = mapped_column(ForeignKey("organisations.id"))
    name: Mapped[words]
    email: Mapped[words | None]
    role: Mapped[words]
    pin_hash: Mapped[words | None]
    joined_at: Mapped[instant]
    left_at: Mapped[instant | None]


class Officer(Base):
    """A person of the council. `totp_secret` is encrypted; `totp_step` is the last 30-second step used.

    Who they are as a person is held by `email` and by `totp_digest`, the SHA-256 of the secret of their app (160 random
    bits), which is written when they are added, or at the latest when they next enter its digits.
    """

    __tablename__ = "officers"
    __table_args__ = table(UPDATED, UniqueConstraint("email"))

    id: Mapped[identity] = mapped_column(primary_key=True)
    name: Mapped[words]
    email: Mapped[words]
    totp_secret: Mapped[raw_bytes]
    totp_step: Mapped[count]
    joined_at: Mapped[instant]
    left_at: Mapped[instant | None]
    totp_digest: Mapped[raw_bytes | None]


class PermissionGrant(Base):
    """A permission an officer has, or had until `ended_at`; `proposal_id` is what two others agreed on."""

    __tablename__ = "permission_grants"
    __table_args__ = table(
        UPDATED,
        one_of("permission", Permission),
        Index(
            "uq_permission_grants_live",
            "officer_id",
            "permission",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
            sqlite_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[identity] = mapped_column(primary_key=True)
    officer_id: Mapped[identity] = mapped_column(ForeignKey("officers.id"))
    permission: Mapped[words]
    granted_at: Mapped[instant]
    granted_by: Mapped[words]
    ended_at: Mapped[instant | None]
    proposal_id: Mapped[identity | None]


class SignIn(Base):
    """Being in: a row that can be listed and revoked. The cookie's token is stored as HMAC-SHA-256.

    `person_id` is a resident, an operator or an officer, by the realm; a till's is the owner who opened it, and
    `operator_id` is whoever unlocked it, until five idle minutes after `active_at`.
    """

    __tablename__ = "sign_ins"
    __table_args__ = table(
        UPDATED,
        UniqueConstraint("token_digest"),
        one_of("realm", Realm),
        one_of("kind", SignInKind),
        CheckConstraint("kind = 'person' OR realm = 'merchant'", name="till_is_merchant"),
        CheckConstraint("(kind = 'till') = (till_name IS NOT NULL)", name="till_has_name"),
        Index("ix_sign_ins_person_id", "person_id"),
    )

    id: Mapped[identity] = mapped_column(primary_key=True)
    realm: Mapped[words]
    kind: Mapped[words]
    person_id: Mapped[identity]
    organisation_id: Mapped[identity | None] = mapped_column(ForeignKey("organisations.id"))
    token_digest: Mapped[raw_bytes]
    till_name: Mapped[words | None]
    operator_id: Mapped[identity | None] = mapped_column(ForeignKey("operators.id"))
    signed_in_at: Mapped[instant]
    active_at: Mapped[instant]
    expires_at: Mapped[instant]
    ended_at: Mapped[instant | None]


class OneTimeCode(Base):
    """Six digits sent to an e-mail address, as HMAC; bound to the browser that asked by `id` in its cookie.

    A row is made for an unknown address too (`person_id` null), so that nobody learns which addresses are known.
    `confirmed_at` is when the digits were right; officers then owe their TOTP until `totp_at`; a sign-in uses it up, or
    another app of the officer who asked.
    """

    __tablename__ = "one_time_codes"
    __table_args__ = table(
        UPDATED,
        one_of("realm", Realm),
        CheckConstraint("tries BETWEEN 0 AND 5", name="tries"),
    )

    id: Mapped[identity] = mapped_column(primary_key=True)
    realm: Mapped[words]
    person_id: Mapped[identity | None]
    code_digest: Mapped[raw_bytes]
    issued_at: Mapped[instant]
    expires_at: Mapped[instant]
    tries: Mapped[count]
    confirmed_at: Mapped[instant | None]
    totp_at: Mapped[instant | None]
    used_at: Mapped[instant | None]


class TryCounter(Base):
    """How often something was tried in a window of time; `subject` names what and who ("pin:<id>")."""

    __tablename__ = "try_counters"
    __table_args__ = table(UPDATED, CheckConstraint("used >= 0", name="used"))

    subject: Mapped[words] = mapped_column(primary_key=True)
    window_starts_at: Mapped[instant]
    used: Mapped[count]


class Proposal(Base):
    """What two people must agree on: its content, the SHA-256 of kind and content, who made and who decided it.

    An officer made it (`maker_id`), or somebody who acts for an organiser (`operator_id`); an officer decides. The
    migration has the database refuse any change of what was proposed. From `voided_at` on it is decided and used no
    more, whatever its state.
    """

    __tablename__ = "proposals"
    __table_args__ = table(
        UPDATED,
        one_of("state", STORED_STATES),
        CheckConstraint("maker_id <> checker_id", name="two_people"),
        CheckConstraint("(state = 'proposed') = (checker_id IS NULL)", name="decided_by"),
        CheckConstraint("state <> 'sent_back' OR reason IS NOT NULL", name="sent_back_says_why"),
        CheckConstraint("(maker_id IS NULL) <> (operator_id IS NULL)", name="one_maker"),
        UniqueConstraint("reference"),
    )

    id: Mapped[identity] = mapped_column(primary_key=True)
    reference: Mapped[words]
    kind: Mapped[words]
    content: Mapped[facts]
    digest: Mapped[raw_bytes]
    state: Mapped[words]
    maker_id: Mapped[identity | None] = mapped_column(ForeignKey("officers.id"))
    made_at: Mapped[instant]
    checker_id: Mapped[identity | None] = mapped_column(ForeignKey("officers.id"))
    decided_at: Mapped[instant | None]
    reason: Mapped[words | None]
    used_at: Mapped[instant | None]
    voided_at: Mapped[instant | None]
    voided_because: Mapped[words | None]
    operator_id: Mapped[identity | None] = mapped_column(ForeignKey("operators.id"))


class LookUp(Base):
    """An officer looked for residents: by what, why, and whose ids were shown; a `sampled` one is looked at again.

    What they typed is not here: it may name anybody.
    """

    __tablename__ = "look_ups"
    __table_args__ = table(
        APPEND_ONLY,
        one_of("by", LookedUpBy),
        CheckConstraint("reason <> ''", name="reason"),
    )

    id: Mapped[identity] = mapped_column(primary_key=True)
    at: Mapped[instant]
    officer_id: Mapped[identity] = mapped_column(ForeignKey("officers.id"))
    by: Mapped[words]
    reason: Mapped[words]
    shown: Mapped[facts]
    sampled: Mapped[truth]
