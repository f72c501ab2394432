"""Post transactions, one or many: the only writer of transfers and entries, on either database, without committing.

Both ways decide alike, by the pure rules over locked balances; they differ in how they write. `post` inserts rows one
statement a table; `post_many` and `post_each` do so for up to `CHUNK` postings at once, out of staged rows.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase

from ledger.book.balances import (
    account_units,
    check_known,
    lock_balances,
    lock_in_order,
    strict_among,
    write_balances,
    write_many_balances,
)
from ledger.book.errors import MonthClosed
from ledger.book.models import Entry, Transaction, Transfer
from ledger.book.period_models import CLOSED_MONTH
from ledger.book.periods import citing_closed_month
from ledger.book.rollups import lock_and_sum
from ledger.book.rules import (
    AccountId,
    LockedBalance,
    Outcome,
    Posting,
    accounts_named,
    check_posting,
    check_units,
    free_held,
    posted_at,
    run_floors,
    run_lines,
)
from ledger.clock import london_date
from ledger.errors import LedgerError
from ledger.money import Amount
from ledger.staging import staged
from ledger.store import constraint_name
from ledger.tables import table_of

CHUNK = 10_000
"""How many postings are decided and written at once: what they take in memory does not grow beyond that."""

Units = Mapping[AccountId, tuple[str, str]]
Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """A transaction that stands: when it was recorded, and the new balances of the strict accounts it touched."""

    id: UUID
    posted_at: datetime
    balances: Mapping[AccountId, Amount]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Decided:
    """A posting that may be, at the instant it is recorded, and what it does to strict accounts and to floors."""

    posting: Posting
    outcome: Outcome
    floors: Mapping[AccountId, Amount]

    def posted(self) -> Posted:
        balances = {account: one.balance for account, one in self.outcome.balances.items()}
        return Posted(id=self.posting.id, posted_at=self.posting.at, balances=balances)


def post(connection: Connection, posting: Posting) -> Posted:
    """Write one transaction whole, or refuse it with nothing written; the caller commits.

    Steps as book.md, Posting: refuse the malformed, lock in ascending order, decide, and only then write.
    Raises PostingMalformed, UnknownAccount, UnitsDiffer, InsufficientCredits, AccountFrozen, AccountClosed,
    CeilingReached, MonthClosed.
    """
    check_posting(posting)
    posting = citing_closed_month(connection, posting)
    units = account_units(connection, accounts_named(posting))
    balances = lock_balances(connection, strict_among(units))
    decided = _decide(posting, units, balances, lock_and_sum(connection, posting.floors))
    write_balances(connection, decided.outcome.balances.values())
    for model, rows in _rows([decided]).items():
        if rows:
            with _in_an_open_month(decided.posting):
                connection.execute(insert(model), rows)
    return decided.posted()


def post_many(connection: Connection, postings: Sequence[Posting]) -> list[Posted]:
    """Write all these transactions, in order, or none: the first refusal refuses them all. What `post` would return.

    Balances, versions and running balances are those of the same postings one by one. Raises what `post` raises.
    """
    for posting in postings:
        check_posting(posting)
    posted: list[Posted] = []

    def keep(decided: _Decided | LedgerError) -> _Decided:
        if isinstance(decided, LedgerError):
            raise decided
        posted.append(decided.posted())
        return decided

    with connection.begin_nested():
        _write_in_chunks(connection, postings, lambda chunk: [keep(one) for one in chunk])
    return posted


def post_each(connection: Connection, postings: Sequence[Posting]) -> list[Posted | LedgerError]:
    """Write those of these transactions that may be, in order; for each what `post` would return, or its refusal.

    A refused one changes nothing, and those after it are decided without it. Raises MonthClosed for them all.
    """
    results: list[Posted | LedgerError] = []

    def keep(chunk: Sequence[_Decided | LedgerError]) -> list[_Decided]:
        results.extend(one.posted() if isinstance(one, _Decided) else one for one in chunk)
        return [one for one in chunk if isinstance(one, _Decided)]

    _write_in_chunks(connection, postings, keep)
    return results


def _write_in_chunks(
    connection: Connection,
    postings: Sequence[Posting],
    keep: Callable[[Sequence[_Decided | LedgerError]], list[_Decided]],
) -> None:
    """Decide and write so many postings at a time; of what is decided, what `keep` returns is written."""
    if len(postings) > CHUNK:
        lock_in_order(connection, set().union(*map(accounts_named, postings)))
    for first in range(0, len(postings), CHUNK):
        chunk = [citing_closed_month(connection, posting) for posting in postings[first : first + CHUNK]]
        units = account_units(connection, set().union(*map(accounts_named, chunk)))
        balances = lock_balances(connection, strict_among(units))
        totals = lock_and_sum(connection, set().union(*(posting.floors for posting in chunk)))
        _write(connection, keep([_decide_next(posting, units, balances, totals) for posting in chunk]), balances)


def _decide_next(
    posting: Posting, units: Units, balances: dict[AccountId, LockedBalance], totals: dict[AccountId, Amount]
) -> _Decided | LedgerError:
    """Decide one of many over what those before it leave, and leave there what it does."""
    try:
        check_posting(posting)
        decided = _decide(posting, units, balances, totals)
    except LedgerError as refusal:
        return refusal
    balances.update(decided.outcome.balances)
    totals.update(decided.floors)
    return decided


def _decide(
    posting: Posting,
    units: Units,
    balances: Mapping[AccountId, LockedBalance],
    totals: Mapping[AccountId, Amount],
) -> _Decided:
    named = accounts_named(posting)
    check_known(named, units)
    check_units(posting.lines, units)
    touched = {account: balances[account] for account in named if account in balances}
    at = posted_at(posting, touched)
    if at != posting.at:
        posting = replace(posting, at=at)
    outcome = run_lines(posting, free_held(touched, posting.captured))
    return _Decided(posting=posting, outcome=outcome, floors=run_floors(posting, totals))


def _write(connection: Connection, decided: Sequence[_Decided], balances: Mapping[AccountId, LockedBalance]) -> None:
    """Write a chunk by one statement a table, from staged rows."""
    touched = {account for one in decided for account in one.outcome.balances}
    if touched:
        write_many_balances(connection, [balances[account] for account in sorted(touched)])
    for model, rows in _rows(decided).items():
        if rows:
            with _in_an_open_month(decided[0].posting):
                _insert_staged(connection, model, rows)


@contextmanager
def _in_an_open_month(posting: Posting) -> Iterator[None]:
    """Tell the database's refusal of a closed month as what it is; the day of one of many stands for them all."""
    try:
        yield
    except IntegrityError as error:
        if constraint_name(error) != CLOSED_MONTH:
            raise
        raise MonthClosed(_counts_on(posting).replace(day=1)) from error


def _counts_on(posting: Posting) -> date:
    return posting.effective_on or london_date(posting.at)


def _insert_staged(connection: Connection, model: type[DeclarativeBase], rows: Sequence[Row]) -> None:
    table = table_of(model)
    source = staged(connection, table, {name: [row[name] for row in rows] for name in rows[0]})
    connection.execute(insert(table).from_select(list(rows[0]), select(source)))


def _rows(decided: Sequence[_Decided]) -> dict[type[DeclarativeBase], list[Row]]:
    """What is to be inserted, table by table, in the order in which one refers to another."""
    return {
        Transaction: [_transaction_row(one.posting) for one in decided],
        Transfer: [row for one in decided for row in _transfer_rows(one.posting)],
        Entry: [row for one in decided for row in _entry_rows(one)],
    }


def _transaction_row(posting: Posting) -> Row:
    return {
        "id": posting.id,
        "kind": posting.kind,
        "effective_on": _counts_on(posting),
        "posted_at": posting.at,
        "actor": posting.actor,
        "narrative": posting.narrative,
        "details": dict(posting.details),
        "reverses": posting.reverses,
        "corrects": posting.corrects,
    }


def _transfer_rows(posting: Posting) -> list[Row]:
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


def _entry_rows(decided: _Decided) -> list[Row]:
    return [
        {
            "account_id": entry.account_id,
            "version": entry.version,
            "transaction_id": decided.posting.id,
            "line": entry.line,
            "change": entry.change,
            "balance": entry.balance,
            "headroom": entry.headroom,
        }
        for entry in decided.outcome.entries
    ]
