"""Look-ups of residents by officers: each has a reason and keeps whom it showed; one in twenty is looked at again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, insert, select
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
    officer_name: str
    by: LookedUpBy
    reason: str
    shown: tuple[UUID, ...]
    sampled: bool


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


def look_ups(session: Session, *, only_sampled: bool, before: UUID | None = None, most: int) -> list[LookUpLine]:
    """The newest look-ups, at most so many, from the one `before` on into the past."""
    query = select(LookUp.id, LookUp.at, Officer.name, LookUp.by, LookUp.reason, LookUp.shown, LookUp.sampled).join(
        Officer, Officer.id == LookUp.officer_id
    )
    if only_sampled:
        query = query.where(LookUp.sampled)
    if before is not None:
        query = query.where(LookUp.id < before)
    return [
        LookUpLine(
            id=row.id,
            at=row.at,
            officer_name=row.name,
            by=LookedUpBy(row.by),
            reason=row.reason,
            shown=tuple(from_text(one) for one in row.shown["residents"]),
            sampled=row.sampled,
        )
        for row in session.execute(query.order_by(LookUp.id.desc()).limit(most))
    ]


_RESIDENTS = select(Resident.id, Resident.name, Resident.email, Resident.postcode, Resident.status)
