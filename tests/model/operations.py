"""What may be asked of the book, as values: a model and a database are asked the same, and must answer the same.

Accounts, holds and transactions are named by their place in the order they were made, since databases number them
themselves.
"""

from dataclasses import dataclass
from datetime import date, datetime

Account = int


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One thing that is asked, at an instant; under a key, if one is given."""

    at: datetime
    key: str | None = None


@dataclass(frozen=True, kw_only=True)
class OpenAccount(Operation):
    """Open an account."""

    unit: str
    mode: str


@dataclass(frozen=True, kw_only=True)
class Move:
    """The lines of one transaction: (debit, credit, amount); accounts that may not fall below 0."""

    lines: tuple[tuple[Account, Account, int], ...]
    floors: frozenset[Account] = frozenset()
    effective_on: date | None = None
    corrects: int | None = None


@dataclass(frozen=True, kw_only=True)
class Post(Operation):
    """Post one transaction."""

    move: Move


@dataclass(frozen=True, kw_only=True)
class PostMany(Operation):
    """Post all of these or none."""

    moves: tuple[Move, ...]


@dataclass(frozen=True, kw_only=True)
class PostEach(Operation):
    """Post those of these that may be."""

    moves: tuple[Move, ...]


@dataclass(frozen=True, kw_only=True)
class Place(Operation):
    """Set value aside: (account, amount) in draw order."""

    lines: tuple[tuple[Account, int], ...]
    expires_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Void(Operation):
    """Free a hold."""

    hold: int


@dataclass(frozen=True, kw_only=True)
class Capture(Operation):
    """Take from a hold."""

    hold: int
    amount: int
    credit: Account


@dataclass(frozen=True, kw_only=True)
class Sweep(Operation):
    """End every hold that has expired."""


@dataclass(frozen=True, kw_only=True)
class Reverse(Operation):
    """Take a transaction back whole."""

    transaction: int


@dataclass(frozen=True, kw_only=True)
class ChangeStatus(Operation):
    """Freeze, reopen or close an account."""

    account: Account
    event: str


@dataclass(frozen=True, kw_only=True)
class CloseMonth(Operation):
    """Close a month and freeze its totals."""

    month: date


@dataclass(frozen=True, kw_only=True)
class ReopenMonth(Operation):
    """Open the latest closed month again."""

    month: date


@dataclass(frozen=True, kw_only=True)
class LookAt(Operation):
    """What an account held at an instant, and by the end of a day."""

    account: Account
    recorded: datetime
    effective: date


OPERATIONS = (
    OpenAccount,
    Post,
    PostMany,
    PostEach,
    Place,
    Void,
    Capture,
    Sweep,
    Reverse,
    ChangeStatus,
    CloseMonth,
    ReopenMonth,
    LookAt,
)

Answer = tuple[object, ...]
"""("done", …) or ("refused", code, facts by name); what several items came to is a tuple of such."""


def refused(code: str, **facts: object) -> Answer:
    """A refusal and its facts."""
    return "refused", code, tuple(sorted(facts.items()))
