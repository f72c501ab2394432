"""The table of the scheme's settings: what two officers decided, from which day on."""

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ledger.tables import APPEND_ONLY, Base, count, day, identity, instant, table, words


class SchemeSetting(Base):
    """What a rule of the scheme says from a London day on, by a proposal of two people; before any, the environment's.

    `value` is the text that the environment would hold (`ledger/rule_settings.py`), empty where that says something.
    """

    __tablename__ = "scheme_settings"
    __table_args__ = table(
        APPEND_ONLY,
        UniqueConstraint("proposal_id"),
        CheckConstraint("number >= 1", name="number"),
        CheckConstraint("decision_reference <> ''", name="decision_reference"),
    )

    name: Mapped[words] = mapped_column(primary_key=True)
    number: Mapped[count] = mapped_column(primary_key=True, autoincrement=False)
    value: Mapped[words]
    starts_on: Mapped[day]
    decision_reference: Mapped[words]
    proposal_id: Mapped[identity] = mapped_column(ForeignKey("proposals.id"))
    set_at: Mapped[instant]
