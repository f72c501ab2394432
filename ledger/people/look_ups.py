"""Look-ups of residents by officers: each has a reason and keeps whom it showed; one in twenty is looked at again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Text, cast, func, insert, select
from sqlalchemy.orm import Session

from ledger.identifiers import from_text, to_text
from ledger.occasion import Occasion
from ledger.people.models import LookUp, Officer, Resident
from ledger.people.queries import ResidentView
from ledger.people.rules import LookedUpBy, ResidentStatus, tidy

MOST_SHOWN = 20
ONE_IN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class LookUpLine:
    """A look-up as whoever checks it reads it; what was typed is not kept, since it may name anybody."""

    id: UUID
    at: datetime
    officer_id: UUID
    officer_name: str
    by: LookedUpBy
    reason: str
    shown: tuple[UUID, ...]
    sampled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LookUpSearch:
    """Which look-ups are asked for: an officer's, those that showed a resident, the sample; None narrows nothing."""

    officer_id: UUID | None = None
    resident_id: UUID | None = None
    only_sampled: bool = False


def residents_named(session: Session, *, name: str) -> list[ResidentView]:
    """Residents who have these words in their name, in any case, the first twenty by name."""
    words = tidy("name", name)
    query = _RESIDENTS.where(func.lower(Resident.name).contains(words.lower(), autoescape=True))
    rows = session.execute(query.order_by(Resident.name, Resident.id).limit(MOST_SHOWN))
    return [ResidentView(**{**row._mapping, "status": ResidentStatus(row.status)}) for row in rows]


def residents_of(session: Session, *, ids: Sequence[UUID]) -> list[ResidentView]:
    """These residents, by name; the first twenty."""
    rows = session.execute(
        _RESIDENTS.where(Resident.id.in_(ids)).order_by(Resident.name, Resident.id).limit(MOST_SHOWN)
    )
    return [ResidentView(**{**row._mapping, "status": ResidentStatus(row.status)}) for row in rows]


def record_look_up(
    session: Session,
    *,
    officer_id: UUID,
    by: LookedUpBy,
    reason: str,
    shown: Sequence[UUID],
    occasion: Occasion,
) -> bool:
    """Keep that an officer looked, why, and who was shown; whether it is one of those that are looked at again.

    Raises InvalidField without a reason.
    """
    sampled = int.from_bytes(occasion.token_bytes(4), "big") % ONE_IN == 0
    row = {
        "id": occasion.new_id(),
        "at": occasion.now,
        "officer_id": officer_id,
        "by": LookedUpBy(by),
        "reason": tidy("reason", reason, longest=300),
        "shown": {"residents": [to_text(one) for one in shown]},
        "sampled": sampled,
    }
    session.connection().execute(insert(LookUp), row)
    return sampled


def look_ups(session: Session, search: LookUpSearch, *, before: UUID | None = None, most: int) -> list[LookUpLine]:
    """The newest look-ups that are asked for, at most so many, from the one `before` on into the past."""
    query = select(LookUp, Officer.name).join(Officer, Officer.id == LookUp.officer_id)
    found = session.execute(query.where(*_conditions(search, before)).order_by(LookUp.id.desc()).limit(most))
    return [
        LookUpLine(
            id=kept.id,
            at=kept.at,
            officer_id=kept.officer_id,
            officer_name=name,
            by=LookedUpBy(kept.by),
            reason=kept.reason,
            shown=tuple(from_text(one) for one in kept.shown["residents"]),
            sampled=kept.sampled,
        )
        for kept, name in found
    ]


def count_look_ups(session: Session, search: LookUpSearch, *, before: UUID | None = None) -> int:
    """How many look-ups are asked for, from the one `before` on into the past."""
    return session.execute(select(func.count(LookUp.id)).where(*_conditions(search, before))).scalar_one()


def _conditions(search: LookUpSearch, before: UUID | None) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if search.officer_id is not None:
        found.append(LookUp.officer_id == search.officer_id)
    if search.resident_id is not None:
        # On both databases an id stands in the text of the list between quotes, and nothing but ids stands in it.
        found.append(cast(LookUp.shown, Text).contains(f'"{to_text(search.resident_id)}"'))
    if search.only_sampled:
        found.append(LookUp.sampled.expression)
    if before is not None:
        found.append(LookUp.id < before)
    return found


_RESIDENTS = select(Resident.id, Resident.name, Resident.email, Resident.postcode, Resident.status)
