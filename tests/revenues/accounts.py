"""The revenues system's own accounts: what each is liable for in a year, what was taken off, what hinders more."""

from dataclasses import dataclass, field
from datetime import date

from tests.revenues.instalments import instalments


@dataclass
class Posted:
    """A reduction that stands on an account: pence, and what was taken back of it since."""

    txn_id: str
    ref: str
    year: int
    amount: int
    taken_back: int = 0

    @property
    def left(self) -> int:
        """Pence that still reduce the bill."""
        return self.amount - self.taken_back


@dataclass
class Account:
    """One council-tax account. `liability` is in pence for each financial year, after discounts and support.

    `most_reduced` is what the council lets reductions of a year come to.
    """

    ref: str
    check: str
    uprn: str
    liability: dict[int, int]
    closed_on: date | None = None
    on_hold: bool = False
    exempt: bool = False
    suppressed_until: date | None = None
    most_reduced: int = 50_000
    reductions: list[Posted] = field(default_factory=list)

    def left_to_pay(self, year: int) -> int:
        """What is left of a year's liability after every reduction that stands."""
        return self.liability.get(year, 0) - self.reduced_by(year)

    def reduced_by(self, year: int) -> int:
        """What reductions of a year still stand."""
        return sum(posted.left for posted in self.reductions if posted.year == year)

    def bill(self, year: int, number: int = 10) -> list[int]:
        """The instalments of a year, after every reduction that stands."""
        return instalments(self.left_to_pay(year), number)
