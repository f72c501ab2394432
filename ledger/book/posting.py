"""Post transactions, one or many: the only writer of transfers and entries, on either database, without committing.

Both ways decide alike, by the pure rules over locked balances; they differ in how they write. `post` inserts rows one
statement a table; `post_many` and `post_each` do so for up to `CHUNK` postings at once, out of staged rows.
"""

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import Insert, Table, bindparam, insert, literal_column, select
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase

from ledger.book.balances import (
    BALANCE_COLUMNS,
    balance_columns,
    balances_from,
    lock_accounts,
    lock_in_order,
    write_balances,
    write_many_balances,
)
from ledger.book.deciding import Decided, Posted, decide, decide_next
from ledger.book.errors import MonthClosed
from ledger.book.models import Balance, Entry, Transaction, Transfer
from ledger.book.period_models import CLOSED_MONTH
from ledger.book.periods import citing_closed_month
from ledger.book.rollups import lock_and_sum
from ledger.book.rules import (
    AccountId,
    LockedBalance,
    Posting,
    accounts_named,
    check_posting,
)
from ledger.clock import london_date
from ledger.errors import LedgerError
from ledger.prepared import Prepared
from ledger.staging import parameters_of, staged, unfolded
from ledger.store import constraint_name
from ledger.tables import table_of

CHUNK = 10_000
"""How many postings are decided and written at once: what they take in memory does not grow beyond that."""
FEW = 1_000
"""Up to so many, the collector's walks take no time worth saving."""

Columns = dict[str, list[Any]]


def post(connection: Connection, posting: Posting) -> Posted:
    """Write one transaction whole, or refuse it with nothing written; the caller commits.

    Steps as book.md, Posting: refuse the malformed, lock in ascending order, decide, and only then write.
    Raises PostingMalformed, UnknownAccount, UnitsDiffer, InsufficientCredits, AccountFrozen, AccountClosed,
    CeilingReached, MonthClosed.
    """
    check_posting(posting)
    posting = citing_closed_month(connection, posting)
    units, balances = lock_accounts(connection, accounts_named(posting))
    decided = decide(posting, units, balances, lock_and_sum(connection, posting.floors))
    with _in_an_open_month(decided.posting):
        _write_one(connection, decided)
    return decided.posted()


def post_many(connection: Connection, postings: Sequence[Posting]) -> list[Posted]:
    """Write all these transactions, in order, or none: the first refusal refuses them all. What `post` would return.

    Balances, versions and running balances are those of the same postings one by one. Raises what `post` raises.
    """
    for posting in postings:
        check_posting(posting)
    posted: list[Posted] = []

    def keep(decided: Decided | LedgerError) -> Decided:
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

    def keep(chunk: Sequence[Decided | LedgerError]) -> list[Decided]:
        results.extend(one.posted() if isinstance(one, Decided) else one for one in chunk)
        return [one for one in chunk if isinstance(one, Decided)]

    _write_in_chunks(connection, postings, keep)
    return results


def _write_in_chunks(
    connection: Connection,
    postings: Sequence[Posting],
    keep: Callable[[Sequence[Decided | LedgerError]], list[Decided]],
) -> None:
    """Decide and write so many postings at a time; of what is decided, what `keep` returns is written."""
    if len(postings) > CHUNK:
        lock_in_order(connection, set().union(*map(accounts_named, postings)))
    for first in range(0, len(postings), CHUNK):
        chunk = [citing_closed_month(connection, posting) for posting in postings[first : first + CHUNK]]
        with _collecting_later() if len(chunk) > FEW else nullcontext():
            _write_chunk(connection, chunk, keep)


def _write_chunk(
    connection: Connection,
    chunk: Sequence[Posting],
    keep: Callable[[Sequence[Decided | LedgerError]], list[Decided]],
) -> None:
    units, balances = lock_accounts(connection, set().union(*map(accounts_named, chunk)))
    totals = lock_and_sum(connection, set().union(*(posting.floors for posting in chunk)))
    _write(connection, keep([decide_next(posting, units, balances, totals) for posting in chunk]), balances)


@contextmanager
def _collecting_later() -> Iterator[None]:
    """The cyclic collector stopped for a chunk, whose objects have no cycles: it would walk them several times."""
    was_collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_collecting:
            gc.enable()


def _write(connection: Connection, decided: Sequence[Decided], balances: Mapping[AccountId, LockedBalance]) -> None:
    """Write a chunk by one statement a table, from staged rows."""
    touched = {account for one in decided for account in one.outcome.balances}
    if touched:
        write_many_balances(connection, [balances[account] for account in sorted(touched)])
    if not decided:
        return
    with _in_an_open_month(decided[0].posting):
        _insert_staged(connection, Transaction, _transaction_columns([one.posting for one in decided]))
    _insert_staged(connection, Transfer, _transfer_columns([one.posting for one in decided]))
    if touched:
        _insert_staged(connection, Entry, _entry_columns(decided))


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


def _insert_staged(connection: Connection, model: type[DeclarativeBase], columns: Columns) -> None:
    table = table_of(model)
    connection.execute(insert(table).from_select(list(columns), select(staged(connection, table, columns))))


def _write_one(connection: Connection, decided: Decided) -> None:
    """PostgreSQL writes it by one statement, which saves three journeys; SQLite is no journey away."""
    balances = decided.outcome.balances.values()
    header, transfers = _transaction_columns([decided.posting]), _transfer_columns([decided.posting])
    entries = _entry_columns([decided])
    if connection.dialect.name == "postgresql":
        named = {f"header_{name}": values[0] for name, values in header.items()}
        lists = parameters_of("new_entries", entries) | parameters_of("new_balances", balance_columns(balances))
        _WRITE_ONE(connection, named | parameters_of("new_transfers", transfers) | lists)
        return
    write_balances(connection, balances)
    _insert(connection, Transaction, header)
    _insert(connection, Transfer, transfers)
    if decided.outcome.entries:
        _insert(connection, Entry, entries)


def _one_statement() -> Prepared:
    """Balances, transaction, transfers and entries of one posting, each table written once (book.md: never twice)."""
    transactions, transfers, entries = (table_of(model) for model in (Transaction, Transfer, Entry))
    values = {name: bindparam(f"header_{name}", type_=transactions.c[name].type) for name in _TRANSACTION}
    parts = (
        balances_from(unfolded(table_of(Balance), "new_balances", *BALANCE_COLUMNS)).cte("written"),
        insert(transactions).values(values).inline().cte("posted"),
        _from_lists(transfers, "new_transfers", _TRANSFER).cte("moved"),
        _from_lists(entries, "new_entries", _ENTRY).cte("entered"),
    )
    return Prepared(select(literal_column("1")).add_cte(*parts))


def _from_lists(table: Table, name: str, columns: Sequence[str]) -> Insert:
    return insert(table).from_select(list(columns), select(unfolded(table, name, *columns))).inline()


@cache
def _prepared(model: type[DeclarativeBase], *columns: str) -> Prepared:
    return Prepared(insert(table_of(model)).inline(), *columns)


def _insert(connection: Connection, model: type[DeclarativeBase], columns: Columns) -> None:
    rows = [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
    _prepared(model, *columns)(connection, *rows)


def _transaction_columns(postings: Sequence[Posting]) -> Columns:
    return {
        "id": [one.id for one in postings],
        "kind": [one.kind for one in postings],
        "effective_on": [_counts_on(one) for one in postings],
        "posted_at": [one.at for one in postings],
        "actor": [one.actor for one in postings],
        "narrative": [one.narrative for one in postings],
        "details": [dict(one.details) for one in postings],
        "reverses": [one.reverses for one in postings],
        "corrects": [one.corrects for one in postings],
    }


def _transfer_columns(postings: Sequence[Posting]) -> Columns:
    lines = [line for one in postings for line in one.lines]
    return {
        "transaction_id": [one.id for one in postings for _line in one.lines],
        "line": [number for one in postings for number in range(1, len(one.lines) + 1)],
        "debit_account": [line.debit for line in lines],
        "credit_account": [line.credit for line in lines],
        "amount": [line.amount for line in lines],
    }


def _entry_columns(decided: Sequence[Decided]) -> Columns:
    entries = [entry for one in decided for entry in one.outcome.entries]
    return {
        "account_id": [entry.account_id for entry in entries],
        "version": [entry.version for entry in entries],
        "transaction_id": [one.posting.id for one in decided for _entry in one.outcome.entries],
        "line": [entry.line for entry in entries],
        "change": [entry.change for entry in entries],
        "balance": [entry.balance for entry in entries],
        "headroom": [entry.headroom for entry in entries],
    }


_TRANSACTION, _TRANSFER, _ENTRY = (
    tuple(_transaction_columns([])),
    tuple(_transfer_columns([])),
    tuple(_entry_columns([])),
)
_WRITE_ONE = _one_statement()
