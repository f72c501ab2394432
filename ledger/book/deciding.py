"""Decide a posting over locked balances: whether it may be, when it is recorded, what it does to strict accounts."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from ledger.book.balances import Units, check_known
from ledger.book.rules import (
    AccountId,
    LockedBalance,
    Outcome,
    Posting,
    accounts_named,
    check_floors,
    check_posting,
    check_units,
    free_held,
    move_totals,
    posted_at,
    run_lines,
)
from ledger.errors import LedgerError
from ledger.money import Amount


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """A transaction that stands: when it was recorded, and the new balances of the strict accounts it touched."""

    id: UUID
    posted_at: datetime
    balances: Mapping[AccountId, Amount]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A posting that may be, at the instant it is recorded, and what it does to strict accounts."""

    posting: Posting
    outcome: Outcome

    def posted(self) -> Posted:
        balances = {account: one.balance for account, one in self.outcome.balances.items()}
        return Posted(id=self.posting.id, posted_at=self.posting.at, balances=balances)


def decide_next(
    posting: Posting, units: Units, balances: dict[AccountId, LockedBalance], totals: dict[AccountId, Amount]
) -> Decided | LedgerError:
    """Decide one of many over what those before it leave, and leave there what it does."""
    try:
        check_posting(posting)
        decided = decide(posting, units, balances, totals)
    except LedgerError as refusal:
        return refusal
    balances.update(decided.outcome.balances)
    move_totals(decided.posting, totals)
    return decided


def decide(
    posting: Posting,
    units: Units,
    balances: Mapping[AccountId, LockedBalance],
    totals: Mapping[AccountId, Amount],
) -> Decided:
    """A posting over balances and totals that are locked. Raises what `post` does, but for a month that is closed."""
    named = accounts_named(posting)
    check_known(named, units)
    check_units(posting.lines, units)
    touched = {account: balances[account] for account in named if account in balances}
    at = posted_at(posting, touched)
    if at != posting.at:
        posting = replace(posting, at=at)
    outcome = run_lines(posting, free_held(touched, posting.captured))
    check_floors(posting, totals)
    return Decided(posting=posting, outcome=outcome)
