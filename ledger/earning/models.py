"""The tables of earning: programmes and what is allotted of them, activities and their sessions, places, awards."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from ledger.earning.rules import AskState, ProgrammeState, SessionState, TariffPer
from ledger.tables import (
    APPEND_ONLY,
    UPDATED,
    Base,
    count,
    day,
    facts,
    identity,
    instant,
    minor_units,
    one_of,
    table,
    words,
)


class Programme(Base):
    """Money the council decided to give, for a time. Its budget stands on its account, not here."""

    __tablename__ = "programmes"
    __table_args__ = table(
        UPDATED,
        UniqueConstraint("decision_reference"),
        one_of("state", ProgrammeState),
        CheckConstraint("starts_on <= ends_on", name="dates"),
    )

    id: Mapped[identity] = mapped_column(primary_key=True)
    name: Mapped[words]
    decision_reference: Mapped[words]
    starts_on: Mapped[day]
    ends_on: Mapped[day]
    state: Mapped[words]


class Allowance(Base):
    """An organiser's part of a programme; what is left of it stands on the account whose owner is this row."""

    __tablename__ = "allowances"
    __table_args__ = table(APPEND_ONLY, UniqueConstraint("programme_id", "organiser_id"))

    id: Mapped[identity] = mapped_column(primary_key=True)
    programme_id: Mapped[identity] = mapped_column(ForeignKey("programmes.id"))
    organiser_id: Mapped[identity] = mapped_column(ForeignKey("organisations.id"))


class ProgrammeCeiling(Base):
    """What a programme may ever be funded to, minor units, by a decision; the one with the highest number counts."""

    __tablename__ = "programme_ceilings"
    __table_args__ = table(
        APPEND_ONLY,
        CheckConstraint("number >= 1", name="number"),
        CheckConstraint("amount BETWEEN 1 AND 1000000000", name="amount"),
    )

    programme_id: Mapped[identity] = mapped_column(ForeignKey("programmes.id"), primary_key=True)
    number: Mapped[count] = mapped_column(primary_key=True, autoincrement=False)
    amount: Mapped[minor_units]
    decision_reference: Mapped[words]
    set_at: Mapped[instant]
    set_by: Mapped[words]


class Ask(Base):
    """An organiser's wish for more credits of a programme: minor units, one that waits for each of both."""

    __tablename__ = "asks"
    __table_args__ = table(
        UPDATED,
        one_of("state", AskState),
        CheckConstraint("amount BETWEEN 1 AND 1000000", name="amount"),
        CheckConstraint("(state = 'waiting') = (decided_at IS NULL)", name="decided"),
        CheckConstraint("state <> 'declined' OR reason IS NOT NULL", name="declined_says_why"),
        Index(
            "uq_asks_waiting",
            "programme_id",
            "organiser_id",
            unique=True,
            postgresql_where=text("state = 'waiting'"),
            sqlite_where=text("state = 'waiting'"),
        ),
        Index("ix_asks_organiser_id", "organiser_id"),
    )

    id: Mapped[identity] = mapped_column(primary_key=True)
    programme_id: Mapped[identity] = mapped_column(ForeignKey("programmes.id"))
    organiser_id: Mapped[identity] = mapped_column(ForeignKey("organisations.id"))
    amount: Mapped[minor_units]
    purpose: Mapped[words]
    asked_by: Mapped[identity] = mapped_column(ForeignKey("operators.id"))
    asked_at: Mapped[instant]
    state: Mapped[words]
    decided_at: Mapped[instant | None]
    decided_by: Mapped[identity | None] = mapped_column(ForeignKey("officers.id"))
    reason: Mapped[words | None]
    proposal_id: Mapped[identity | None] = mapped_column(ForeignKey("proposals.id"))


class Activity(Base):
    """Something people may take part in. `tariff` is minor units per `tariff_per`; eastings as on the national grid."""

    __tablename__ = "activities"
    __table_args__ = table(
        UPDATED,
        UniqueConstraint("source"),
        one_of("tariff_per", TariffPer),
        CheckConstraint("tariff BETWEEN 1 AND 1000000", name="tariff"),
        Index("ix_activities_organiser_id", "organiser_id"),
    )

    id: Mapped[identity] = mapped_column(primary_key=True)
    organiser_id: Mapped[identity] = mapped_column(ForeignKey("organisations.id"))
    programme_id: Mapped[identity] = mapped_column(ForeignKey("programmes.id"))
    title: Mapped[words]
    description: Mapped[words]
    place: Mapped[words]
    postcode: Mapped[words | None]
    easting: Mapped[count | None]
    northing: Mapped[count | None]
    tariff: Mapped[minor_units]
    tariff_per: Mapped[words]
    source: Mapped[words | None]


class TariffVersion(Base):
    """What an activity counts from a London day on, by a proposal of two people; before any, its own tariff counts."""

    __tablename__ = "tariff_versions"
    __table_args__ = table(
        APPEND_ONLY,
        UniqueConstraint("proposal_id"),
        one_of("tariff_per", TariffPer),
        CheckConstraint("number >= 1", name="number"),
        CheckConstraint("tariff BETWEEN 1 AND 1000000", name="tariff"),
    )

    activity_id: Mapped[identity] = mapped_column(ForeignKey("activities.id"), primary_key=True)
    number: Mapped[count] = mapped_column(primary_key=True, autoincrement=False)
    tariff: Mapped[minor_units]
    tariff_per: Mapped[words]
    starts_on: Mapped[day]
    decision_reference: Mapped[words]
    proposal_id: Mapped[identity] = mapped_column(ForeignKey("proposals.id"))
    set_at: Mapped[instant]


class ActivitySession(Base):
    """One date of an activity."""

    __tablename__ = "activity_sessions"
    __table_args__ = table(
        UPDATED,
        one_of("state", SessionState),
        CheckConstraint("starts_at < ends_at", name="times"),
        CheckConstraint("places BETWEEN 1 AND 500", name="places"),
        CheckConstraint("taken BETWEEN 0 AND places", name="taken"),
        UniqueConstraint("activity_id", "starts_at"),
        Index("ix_activity_sessions_starts_at", "starts_at"),
    )

    id: Mapped[identity] = mapped_column(primary_key=True)
    activity_id: Mapped[identity] = mapped_column(ForeignKey("activities.id"))
    starts_at: Mapped[instant]
    ends_at: Mapped[instant]
    places: Mapped[count]
    taken: Mapped[count]
    state: Mapped[words]


class Place(Base):
    """A resident's place on a session's roster; `given_up_at` while it is given up."""

    __tablename__ = "places"
    __table_args__ = table(UPDATED, Index("ix_places_resident_id", "resident_id"))

    session_id: Mapped[identity] = mapped_column(ForeignKey("activity_sessions.id"), primary_key=True)
    resident_id: Mapped[identity] = mapped_column(ForeignKey("residents.id"), primary_key=True)
    taken_at: Mapped[instant]
    given_up_at: Mapped[instant | None]


class Award(Base):
    """Credits given for one session, once for each resident; `returned` is what was taken back, minor units."""

    __tablename__ = "awards"
    __table_args__ = table(
        UPDATED,
        UniqueConstraint("session_id", "resident_id"),
        UniqueConstraint("transaction_id"),
        CheckConstraint("amount BETWEEN 1 AND 1000000", name="amount"),
        CheckConstraint("returned BETWEEN 0 AND amount", name="returned"),
        Index("ix_awards_resident_id", "resident_id"),
    )

    id: Mapped[identity] = mapped_column(primary_key=True)
    session_id: Mapped[identity] = mapped_column(ForeignKey("activity_sessions.id"))
    resident_id: Mapped[identity] = mapped_column(ForeignKey("residents.id"))
    organiser_id: Mapped[identity] = mapped_column(ForeignKey("organisations.id"))
    awarded_by: Mapped[identity] = mapped_column(ForeignKey("operators.id"))
    amount: Mapped[minor_units]
    minutes: Mapped[count]
    transaction_id: Mapped[identity] = mapped_column(ForeignKey("transactions.id"))
    at: Mapped[instant]
    returned: Mapped[minor_units]


class FileAward(Base):
    """What became of a list of who came: how many were awarded, minor units in all, and each other's reason by id.

    `proposal_id` is what an officer agreed to, of a list that one person may not award alone.
    """

    __tablename__ = "file_awards"
    __table_args__ = table(
        APPEND_ONLY,
        CheckConstraint("people BETWEEN 0 AND 500", name="people"),
        CheckConstraint("(people = 0) = (amount = 0) AND amount >= 0", name="amount"),
        UniqueConstraint("proposal_id"),
        Index("ix_file_awards_session_id", "session_id"),
    )

    id: Mapped[identity] = mapped_column(primary_key=True)
    session_id: Mapped[identity] = mapped_column(ForeignKey("activity_sessions.id"))
    operator_id: Mapped[identity] = mapped_column(ForeignKey("operators.id"))
    proposal_id: Mapped[identity | None] = mapped_column(ForeignKey("proposals.id"))
    people: Mapped[count]
    amount: Mapped[minor_units]
    refused: Mapped[facts]
    at: Mapped[instant]
