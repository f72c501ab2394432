"""What a wallet refuses."""

from datetime import date

from ledger.errors import LedgerError


class CapReached(LedgerError):
    """A cap would be passed: `limit` and `left` in what the cap counts, for the period from `period_starts_on`."""

    code = "cap_reached"

    def __init__(self, *, cap: str, limit: int, left: int, period_starts_on: date) -> None:
        super().__init__(f"{cap}: {left} of {limit} left")
        self.cap = cap
        self.limit = limit
        self.left = left
        self.period_starts_on = period_starts_on
