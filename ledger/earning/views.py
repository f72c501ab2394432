"""What earning shows: programmes, allowances, activities, sessions, rosters and awards as values."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from ledger.earning.rules import ProgrammeState, SessionState, TariffPer, minutes_of, session_credits
from ledger.money import Amount


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgrammeView:
    """A programme and where its credits are, minor units; `state` is that of the day asked about.

    `budget` is all it was funded with, `allotted` what of it went to organisers, `awarded` what of that to residents,
    each less what was taken back; `ceiling` is what it may ever be funded to, None without one.
    """

    id: UUID
    name: str
    decision_reference: str
    starts_on: date
    ends_on: date
    state: ProgrammeState
    budget: Amount
    allotted: Amount
    awarded: Amount
    ceiling: Amount | None

    @property
    def left(self) -> Amount:
        """What is not allotted, minor units."""
        return self.budget - self.allotted


@dataclass(frozen=True, slots=True, kw_only=True)
class AllowanceView:
    """An organiser's part of a programme: allotted in all, awarded of it, and left, minor units."""

    id: UUID
    programme_id: UUID
    programme_name: str
    organiser_id: UUID
    organiser_name: str
    awarded: Amount
    left: Amount

    @property
    def allotted(self) -> Amount:
        """What was allotted in all, minor units."""
        return self.awarded + self.left


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityView:
    """An activity of an organiser; `tariff` is minor units."""

    id: UUID
    organiser_id: UUID
    programme_id: UUID
    title: str
    description: str
    place: str
    postcode: str | None
    easting: int | None
    northing: int | None
    tariff: Amount
    tariff_per: TariffPer


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionView:
    """One date of an activity; `credits` is what taking part is worth, `mine` whether the asker has a place."""

    id: UUID
    activity_id: UUID
    title: str
    description: str
    organiser_id: UUID
    organiser_name: str
    place: str
    postcode: str | None
    easting: int | None
    northing: int | None
    starts_at: datetime
    ends_at: datetime
    state: SessionState
    tariff: Amount
    tariff_per: TariffPer
    places: int
    taken: int
    mine: bool
    awarded: int

    @property
    def minutes(self) -> int:
        """How long it lasts."""
        return minutes_of(starts_at=self.starts_at, ends_at=self.ends_at)

    @property
    def credits(self) -> Amount:
        """What taking part is worth, minor units."""
        return session_credits(tariff=self.tariff, per=self.tariff_per, minutes=self.minutes)

    @property
    def places_left(self) -> int:
        """How many places nobody has taken."""
        return self.places - self.taken


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterRow:
    """A resident on a session's roster; `award` is what they were given for it, minor units, if anything."""

    resident_id: UUID
    name: str
    taken_at: datetime
    award: Amount | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AwardView:
    """Credits a resident was given: for which session, how many minor units, and what was taken back since."""

    id: UUID
    transaction_id: UUID
    session_id: UUID
    title: str
    organiser_name: str
    starts_at: datetime
    amount: Amount
    returned: Amount
    minutes: int
    at: datetime
