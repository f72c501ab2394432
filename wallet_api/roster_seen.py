"""A session's roster as its organiser sees it: who is on it, whether they may be thanked now, and what is left."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ledger.clock import london_date
from ledger.earning.activity_queries import activity
from ledger.earning.queries import organiser_allowances, roster, session_of
from ledger.earning.rules import CLAIMS_GO_ON
from ledger.earning.views import RosterRow, SessionView
from ledger.money import Amount
from shared_web.days import hour, near_day
from shared_web.db import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """The session, its rows, what the organiser has left for it (minor units), and why not now, if so."""

    view: SessionView
    rows: list[RosterRow]
    left: Amount
    not_now: str


def roster_seen(session: Session, *, session_id: UUID, organiser_id: UUID, now: datetime) -> Roster:
    """The roster. Raises NotFound for another organiser's."""
    rows = roster(session, session_id=session_id, organiser_id=organiser_id)
    view = session_of(session, session_id=session_id)
    offered = activity(session, activity_id=view.activity_id, organiser_id=organiser_id)
    allowances = organiser_allowances(session, organiser_id=organiser_id)
    left = sum(one.left for one in allowances if one.programme_id == offered.programme_id)
    return Roster(view=view, rows=rows, left=left, not_now=not_now(view, now=now))


def not_now(view: SessionView, *, now: datetime) -> str:
    """Why nobody can be thanked at this moment; nothing where they can."""
    if now < view.starts_at:
        starts = f"{near_day(london_date(view.starts_at))} at {hour(view.starts_at)}"
        return f"You can say who came once it has started, on {starts}."
    until = view.ends_at + CLAIMS_GO_ON
    if now > until:
        return f"The time to say who came ended on {near_day(london_date(until))}. Call us if somebody was forgotten."
    return ""
