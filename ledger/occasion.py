"""When, by whom and with what randomness an operation happens: made by entry points, passed down as one value."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from ledger.clock import london_date
from ledger.identifiers import TokenBytes, uuid7


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """One act in the town: its instant (aware, UTC), its actor ("resident:<26>", "nightly"), its randomness."""

    now: datetime
    actor: str
    token_bytes: TokenBytes

    @property
    def today(self) -> date:
        """The London day of `now`."""
        return london_date(self.now)

    def new_id(self) -> UUID:
        """A new UUIDv7 of this instant."""
        return uuid7(self.now, self.token_bytes)
