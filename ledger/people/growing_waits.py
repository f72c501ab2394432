"""Tries that are given in fives, each five further apart than the one before: a pure rule over what is counted."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from ledger.errors import TooManyTries

_MOST_DOUBLINGS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """So many tries (`limit`) in a first `window`; each that is used up makes the next twice as long, up to `longest`.

    After `longest` without a try, counted from the end of a window, all of it begins again.
    """

    limit: int
    window: timedelta
    longest: timedelta

    def lasts(self, used: int) -> timedelta:
        """How long the window lasts in which a try was the one of this number since all of it began."""
        doublings = min((used - 1) // self.limit, _MOST_DOUBLINGS)
        return min(self.window * (1 << doublings), self.longest)

    def left(self, used: int) -> int:
        """How many tries are left in a window after so many since all of it began."""
        return -used % self.limit if used else self.limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Tries:
    """Tries of one subject since all of it began, and when the window began in which the newest of them was."""

    used: int
    window_starts_at: datetime

    def and_one_more(self, wait: Wait, *, now: datetime) -> "Tries":
        """What stands after one more. Raises TooManyTries with the seconds until the window ends."""
        if not self.used:
            return Tries(used=1, window_starts_at=now)
        ends_at = self.window_starts_at + wait.lasts(self.used)
        used_up = not wait.left(self.used)
        if now >= ends_at:
            goes_on = used_up and now < ends_at + wait.longest
            return Tries(used=self.used + 1 if goes_on else 1, window_starts_at=now)
        if used_up:
            raise TooManyTries(retry_after=max(1, ceil((ends_at - now).total_seconds())))
        return Tries(used=self.used + 1, window_starts_at=self.window_starts_at)
