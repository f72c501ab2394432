"""What is read of corrections and disputes, as values."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from ledger.corrections.rules import CorrectionKind, DisputeState
from ledger.money import Amount


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSeen:
    """An account as officers tell it apart: its kind and whose it is; nobody's name for a resident's purse."""

    public_id: UUID
    kind: str
    unit: str
    holder: str
    programme: str
    expires_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LineSeen:
    """One transfer: minor units from the account debited to the account credited."""

    debit: AccountSeen
    credit: AccountSeen
    amount: Amount


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionSeen:
    """A transaction with its lines, and the transactions that cite it or that it cites."""

    id: UUID
    kind: str
    posted_at: datetime
    narrative: str
    reverses: UUID | None
    corrects: UUID | None
    reversed_by: UUID | None
    lines: tuple[LineSeen, ...]

    @property
    def amount(self) -> Amount:
        """What all its lines come to, minor units."""
        return sum(line.amount for line in self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionView:
    """A correction: what it posted and about what, why, the evidence, who asked and who agreed."""

    id: UUID
    kind: CorrectionKind
    transaction_id: UUID
    about: UUID | None
    amount: Amount
    reason: str
    evidence: str
    officer_name: str
    checker_name: str | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeView:
    """A dispute as its disputer and officers read it; `about` is the transaction, `shop` who disputes if a shop does.

    Minor units; `corrected_by` is the transaction that put it right.
    """

    reference: str
    about: UUID
    amount: Amount
    kind: str
    shop: str | None
    reason: str
    made_at: datetime
    due_on: date
    state: DisputeState
    answered_at: datetime | None
    answer: str | None
    corrected_by: UUID | None
