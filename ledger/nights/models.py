"""The tables of nights: each business date with its runner, and each step that was done."""

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ledger.nights.rules import NightKind, NightState
from ledger.tables import APPEND_ONLY, UPDATED, Base, count, day, facts, identity, instant, one_of, table, words


class Night(Base):
    """A business date that was begun: `run` counts who took it on, `heartbeat_at` is when that one was last heard of.

    `runner` names its process (`runners.py`), so that one that has ended need not be waited for.
    """

    __tablename__ = "nights"
    __table_args__ = table(
        UPDATED,
        one_of("kind", NightKind),
        one_of("state", NightState),
        UniqueConstraint("kind", "business_date"),
        CheckConstraint("run >= 1", name="run"),
        CheckConstraint("(state = 'running') = (ended_at IS NULL)", name="ended"),
    )

    id: Mapped[identity] = mapped_column(primary_key=True)
    kind: Mapped[words]
    business_date: Mapped[day]
    state: Mapped[words]
    run: Mapped[count]
    runner: Mapped[words]
    started_at: Mapped[instant]
    heartbeat_at: Mapped[instant]
    ended_at: Mapped[instant | None]


class NightStep(Base):
    """A step that was done in one run of a night, and its figures: counts, and minor units."""

    __tablename__ = "night_steps"
    __table_args__ = table(
        APPEND_ONLY, CheckConstraint("run >= 1", name="run"), CheckConstraint("step <> ''", name="step")
    )

    night_id: Mapped[identity] = mapped_column(ForeignKey("nights.id"), primary_key=True)
    run: Mapped[count] = mapped_column(primary_key=True)
    step: Mapped[words] = mapped_column(primary_key=True)
    at: Mapped[instant]
    figures: Mapped[facts]
