"""Pure rules of the book: what a posting may be, how it runs over locked balances, how a hold is shared out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from ledger.book.errors import (
    AccountClosed,
    AccountFrozen,
    CeilingReached,
    InsufficientCredits,
    PostingMalformed,
    UnitsDiffer,
)
from ledger.money import MOST_IN_ONE_TRANSFER, Amount

AccountId = int


class Unit(StrEnum):
    """What an account counts, in hundredths: value credits, thanks credits, pounds."""

    CR = "CR"
    TC = "TC"
    GBP = "GBP"


class Mode(StrEnum):
    """Strict accounts have a floor of 0 and a balance row; rollup accounts neither (book.md, Shape)."""

    STRICT = "strict"
    ROLLUP = "rollup"


class Status(StrEnum):
    """Of a strict account. Frozen: no new debit and no new hold. Closed: nothing."""

    OPEN = "open"
    FROZEN = "frozen"
    CLOSED = "closed"


class AccountEventKind(StrEnum):
    """What happens to an account itself."""

    FREEZE = "freeze"
    CLOSE = "close"
    REOPEN = "reopen"


class Ending(StrEnum):
    """How a hold ended, once."""

    CAPTURED = "captured"
    VOIDED = "voided"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One transfer to be posted: minor units from the account debited to the account credited."""

    debit: AccountId
    credit: AccountId
    amount: Amount


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """A transaction to be posted. `details` and `narrative` hold ids and figures, never personal data.

    `effective_on` is the London day of `posted_at` unless the nightly run gives its business date.
    `allows_frozen` is for captures, returns and expiry, which go on while an account is frozen. `captured` is what the
    end of a hold frees on each account first, in the same update of its row (minor units). `floors` are the rollup
    accounts that this may not take below 0.
    """

    id: UUID
    kind: str
    lines: Sequence[Line]
    at: datetime
    actor: str
    effective_on: date | None = None
    narrative: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
    reverses: UUID | None = None
    corrects: UUID | None = None
    allows_frozen: bool = False
    captured: Mapping[AccountId, Amount] = field(default_factory=dict)
    floors: frozenset[AccountId] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedBalance:
    """A strict account's balance row as read under its lock."""

    account_id: AccountId
    credited: Amount
    debited: Amount
    held: Amount
    version: int
    posted_at: datetime | None
    status: Status

    @property
    def balance(self) -> Amount:
        """Credited less debited, minor units."""
        return self.credited - self.debited

    @property
    def headroom(self) -> Amount:
        """What may still be debited: balance less held."""
        return self.balance - self.held


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEntry:
    """One strict side of one line, as it will stand in `entries`."""

    account_id: AccountId
    version: int
    line: int
    change: Amount
    balance: Amount
    headroom: Amount


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a posting does to strict accounts: their balances after it, and the entries that lead there."""

    balances: dict[AccountId, LockedBalance]
    entries: list[NewEntry]


def check_posting(posting: Posting) -> None:
    """Refuse a posting that could never be written, before any account is looked at.

    Raises PostingMalformed: no lines, an amount that is no whole number in range, an account paying itself, a naive
    instant.
    """
    if not posting.lines:
        raise PostingMalformed("a transaction has at least one transfer")
    if posting.at.tzinfo is None:
        raise PostingMalformed("an instant has a time zone")
    for line in posting.lines:
        if type(line.amount) is not int or not 1 <= line.amount <= MOST_IN_ONE_TRANSFER:
            raise PostingMalformed(f"an amount is a whole number from 1 to {MOST_IN_ONE_TRANSFER}")
        if line.debit == line.credit:
            raise PostingMalformed("an account cannot pay itself")


def accounts_named(posting: Posting) -> set[AccountId]:
    """Every account that a posting touches."""
    named = set(posting.captured)
    for line in posting.lines:
        named |= {line.debit, line.credit}
    return named


def check_units(lines: Iterable[Line], units: Mapping[AccountId, tuple[str, str]]) -> None:
    """Refuse a transfer between accounts of two units, given each account's unit and mode. Raises UnitsDiffer."""
    for line in lines:
        (debit, _), (credit, _) = units[line.debit], units[line.credit]
        if debit != credit:
            raise UnitsDiffer(debit=debit, credit=credit)


def free_held(
    locked: Mapping[AccountId, LockedBalance], freed: Mapping[AccountId, Amount]
) -> dict[AccountId, LockedBalance]:
    """The balances with `freed` no longer held; the versions stay, since no value moved."""
    if not freed:
        return dict(locked)
    return {
        account: replace(one, held=one.held - freed[account]) if account in freed else one
        for account, one in locked.items()
    }


def run_lines(posting: Posting, locked: Mapping[AccountId, LockedBalance]) -> Outcome:
    """Run a posting's lines, in order, over the strict balances it touches; the others are rollups.

    No balance may dip below what is held even between two lines. Raises InsufficientCredits, AccountFrozen,
    AccountClosed, CeilingReached.
    """
    balances = dict(locked)
    entries: list[NewEntry] = []
    for number, line in enumerate(posting.lines, start=1):
        for account_id, change in ((line.debit, -line.amount), (line.credit, line.amount)):
            if account_id in balances:
                check_status(balances[account_id], change=change, allows_frozen=posting.allows_frozen)
                balances[account_id] = moved(balances[account_id], change=change, at=posting.at)
                entries.append(_entry(balances[account_id], line=number, change=change))
    return Outcome(balances=balances, entries=entries)


def check_floors(posting: Posting, totals: Mapping[AccountId, Amount]) -> None:
    """Refuse lines that would take a rollup account of `floors` below 0, given what each holds before them.

    Raises InsufficientCredits, even where a later line would bring it up again.
    """
    left = {account: totals[account] for account in posting.floors}
    for line in posting.lines:
        if left.get(line.debit, line.amount) < line.amount:
            raise InsufficientCredits(available=left[line.debit], needed=line.amount)
        _move_line(line, left)


def move_totals(posting: Posting, totals: dict[AccountId, Amount]) -> None:
    """Leave in `totals` what the accounts there hold after a posting, whether it asks for a floor or not."""
    for line in posting.lines:
        _move_line(line, totals)


def _move_line(line: Line, totals: dict[AccountId, Amount]) -> None:
    for account, change in ((line.debit, -line.amount), (line.credit, line.amount)):
        if account in totals:
            totals[account] += change


def check_status(balance: LockedBalance, *, change: Amount, allows_frozen: bool) -> None:
    """Refuse a change that the account's status does not bear. Raises AccountClosed, AccountFrozen."""
    if balance.status == Status.CLOSED:
        raise AccountClosed
    if balance.status == Status.FROZEN and change < 0 and not allows_frozen:
        raise AccountFrozen


def moved(balance: LockedBalance, *, change: Amount, at: datetime) -> LockedBalance:
    """The balance after one change, a version on; `posted_at` never falls.

    Raises InsufficientCredits below the floor, CeilingReached above the ceiling.
    """
    if change < 0 and balance.headroom + change < 0:
        raise InsufficientCredits(available=balance.headroom, needed=-change)
    after = LockedBalance(
        account_id=balance.account_id,
        credited=balance.credited + max(change, 0),
        debited=balance.debited + max(-change, 0),
        held=balance.held,
        version=balance.version + 1,
        posted_at=max(at, balance.posted_at or at),
        status=balance.status,
    )
    if after.balance > MOST_IN_ONE_TRANSFER:
        raise CeilingReached(ceiling=MOST_IN_ONE_TRANSFER)
    return after


def _entry(after: LockedBalance, *, line: int, change: Amount) -> NewEntry:
    return NewEntry(
        account_id=after.account_id,
        version=after.version,
        line=line,
        change=change,
        balance=after.balance,
        headroom=after.headroom,
    )


def posted_at(posting: Posting, locked: Mapping[AccountId, LockedBalance]) -> datetime:
    """The instant to record: the posting's own, moved forward to the latest of the accounts it touches."""
    return max([posting.at, *(one.posted_at for one in locked.values() if one.posted_at)])


def share_capture(lines: Sequence[tuple[AccountId, Amount]], amount: Amount) -> list[tuple[AccountId, Amount]]:
    """Share a capture of `amount` over a hold's lines in draw order; accounts that bear nothing are left out."""
    shares: list[tuple[AccountId, Amount]] = []
    for account_id, held in lines:
        taken = min(held, amount)
        if taken:
            shares.append((account_id, taken))
        amount -= taken
    assert not amount, "captured more than the hold"
    return shares
