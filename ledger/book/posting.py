"""Post transactions: the only writer of transfers and entries, on whichever database, without committing."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.engine import Connection

from ledger.book.balances import account_units, lock_balances, strict_among, write_balances
from ledger.book.models import Entry, Transaction, Transfer
from ledger.book.rules import (
    AccountId,
    LockedBalance,
    Outcome,
    Posting,
    check_posting,
    check_units,
    posted_at,
    run_lines,
)
from ledger.clock import london_date
from ledger.money import Amount

NOTHING_HELD: Mapping[AccountId, Amount] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """A transaction that stands: when it was recorded, and the new balances of the strict accounts it touched."""

    id: UUID
    posted_at: datetime
    balances: Mapping[AccountId, Amount]


def post(connection: Connection, posting: Posting, *, captured: Mapping[AccountId, Amount] = NOTHING_HELD) -> Posted:
    """Write one transaction whole, or refuse it with nothing written; the caller commits.

    `captured` is what the end of a hold frees on each account first, in the same update of its row (minor units).
    Steps as book.md, Posting: refuse the malformed, lock in ascending order, decide, and only then write.
    Raises PostingMalformed, UnknownAccount, UnitsDiffer, InsufficientCredits, AccountFrozen, AccountClosed,
    CeilingReached.
    """
    check_posting(posting)
    named = {account for line in posting.lines for account in (line.debit, line.credit)} | set(captured)
    units = account_units(connection, named)
    check_units(posting.lines, {account: unit for account, (unit, _mode) in units.items()})
    locked = lock_balances(connection, strict_among(units))
    posting = replace(posting, at=posted_at(posting, locked))
    outcome = run_lines(posting, free_held(locked, captured))
    write_balances(connection, outcome.balances.values())
    _insert(connection, posting, outcome)
    return Posted(
        id=posting.id,
        posted_at=posting.at,
        balances={account: one.balance for account, one in outcome.balances.items()},
    )


def free_held(
    locked: Mapping[AccountId, LockedBalance], freed: Mapping[AccountId, Amount]
) -> dict[AccountId, LockedBalance]:
    """The balances with `freed` no longer held; the versions stay, since no value moved."""
    return {account: replace(one, held=one.held - freed.get(account, 0)) for account, one in locked.items()}


def _insert(connection: Connection, posting: Posting, outcome: Outcome) -> None:
    transaction = {
        "id": posting.id,
        "kind": posting.kind,
        "effective_on": posting.effective_on or london_date(posting.at),
        "posted_at": posting.at,
        "actor": posting.actor,
        "narrative": posting.narrative,
        "details": dict(posting.details),
        "reverses": posting.reverses,
        "corrects": posting.corrects,
    }
    connection.execute(insert(Transaction), transaction)
    connection.execute(insert(Transfer), _transfer_rows(posting))
    if outcome.entries:
        connection.execute(insert(Entry), _entry_rows(posting, outcome))


def _transfer_rows(posting: Posting) -> list[dict[str, object]]:
    return [
        {
            "transaction_id": posting.id,
            "line": number,
            "debit_account": line.debit,
            "credit_account": line.credit,
            "amount": line.amount,
        }
        for number, line in enumerate(posting.lines, start=1)
    ]


def _entry_rows(posting: Posting, outcome: Outcome) -> list[dict[str, object]]:
    return [
        {
            "account_id": entry.account_id,
            "version": entry.version,
            "transaction_id": posting.id,
            "line": entry.line,
            "change": entry.change,
            "balance": entry.balance,
            "headroom": entry.headroom,
        }
        for entry in outcome.entries
    ]
