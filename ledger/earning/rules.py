"""Pure rules of earning: lives, tariffs, what a session is worth, when it may be awarded, which caps count it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from ledger.clock import london_date
from ledger.errors import InvalidField
from ledger.identifiers import from_text, to_text
from ledger.money import MOST_FROM_PEOPLE, MOST_IN_ONE_TRANSFER, Amount
from ledger.settings import SchemeRules
from ledger.wallets.rules import Cap

CLAIMS_GO_ON = timedelta(days=14)
"""How long after its end a session may be awarded, and after its last day a programme."""

LONGEST_SESSION = timedelta(hours=24)
ALLOTMENT, FUNDING, FILE_AWARD = "allotment", "funding", "file_award"
TARIFF, PROGRAMME_CEILING = "tariff", "programme_ceiling"
"""The kinds of proposal that two people decide."""
ISSUANCE, BUDGET, ALLOWANCE = "issuance", "budget", "allowance"
"""The kinds of account that earning opens."""

EASTINGS = range(700_001)
NORTHINGS = range(1_300_001)


class ProgrammeState(StrEnum):
    """A programme's life: `draft → open → closing → closed`."""

    DRAFT = "draft"
    OPEN = "open"
    CLOSING = "closing"
    CLOSED = "closed"


class TariffPer(StrEnum):
    """What a tariff counts: an hour of a session, a whole session, or one action."""

    HOUR = "hour"
    SESSION = "session"
    ACTION = "action"


class AskState(StrEnum):
    """An organiser's ask for more waits, until it is taken up as an allotment, or declined."""

    WAITING = "waiting"
    TAKEN_UP = "taken_up"
    DECLINED = "declined"


class SessionState(StrEnum):
    """A session is open, or was called off."""

    OPEN = "open"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tariff:
    """What taking part counts, minor units for each `per`, from the London day `starts_on` on."""

    amount: Amount
    per: TariffPer
    starts_on: date = date.min


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """What one resident is thanked for: whole minutes, and what they are worth, minor units."""

    minutes: int
    amount: Amount


@dataclass(frozen=True, slots=True, kw_only=True)
class CapShare:
    """What one award counts against one cap, of a `limit` in the period that holds `day`."""

    cap: Cap
    day: date
    used: int
    limit: int


def state_on(state: ProgrammeState, *, ends_on: date, today: date) -> ProgrammeState:
    """A programme's state on a day: an open one is closing from its last day on, and closed 14 days after it."""
    if state in (ProgrammeState.DRAFT, ProgrammeState.CLOSED) or today < ends_on:
        return state
    return ProgrammeState.CLOSING if today <= ends_on + CLAIMS_GO_ON else ProgrammeState.CLOSED


def tariff_on(first: Tariff, versions: Sequence[Tariff], *, day: date) -> Tariff:
    """The tariff in force on a day: the latest that has begun, of two from the same day the one set later.

    `versions` stand in the order in which they were set; before all of them counts `first`.
    """
    begun = [first, *(version for version in versions if version.starts_on <= day)]
    latest = max(version.starts_on for version in begun)
    return [version for version in begun if version.starts_on == latest][-1]


def check_starts_on(starts_on: date, *, today: date) -> None:
    """Refuse a tariff for today or an earlier day: somebody may have come at the one before. Raises InvalidField."""
    if starts_on <= today:
        raise InvalidField("starts_on", "must be a day to come")


def minutes_of(*, starts_at: datetime, ends_at: datetime) -> int:
    """Whole minutes that pass between two instants, a change of the clocks counted as it is lived."""
    return (ends_at - starts_at) // timedelta(minutes=1)


def session_credits(*, tariff: Amount, per: TariffPer, minutes: int) -> Amount:
    """What taking part is worth, minor units: the tariff, or tariff times hours, half a hundredth rounded up."""
    return (tariff * minutes + 30) // 60 if per == TariffPer.HOUR else tariff


def cap_shares(*, starts_at: datetime, minutes: int, amount: Amount, rules: SchemeRules) -> list[CapShare]:
    """What an award counts against its resident's caps, by the London day on which the session starts.

    In the order in which their rows are locked.
    """
    day = london_date(starts_at)
    shares = [
        CapShare(cap=Cap.MINUTES_A_DAY, day=day, used=minutes, limit=rules.minutes_a_day),
        CapShare(cap=Cap.EARNED_A_WEEK, day=day, used=amount, limit=rules.earned_a_week),
        CapShare(cap=Cap.EARNED_A_YEAR, day=day, used=amount, limit=rules.earned_a_year),
    ]
    return sorted(shares, key=lambda share: share.cap)


def allotment_content(*, programme_id: UUID, organiser_id: UUID, amount: Amount, purpose: str) -> dict[str, Any]:
    """What two people agree on when they allot: ids in their 26 characters, minor units, what it is for."""
    return {
        "programme_id": to_text(programme_id),
        "organiser_id": to_text(organiser_id),
        "amount": amount,
        "purpose": purpose.strip(),
    }


def funding_content(*, programme_id: UUID, amount: Amount, decision_reference: str) -> dict[str, Any]:
    """What two people agree on when they fund a programme: its id, minor units, the council's decision."""
    return {
        "programme_id": to_text(programme_id),
        "amount": amount,
        "decision_reference": decision_reference.strip(),
    }


def file_award_content(*, session_id: UUID, organiser_id: UUID, came: Mapping[UUID, Came]) -> dict[str, Any]:
    """What two people agree on of a list of who came: each resident's minutes and minor units, and both in all."""
    return {
        "session_id": to_text(session_id),
        "organiser_id": to_text(organiser_id),
        "people": len(came),
        "credits": sum(one.amount for one in came.values()),
        "lines": [
            {"resident_id": to_text(resident), "minutes": came[resident].minutes, "amount": came[resident].amount}
            for resident in sorted(came)
        ],
    }


def came_of(content: Mapping[str, Any]) -> dict[UUID, Came]:
    """Who came for what, as such a content says it."""
    return {
        from_text(one["resident_id"]): Came(minutes=one["minutes"], amount=one["amount"]) for one in content["lines"]
    }


def check_amount(amount: Amount) -> None:
    """Refuse what is no whole number of minor units above 0. Raises InvalidField."""
    if type(amount) is not int or not 1 <= amount <= MOST_IN_ONE_TRANSFER:
        raise InvalidField("amount", "must be more than 0")


def check_text(field: str, text: str, *, most: int) -> str:
    """The text without spaces around it. Raises InvalidField where nothing is left, or too much."""
    text = text.strip()
    if not 1 <= len(text) <= most:
        raise InvalidField(field, f"must have 1 to {most} characters")
    return text


def check_tariff(tariff: Amount) -> None:
    """Refuse a tariff that is no amount from 0.01 to 10,000.00. Raises InvalidField."""
    if type(tariff) is not int or not 1 <= tariff <= MOST_FROM_PEOPLE:
        raise InvalidField("tariff", "must be from 0.01 to 10,000.00")


def check_grid(easting: int | None, northing: int | None) -> None:
    """Refuse half a grid reference, and one outside the national grid of Great Britain, in metres.

    Raises InvalidField.
    """
    if easting is None and northing is None:
        return
    if easting not in EASTINGS or northing not in NORTHINGS:
        raise InvalidField("grid reference", "must be an easting and a northing on the national grid, in metres")


def check_session(*, starts_at: datetime, ends_at: datetime, places: int) -> None:
    """Refuse a session of less than a minute or more than a day, or not with 1 to 500 places. Raises InvalidField."""
    if not timedelta(minutes=1) <= ends_at - starts_at <= LONGEST_SESSION:
        raise InvalidField("ends_at", "must be after the start, by a day at most")
    if type(places) is not int or not 1 <= places <= 500:
        raise InvalidField("places", "must be from 1 to 500")
