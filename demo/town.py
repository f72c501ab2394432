"""The town while it is being built: its database, its one source of chance, and what it has opened so far."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import TypeVar
from uuid import UUID

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from demo.doors import OfficerDoor
from ledger.clock import LONDON
from ledger.identifiers import to_text
from ledger.occasion import Occasion
from ledger.scheme.queries import rules_in_force
from ledger.settings import SchemeRules, Settings
from ledger.store import reading, run

Result = TypeVar("Result")

SEED = 2012
WEEKS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Till:
    """A merchant's till: who takes credits there."""

    merchant_id: UUID
    till_id: UUID
    operator_id: UUID


@dataclass(slots=True, kw_only=True)
class Town:
    """A demo under construction. `today` is the visitor's; the six weeks end the day before it."""

    engine: Engine
    settings: Settings
    today: date
    source: random.Random = field(default_factory=lambda: random.Random(SEED))
    officers: dict[str, UUID] = field(default_factory=dict)
    totp_secrets: dict[str, str] = field(default_factory=dict)
    programme_id: UUID = field(default=UUID(int=0))
    activities: list[tuple[UUID, UUID]] = field(default_factory=list)
    organisers: dict[UUID, UUID] = field(default_factory=dict)
    residents: list[UUID] = field(default_factory=list)
    linked: list[UUID] = field(default_factory=list)
    tills: list[Till] = field(default_factory=list)
    amina: UUID = field(default=UUID(int=0))
    rules: dict[date, SchemeRules] = field(default_factory=dict)

    @property
    def first_day(self) -> date:
        """The first of the six weeks: a Monday at least six weeks before today."""
        start = self.today - timedelta(weeks=WEEKS)
        return start - timedelta(days=start.weekday())

    def at(self, day: date, clock: str, *, actor: str = "demo") -> Occasion:
        """The occasion of a London wall-clock time like "14:05" on a day."""
        instant = datetime.combine(day, time.fromisoformat(clock), LONDON)
        return Occasion(now=instant, actor=actor, token_bytes=self.source.randbytes)

    def officer_actor(self, door: OfficerDoor) -> str:
        """The actor an officer's own acts are recorded under."""
        return f"officer:{to_text(self.officers[door.email])}"

    def rules_on(self, day: date) -> SchemeRules:
        """The rules in force on a day; days are lived in order, and what is decided holds from a later one."""
        if day not in self.rules:
            with reading(self.engine) as session:
                self.rules[day] = rules_in_force(session, usual=self.settings.rules, day=day)
        return self.rules[day]

    def work(self, verb: Callable[[Session], Result]) -> Result:
        """What an operation returns, in a unit of work of its own."""
        return run(self.engine, verb)
