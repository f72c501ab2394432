"""What council-tax queries answer with: links, use, items and batches as values that outlive a session."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from ledger.council_tax.decision_rules import ClosingView, SchemeView, is_closed
from ledger.council_tax.rules import BatchState, ItemCode, ItemState, LinkRole, Reason
from ledger.money import Amount


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkView:
    """A resident's live link to a council-tax account; the check character is empty where none is kept."""

    id: UUID
    account_ref: str
    check_character: str
    uprn: str | None
    role: LinkRole
    linked_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class YearUse:
    """What was applied in the financial year from 1 April of `year`, by anyone to the account and by the resident.

    Minor units; `left` is what the resident may still apply to the account. Limits are 0 where nothing is decided.
    """

    year: int
    limit: Amount
    resident_limit: Amount
    account_used: Amount
    resident_used: Amount

    @property
    def left(self) -> Amount:
        """The smaller of what the two caps leave."""
        return max(0, min(self.limit - self.account_used, self.resident_limit - self.resident_used))

    @property
    def most(self) -> Amount:
        """What a year would leave that nothing was used of."""
        return min(self.limit, self.resident_limit)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """Whether applications are taken `today`, and the business date one would leave on.

    `waits` where days before `leaves_on` are ones on which nothing leaves; `paused` where nothing leaves until further
    notice, and what is applied waits.
    """

    leaves_on: date
    decision: SchemeView | None
    closing: ClosingView | None
    today: date
    paused: bool
    waits: bool

    @property
    def closed(self) -> bool:
        """Whether a published closing has begun."""
        return is_closed(self.closing, today=self.today, leaves_on=self.leaves_on)

    @property
    def taken(self) -> bool:
        """Whether anybody may apply."""
        return self.decision is not None and not self.closed


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemView:
    """One application of credits: pence; `leaves_on` the business date promised, `built_at` when it left us.

    `retry_on` is the day until which the revenues system deferred it.
    """

    id: UUID
    reference: str
    state: ItemState
    code: ItemCode
    reason: Reason
    amount: Amount
    returned: Amount
    applied_at: datetime
    leaves_on: date
    cancelled_at: datetime | None
    retry_on: date | None
    account_ref: str
    check_character: str
    financial_year: int | None
    transaction_id: UUID | None
    sequence: int | None
    built_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemSeen:
    """An item as officers read it: a reduction with what takes it back, newest first, or one of those.

    `left` is what is still applied and not asked back, pence; `takes_back` the reduction of a reversal, empty for a
    reduction; `asked_by` the officer's name, `why` their words.
    """

    item: ItemView
    left: Amount
    reversals: tuple[ItemView, ...]
    takes_back: str
    asked_by: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchView:
    """One night's file and its control totals, pence; the digest in hexadecimal."""

    sequence: int
    business_date: date
    state: BatchState
    built_at: datetime
    file_name: str
    sha256: str
    lines: int
    reductions: Amount
    reversals: Amount
    hash_total: str

    @property
    def net(self) -> Amount:
        """Pence off less pence put back."""
        return self.reductions - self.reversals


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchFile:
    """A batch's file as it was built: what is written to disk, byte for byte.

    `replaces` is the SHA-256 of what was built first, where that was sent back before its release.
    """

    name: str
    content: bytes
    sha256: str
    replaces: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchLine:
    """One line of a batch as the office sees it; `new_account` where no earlier batch held the account."""

    line: int
    reference: str
    state: ItemState
    code: ItemCode
    reason: Reason
    amount: Amount
    account_ref: str
    check_character: str
    new_account: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """What an application would draw from the credits that end on one day, minor units."""

    expires_on: date
    amount: Amount


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """An application before it is made: the business date it would leave on, what it draws and what it leaves."""

    leaves_on: date
    available_after: Amount
    drawn: tuple[Drawn, ...]
